import * as Result from "effect/Result"
import { type DecodeError, decodeWith, type EncodeError, encodeWith, Reader, Writer } from "../bytes/index.ts"
import type { TopicPartition } from "../log/index.ts"

/** The protocol type of consumers, as all Kafka clients name it. */
export const consumerProtocolType = "consumer"

/**
 * What a member tells the leader of its group: the topics that it wants, and the partitions that it has.
 *
 * **Details**
 *
 * `generation` is the one in which it got them, -1 for none; who claims a partition with a higher one is right.
 */
export interface Subscription {
  readonly topics: ReadonlyArray<string>
  readonly owned: ReadonlyArray<TopicPartition>
  readonly generation: number
}

/** The version in which a subscription is written: the first that has the generation. */
const subscriptionVersion = 2
const assignmentVersion = 0

/** Partitions, or what is known of each, under their topics. */
export const partitionsByTopic = <A extends TopicPartition>(
  partitions: ReadonlyArray<A>
): ReadonlyMap<string, ReadonlyArray<A>> => {
  const topics = new Map<string, Array<A>>()
  for (const one of partitions) {
    const line = topics.get(one.topic)
    if (line === undefined) topics.set(one.topic, [one])
    else line.push(one)
  }
  return topics
}

const writeText = (writer: Writer, text: string): void => {
  const encoded = new Writer()
  const length = encoded.utf8(text)
  writer.int16(length)
  writer.bytes(encoded.finish())
}

const writePartitions = (writer: Writer, partitions: ReadonlyArray<TopicPartition>): void => {
  const topics = partitionsByTopic(partitions)
  writer.int32(topics.size)
  for (const [topic, ofTopic] of topics) {
    writeText(writer, topic)
    writer.int32(ofTopic.length)
    for (const { partition } of ofTopic) writer.int32(partition)
  }
}

const readText = (reader: Reader): string => reader.utf8(reader.int16())

const readPartitions = (reader: Reader): ReadonlyArray<TopicPartition> => {
  const partitions: Array<TopicPartition> = []
  const topics = reader.count(reader.int32(), 6)
  for (let i = 0; i < topics; i++) {
    const topic = readText(reader)
    const numbers = reader.count(reader.int32(), 4)
    for (let j = 0; j < numbers; j++) partitions.push({ topic, partition: reader.int32() })
  }
  return partitions
}

const skipUserData = (reader: Reader): void => {
  const length = reader.int32()
  if (length > 0) reader.skip(length)
}

const noUserData = -1

/** Writes a subscription as `ConsumerProtocolSubscription` (KIP-429, KIP-792). */
export const encodeSubscription = (subscription: Subscription): Result.Result<Uint8Array, EncodeError> =>
  encodeWith(() => {
    const writer = new Writer()
    writer.int16(subscriptionVersion)
    writer.int32(subscription.topics.length)
    for (const topic of subscription.topics) writeText(writer, topic)
    writer.int32(noUserData)
    writePartitions(writer, subscription.owned)
    writer.int32(subscription.generation)
    return writer.finish()
  })

/** Reads a subscription of any version; what a later version has at its end is passed over. */
export const decodeSubscription = (bytes: Uint8Array): Result.Result<Subscription, DecodeError> =>
  decodeWith(() => {
    const reader = new Reader(bytes)
    const version = reader.int16()
    const count = reader.count(reader.int32(), 2)
    const topics = Array.from({ length: count }, () => readText(reader))
    skipUserData(reader)
    const owned = version >= 1 ? readPartitions(reader) : []
    return { topics, owned, generation: version >= 2 ? reader.int32() : -1 }
  })

/** Writes a member's share as `ConsumerProtocolAssignment`. */
export const encodeAssignment = (partitions: ReadonlyArray<TopicPartition>): Result.Result<Uint8Array, EncodeError> =>
  encodeWith(() => {
    const writer = new Writer()
    writer.int16(assignmentVersion)
    writePartitions(writer, partitions)
    writer.int32(noUserData)
    return writer.finish()
  })

/** Reads a member's share; no bytes at all are no partitions. */
export const decodeAssignment = (bytes: Uint8Array): Result.Result<ReadonlyArray<TopicPartition>, DecodeError> =>
  bytes.length === 0
    ? Result.succeed([])
    : decodeWith(() => {
        const reader = new Reader(bytes)
        reader.skip(2)
        return readPartitions(reader)
      })
