import { type CreatePartitions, ErrorCode } from "../../protocol/index.ts"
import type { BrokerState } from "../BrokerState.ts"
import type { Call } from "../Call.ts"
import { growable, type GrowthSpec, growTopic } from "../TopicGrowth.ts"
import type { TopicFault } from "../Topics.ts"

type TopicAnswer = (typeof CreatePartitions)["response"]["Input"]["results"][number]

/** A request for more partitions, some of which are not there yet. */
export interface CreatePartitionsJob {
  readonly call: Call<"CreatePartitions">
  readonly answers: Map<string, TopicAnswer>
  readonly waitingFor: Map<string, GrowthSpec>
}

/** Adds partitions to topics, or only says what would happen. The answer comes when they can be written to. */
export const handleCreatePartitions = (broker: BrokerState, call: Call<"CreatePartitions">): void => {
  const job: CreatePartitionsJob = { call, answers: new Map(), waitingFor: new Map() }
  const twice = new Set<string>()
  for (const spec of call.body.topics) {
    if (job.waitingFor.has(spec.name)) twice.add(spec.name)
    job.waitingFor.set(spec.name, spec)
  }
  for (const name of twice) {
    job.waitingFor.delete(name)
    const message = `Topic ${name} is in the request more than once.`
    job.answers.set(name, answerOf(name, { error: "INVALID_REQUEST", message }))
  }
  for (const name of [...job.waitingFor.keys()]) begin(broker, job, name)
  finishWhenReady(broker, job)
}

/** Goes on with a topic that another request was growing. */
export const createPartitionsLater = (broker: BrokerState, job: CreatePartitionsJob, name: string): void => {
  begin(broker, job, name)
  finishWhenReady(broker, job)
}

/** Takes down what became of one topic, and answers after the last. */
export const partitionsSettled = (
  broker: BrokerState,
  job: CreatePartitionsJob,
  name: string,
  fault: TopicFault | undefined
): void => {
  settle(job, name, fault)
  finishWhenReady(broker, job)
}

const begin = (broker: BrokerState, job: CreatePartitionsJob, name: string): void => {
  const spec = job.waitingFor.get(name)
  if (spec === undefined) return
  const growth = broker.growths.get(name)
  if (growth !== undefined) {
    growth.waiters.push({ _tag: "CreatePartitionsLater", job })
    return
  }
  const topic = growable(broker, spec)
  if ("error" in topic) return settle(job, name, topic)
  if (job.call.body.validateOnly) return settle(job, name, undefined)
  growTopic(broker, topic, spec.count, { _tag: "CreatePartitions", job })
}

const settle = (job: CreatePartitionsJob, name: string, fault: TopicFault | undefined): void => {
  if (job.waitingFor.delete(name)) job.answers.set(name, answerOf(name, fault))
}

const answerOf = (name: string, fault: TopicFault | undefined): TopicAnswer => ({
  name,
  errorCode: ErrorCode[fault?.error ?? "NONE"],
  errorMessage: fault?.message ?? null
})

const finishWhenReady = (broker: BrokerState, { answers, call, waitingFor }: CreatePartitionsJob): void => {
  if (waitingFor.size === 0) broker.reply(call, { results: [...answers.values()] })
}
