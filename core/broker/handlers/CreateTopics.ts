import { nilUuid } from "../../bytes/index.ts"
import { type CreateTopics, ErrorCode } from "../../protocol/index.ts"
import type { BrokerState } from "../BrokerState.ts"
import type { Call } from "../Call.ts"
import { codeIn } from "../KnownErrors.ts"
import { allConfigs, configSources } from "../TopicConfigs.ts"
import { createTopic } from "../TopicLifecycle.ts"
import { isFault, isInternal, type TopicFault, type TopicPlan } from "../Topics.ts"

type TopicAnswer = (typeof CreateTopics)["response"]["Input"]["topics"][number]

/** A request to create topics, some of which are not there yet. */
export interface CreateTopicsJob {
  readonly call: Call<"CreateTopics">
  readonly answers: Map<string, TopicAnswer>
  readonly waitingFor: Map<string, TopicPlan>
}

/** Creates topics, or only says what would happen. The answer comes when they are durable and can be written to. */
export const handleCreateTopics = (broker: BrokerState, call: Call<"CreateTopics">): void => {
  const job: CreateTopicsJob = { call, answers: new Map(), waitingFor: new Map() }
  const counts = new Map<string, number>()
  for (const { name } of call.body.topics) counts.set(name, (counts.get(name) ?? 0) + 1)
  for (const spec of call.body.topics) {
    const { config, partitions, topics } = broker
    const plan = counts.get(spec.name) !== 1 ? twice(spec.name) : topics.plan(spec, config, partitions.size)
    if (isFault(plan)) job.answers.set(spec.name, refused(call, spec.name, plan))
    else if (isInternal(spec.name)) job.answers.set(spec.name, refused(call, spec.name, reserved(spec.name)))
    else if (call.body.validateOnly) job.answers.set(spec.name, created(plan, nilUuid))
    else {
      job.waitingFor.set(plan.name, plan)
      createTopic(broker, plan, { _tag: "CreateTopics", job })
    }
  }
  if (job.waitingFor.size === 0) answer(broker, job)
}

/** Takes down what became of one topic, and answers after the last. */
export const createTopicSettled = (
  broker: BrokerState,
  job: CreateTopicsJob,
  name: string,
  fault: TopicFault | undefined
): void => {
  const plan = job.waitingFor.get(name)
  if (plan === undefined) return
  job.waitingFor.delete(name)
  const id = broker.topics.get(name)?.id ?? nilUuid
  job.answers.set(name, fault === undefined ? created(plan, id) : refused(job.call, name, fault))
  if (job.waitingFor.size === 0) answer(broker, job)
}

const twice = (name: string): TopicFault => ({
  error: "INVALID_REQUEST",
  message: `Topic ${name} is in the request more than once.`
})

const reserved = (name: string): TopicFault => ({
  error: "INVALID_TOPIC_EXCEPTION",
  message: `Topic ${name} is the broker's own: it is created when it is needed.`
})

const refused = (call: Call<"CreateTopics">, name: string, { error, message }: TopicFault): TopicAnswer => ({
  name,
  errorCode: codeIn(call, error),
  errorMessage: message
})

const created = (plan: TopicPlan, topicId: string): TopicAnswer => ({
  name: plan.name,
  topicId,
  errorCode: ErrorCode.NONE,
  numPartitions: plan.partitions,
  replicationFactor: 1,
  configs: allConfigs(plan.configs).map(({ isSet, name, value }) => ({
    name,
    value,
    readOnly: false,
    configSource: isSet ? configSources.topic : configSources.default,
    isSensitive: false
  }))
})

const answer = (broker: BrokerState, { answers, call }: CreateTopicsJob): void => {
  const names = new Set(call.body.topics.map(({ name }) => name))
  const topics = [...names].flatMap((name) => answers.get(name) ?? [])
  broker.reply(call, { topics })
}
