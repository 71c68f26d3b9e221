import { nilUuid } from "../../bytes/index.ts"
import { type DeleteTopics, ErrorCode, type ErrorName } from "../../protocol/index.ts"
import type { BrokerState } from "../BrokerState.ts"
import type { Call } from "../Call.ts"
import { codeIn } from "../KnownErrors.ts"
import { deleteTopic } from "../TopicLifecycle.ts"
import { isInternal, type Topic, type TopicFault } from "../Topics.ts"

type TopicAnswer = (typeof DeleteTopics)["response"]["Input"]["responses"][number]

/** A request to delete topics, some of which are not gone yet. */
export interface DeleteTopicsJob {
  readonly call: Call<"DeleteTopics">
  readonly answers: Array<TopicAnswer>
  readonly waitingFor: Map<string, Topic>
}

/** Deletes topics with their records and committed offsets. The answer comes when their files are gone. */
export const handleDeleteTopics = (broker: BrokerState, call: Call<"DeleteTopics">): void => {
  const job: DeleteTopicsJob = { call, answers: [], waitingFor: new Map() }
  const named = call.body.topicNames.map((name) => ({ name, topicId: nilUuid }))
  for (const { name, topicId } of call.version >= 6 ? call.body.topics : named) {
    const topic = meant(broker, name, topicId)
    if (typeof topic === "string") {
      job.answers.push({ name, topicId, errorCode: ErrorCode[topic], errorMessage: refusals[topic] ?? null })
    } else {
      job.waitingFor.set(topic.name, topic)
    }
  }
  for (const name of [...job.waitingFor.keys()]) deleteTopicLater(broker, job, name)
  if (job.waitingFor.size === 0) answer(broker, job)
}

/** Deletes a topic once it does not grow any more, unless it is gone by then. */
export const deleteTopicLater = (broker: BrokerState, job: DeleteTopicsJob, name: string): void => {
  const growth = broker.growths.get(name)
  const topic = broker.topics.get(name)
  if (growth !== undefined) growth.waiters.push({ _tag: "DeleteTopicsLater", job })
  else if (topic?.status === "online") deleteTopic(broker, topic, { _tag: "DeleteTopics", job })
  else deleteTopicSettled(broker, job, name, unknown)
}

/** Takes down what became of one topic, and answers after the last. */
export const deleteTopicSettled = (
  broker: BrokerState,
  job: DeleteTopicsJob,
  name: string,
  fault: TopicFault | undefined
): void => {
  const topic = job.waitingFor.get(name)
  if (topic === undefined) return
  job.waitingFor.delete(name)
  const errorCode = codeIn(job.call, fault?.error ?? "NONE")
  job.answers.push({ name, topicId: topic.id, errorCode, errorMessage: fault?.message ?? null })
  if (job.waitingFor.size === 0) answer(broker, job)
}

const unknown: TopicFault = { error: "UNKNOWN_TOPIC_OR_PARTITION", message: "There is no topic of this name." }

const refusals: Partial<Record<ErrorName, string>> = {
  INVALID_REQUEST: "Name a topic once, by its name or by its id.",
  INVALID_TOPIC_EXCEPTION: "This topic is the broker's own.",
  UNKNOWN_TOPIC_ID: "There is no topic with this id.",
  UNKNOWN_TOPIC_OR_PARTITION: unknown.message
}

const meant = (broker: BrokerState, name: string | null, id: string): Topic | ErrorName => {
  if ((name === null) === (id === nilUuid)) return "INVALID_REQUEST"
  const topic = name === null ? broker.topics.byId(id) : broker.topics.get(name)
  if (topic === undefined || topic.status !== "online") {
    return name === null ? "UNKNOWN_TOPIC_ID" : "UNKNOWN_TOPIC_OR_PARTITION"
  }
  return isInternal(topic.name) ? "INVALID_TOPIC_EXCEPTION" : topic
}

const answer = (broker: BrokerState, { answers, call }: DeleteTopicsJob): void =>
  broker.reply(call, { responses: answers })
