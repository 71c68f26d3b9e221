import { nilUuid } from "../../bytes/index.ts"
import { ErrorCode, type ErrorName, type Metadata } from "../../protocol/index.ts"
import type { BrokerState } from "../BrokerState.ts"
import type { Call } from "../Call.ts"
import { codeIn } from "../KnownErrors.ts"
import { leaderEpochOf } from "../Partition.ts"
import { createTopic } from "../TopicLifecycle.ts"
import { isFault, isInternal, type Topic } from "../Topics.ts"

type TopicAnswer = (typeof Metadata)["response"]["Input"]["topics"][number]

/** A metadata request that waits for topics which it has caused to be created; `refused` says which cannot be, and why. */
export interface MetadataJob {
  readonly call: Call<"Metadata">
  readonly refused: Map<string, ErrorName>
  readonly waitingFor: Set<string>
}

/**
 * Describes the broker and topics, creating those that are missing where both sides allow it.
 *
 * **Details**
 *
 * The answer waits until the new topics can be written to: a client never sees a topic without a leader.
 */
export const handleMetadata = (broker: BrokerState, call: Call<"Metadata">): void => {
  const job: MetadataJob = { call, refused: new Map(), waitingFor: new Set() }
  if (broker.config.autoCreateTopics && call.body.allowAutoTopicCreation) {
    for (const { name } of call.body.topics ?? []) if (name !== null) createMissing(broker, job, name)
  }
  if (job.waitingFor.size === 0) answer(broker, job)
}

/** Answers once the last topic that was waited for is there, or cannot be. */
export const metadataTopicSettled = (broker: BrokerState, job: MetadataJob, name: string): void => {
  if (job.waitingFor.delete(name) && job.waitingFor.size === 0) answer(broker, job)
}

const createMissing = (broker: BrokerState, job: MetadataJob, name: string): void => {
  const known = broker.topics.get(name)
  if (known === undefined && !isInternal(name)) {
    const spec = { name, numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] }
    const plan = broker.topics.plan(spec, broker.config, broker.partitions.size)
    if (isFault(plan)) {
      job.refused.set(name, plan.error)
      return
    }
    job.waitingFor.add(name)
    createTopic(broker, plan, { _tag: "Metadata", job })
  } else if (known?.status === "creating") {
    job.waitingFor.add(name)
    broker.creations.get(name)?.waiters.push({ _tag: "Metadata", job })
  }
}

const answer = (broker: BrokerState, { call, refused }: MetadataJob): void => {
  const { nodeId, clusterId } = broker.config
  const asked = call.body.topics
  const all = asked === null || (call.version === 0 && asked.length === 0)
  broker.reply(call, {
    brokers: [{ nodeId, ...call.advertised }],
    clusterId,
    controllerId: nodeId,
    topics: all
      ? broker.topics.all().flatMap((topic) => (topic.status === "online" ? [describe(broker, topic)] : []))
      : onceEach(asked).map(({ name, topicId }) => describeAsked(broker, call, refused, name, topicId))
  })
}

/** What is asked for, without what is there twice: no answer is larger than all that there is. */
const onceEach = (
  asked: NonNullable<MetadataJob["call"]["body"]["topics"]>
): NonNullable<MetadataJob["call"]["body"]["topics"]> => [
  ...new Map(asked.map((topic) => [topic.name ?? `/${topic.topicId}`, topic])).values()
]

const describeAsked = (
  broker: BrokerState,
  call: Call<"Metadata">,
  refused: MetadataJob["refused"],
  name: string | null,
  id: string
): TopicAnswer => {
  const topic = name === null ? broker.topics.byId(id) : broker.topics.get(name)
  const isOther = name !== null && id !== nilUuid && topic !== undefined && topic.id !== id
  if (topic?.status === "online" && !isOther) return describe(broker, topic)
  const refusal = { topicId: id, isInternal: false, partitions: [] }
  if (name === null) return { ...refusal, errorCode: ErrorCode.UNKNOWN_TOPIC_ID, name: call.version >= 12 ? null : "" }
  if (isOther) return { ...refusal, errorCode: ErrorCode.INCONSISTENT_TOPIC_ID, name }
  const fault = broker.topics.nameFault(name)
  const invalid = fault?.error === "INVALID_TOPIC_EXCEPTION"
  const error = invalid ? "INVALID_TOPIC_EXCEPTION" : (refused.get(name) ?? "UNKNOWN_TOPIC_OR_PARTITION")
  return { ...refusal, topicId: nilUuid, errorCode: codeIn(call, error), name }
}

/** A partition whose files are damaged keeps its leader, for clients take a missing one as a reason to refuse everything. */
const describe = (broker: BrokerState, topic: Topic): TopicAnswer => {
  const here = [broker.config.nodeId]
  return {
    errorCode: ErrorCode.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: isInternal(topic.name),
    partitions: Array.from({ length: topic.partitions }, (_, partitionIndex) => ({
      errorCode: ErrorCode.NONE,
      partitionIndex,
      leaderId: broker.config.nodeId,
      leaderEpoch: leaderEpochOf(broker.partition(topic.name, partitionIndex)),
      replicaNodes: here,
      isrNodes: here,
      offlineReplicas: broker.partition(topic.name, partitionIndex)?.log === undefined ? here : []
    }))
  }
}
