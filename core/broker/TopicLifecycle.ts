import type { RecoveredLog } from "../storage/index.ts"
import type { BrokerState } from "./BrokerState.ts"
import type { CreatePartitionsJob } from "./handlers/CreatePartitions.ts"
import type { CreateTopicsJob } from "./handlers/CreateTopics.ts"
import type { DeleteTopicsJob } from "./handlers/DeleteTopics.ts"
import type { MetadataJob } from "./handlers/Metadata.ts"
import { storeImage } from "./ImageStore.ts"
import type { OffsetsAppend } from "./OffsetsLog.ts"
import type { Partition } from "./Partition.ts"
import type { Topic, TopicFault, TopicPlan } from "./Topics.ts"

/** Who waits for a topic to be there, to have grown, or to be gone; `Later` is who then begins with something of its own. */
export type TopicWaiter =
  | { readonly _tag: "CreateTopics"; readonly job: CreateTopicsJob }
  | { readonly _tag: "CreatePartitions" | "CreatePartitionsLater"; readonly job: CreatePartitionsJob }
  | { readonly _tag: "DeleteTopics" | "DeleteTopicsLater"; readonly job: DeleteTopicsJob }
  | { readonly _tag: "Metadata"; readonly job: MetadataJob }
  | { readonly _tag: "Offsets"; readonly append: OffsetsAppend }

/** A topic between two states: how many of its partitions the disk is still busy with, and who waits. */
export interface TopicWork {
  remaining: number
  fault: TopicFault | undefined
  readonly waiters: Array<TopicWaiter>
}

const storageFault = (message: string): TopicFault => ({ error: "KAFKA_STORAGE_ERROR", message })

/**
 * Creates a topic: its partitions' folders first, then the broker's image, then it is shown.
 *
 * **Details**
 *
 * A crash in between leaves folders that no topic owns; creating a topic of that name removes them.
 */
export const createTopic = (broker: BrokerState, plan: TopicPlan, waiter: TopicWaiter): void => {
  const { configs, name, partitions } = plan
  broker.topics.put({ name, id: broker.entropy.uuid(), partitions, configs, status: "creating" })
  broker.creations.set(name, { remaining: partitions, fault: undefined, waiters: [waiter] })
  for (let index = 0; index < partitions; index++) {
    const { folder, incarnation, place } = broker.addPartition({ topic: name, partition: index })
    broker.outputs.push({ _tag: "OpenPartition", folder, incarnation, partition: place })
  }
}

/** One partition of a new topic, or a new one of an old topic, is there, or its disk refused. */
export const partitionOpened = (
  broker: BrokerState,
  partition: Partition | undefined,
  found: RecoveredLog | undefined,
  message: string
): void => {
  const name = partition?.place.topic ?? ""
  const isNew = broker.creations.has(name)
  const work = broker.creations.get(name) ?? broker.growths.get(name)
  if (partition === undefined || work === undefined) return
  if (found === undefined) work.fault = storageFault(message)
  else broker.openLog(partition, found)
  work.remaining -= 1
  if (work.remaining > 0) return
  const waiter = { _tag: isNew ? "TopicCreated" : "TopicGrown", name } as const
  if (work.fault === undefined) storeImage(broker, waiter)
  else broker.later({ _tag: "ImageSettled", waiter, fault: work.fault })
}

/** The image with the new topic is durable, or something refused and the topic is none. */
export const topicCreated = (broker: BrokerState, name: string, fault: TopicFault | undefined): void => {
  const topic = broker.topics.get(name)
  const work = broker.creations.get(name)
  if (topic === undefined || work === undefined) return
  broker.creations.delete(name)
  if (fault === undefined) {
    broker.topics.put({ ...topic, status: "online" })
  } else {
    for (const partition of broker.partitionsOf(topic)) broker.forget(partition)
    broker.topics.remove(topic)
  }
  settle(broker, work, name, fault)
}

/**
 * Deletes a topic: the image first says so, then its logs are closed and its folders go.
 *
 * **Details**
 *
 * What its partitions had in hand is still answered. Parked fetches are woken and find no topic. Its name is free again
 * once the folders are gone; a crash in between is made up for at the next start.
 */
export const deleteTopic = (broker: BrokerState, topic: Topic, waiter: TopicWaiter): void => {
  broker.topics.put({ ...topic, status: "deleting" })
  broker.deletions.set(topic.name, { remaining: topic.partitions, fault: undefined, waiters: [waiter] })
  for (const partition of broker.partitionsOf(topic)) broker.wakeFetches(partition)
  storeImage(broker, { _tag: "TopicDeleting", name: topic.name })
}

/** The image says that the topic goes, or could not be written. */
export const topicDeleting = (broker: BrokerState, name: string, fault: TopicFault | undefined): void => {
  const topic = broker.topics.get(name)
  const work = broker.deletions.get(name)
  if (topic === undefined || work === undefined) return
  if (fault !== undefined) {
    broker.deletions.delete(name)
    return settle(broker, work, name, fault)
  }
  for (const partition of broker.partitionsOf(topic)) {
    if (partition.log === undefined) partitionClosed(broker, partition)
    else broker.toPartition(partition, { _tag: "Close", id: broker.ticket({ _tag: "Deletion", partition }) })
  }
}

/** The log of a deleted topic's partition has nothing under way any more: its folder can go. */
export const partitionClosed = (broker: BrokerState, { folder, incarnation }: Partition): void => {
  broker.outputs.push({ _tag: "RemovePartition", folder, incarnation })
}

/** One folder of a deleted topic is gone, or its disk refused. */
export const partitionRemoved = (
  broker: BrokerState,
  partition: Partition | undefined,
  message: string | undefined
): void => {
  const name = partition?.place.topic ?? ""
  const topic = broker.topics.get(name)
  const work = broker.deletions.get(name)
  if (partition === undefined || topic === undefined || work === undefined) return
  if (message !== undefined) work.fault = storageFault(message)
  broker.forget(partition)
  work.remaining -= 1
  if (work.remaining > 0) return
  broker.deletions.delete(name)
  if (work.fault === undefined) {
    broker.topics.remove(topic)
    storeImage(broker, undefined)
  }
  settle(broker, work, name, work.fault)
}

/** Tells everybody who waited for it what became of a topic. */
export const settle = (broker: BrokerState, work: TopicWork, name: string, fault: TopicFault | undefined): void => {
  for (const waiter of work.waiters) broker.later({ _tag: "TopicSettled", waiter, name, fault })
}
