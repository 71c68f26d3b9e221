import type { BrokerState } from "./BrokerState.ts"
import { settle, type TopicWaiter, type TopicWork } from "./TopicLifecycle.ts"
import { isInternal, maxTopicPartitions, type Topic, type TopicFault } from "./Topics.ts"

/** A topic on its way to `count` partitions. */
export interface TopicGrowth extends TopicWork {
  readonly count: number
}

/** More partitions for a topic, as in the CreatePartitions request; the assignments are those of the new ones. */
export interface GrowthSpec {
  readonly name: string
  readonly count: number
  readonly assignments: ReadonlyArray<{ readonly brokerIds: ReadonlyArray<number> }> | null
}

const fault = (error: TopicFault["error"], message: string): TopicFault => ({ error, message })

/** The topic that may grow so, or why it may not. */
export const growable = (broker: BrokerState, spec: GrowthSpec): Topic | TopicFault => {
  const { assignments, count, name } = spec
  const { maxPartitions, nodeId } = broker.config
  const topic = broker.topics.get(name)
  if (topic === undefined || topic.status !== "online") {
    return fault("UNKNOWN_TOPIC_OR_PARTITION", `There is no topic ${name}.`)
  }
  if (isInternal(name)) return fault("INVALID_TOPIC_EXCEPTION", `Topic ${name} is the broker's own.`)
  const added = count - topic.partitions
  if (added <= 0 || count > maxTopicPartitions) {
    const message = `Topic ${name} has ${topic.partitions} partitions, and can have more up to ${maxTopicPartitions}, not ${count}.`
    return fault("INVALID_PARTITIONS", message)
  }
  const wanted = assignments ?? []
  const placed = wanted.every(({ brokerIds }) => brokerIds.length === 1 && brokerIds[0] === nodeId)
  if (wanted.length > 0 && (wanted.length !== added || !placed)) {
    return fault("INVALID_REPLICA_ASSIGNMENT", `Assign each of ${added} new partitions to broker ${nodeId} alone.`)
  }
  const all = broker.partitions.size
  if (all + added <= maxPartitions) return topic
  const message = `The broker has ${all} partitions and may have ${maxPartitions}: delete topics that nobody needs.`
  return fault("POLICY_VIOLATION", message)
}

/**
 * Gives a topic more partitions: their folders first, then the broker's image, then they are shown, all at once.
 *
 * **Details**
 *
 * A crash in between leaves folders that no topic owns; growing the topic again removes them.
 */
export const growTopic = (
  broker: BrokerState,
  { name, partitions }: Topic,
  count: number,
  waiter: TopicWaiter
): void => {
  broker.growths.set(name, { count, remaining: count - partitions, fault: undefined, waiters: [waiter] })
  for (let index = partitions; index < count; index++) {
    const { folder, incarnation, place } = broker.addPartition({ topic: name, partition: index })
    broker.outputs.push({ _tag: "OpenPartition", folder, incarnation, partition: place })
  }
}

/** The image with the new partitions is durable, or something refused and the topic is as it was. */
export const topicGrown = (broker: BrokerState, name: string, refused: TopicFault | undefined): void => {
  const topic = broker.topics.get(name)
  const growth = broker.growths.get(name)
  if (topic === undefined || growth === undefined) return
  broker.growths.delete(name)
  const grown = { ...topic, partitions: growth.count }
  if (refused === undefined) broker.topics.put(grown)
  else for (const partition of broker.partitionsOf(grown).slice(topic.partitions)) broker.forget(partition)
  settle(broker, growth, name, refused)
}
