import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { Kafka, logLevel } from "kafkajs"

/** How a topic is made: one partition, unless said otherwise, and the settings by Kafka's names. */
export interface TopicOptions {
  readonly partitions?: number
  readonly settings?: Readonly<Record<string, string>>
}

/** What an administrator can do to one topic. */
export interface TopicAdmin {
  /** Removes the records of a partition that are before this offset, as retention does. */
  readonly trim: (partition: number, before: number) => Effect.Effect<void>
  readonly partitions: Effect.Effect<number>
  /** The offset after the last record of a partition. */
  readonly end: (partition: number) => Effect.Effect<number>
  readonly grow: (partitions: number) => Effect.Effect<void>
}

/** Makes a topic, unless there is one; it stays, and the connection is closed with the scope. */
export const makeTopic = Effect.fnUntraced(function* (
  brokers: ReadonlyArray<string>,
  topic: string,
  { partitions = 1, settings = {} }: TopicOptions = {}
): Effect.fn.Return<TopicAdmin, never, Scope> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  yield* Effect.acquireRelease(
    Effect.promise(() => admin.connect()),
    () => Effect.promise(() => admin.disconnect())
  )
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
  const topics = [{ topic, numPartitions: partitions, replicationFactor: 1, configEntries }]
  yield* Effect.promise(() => admin.createTopics({ topics }))
  return {
    trim: (partition, before) =>
      Effect.promise(async () => {
        // kafkajs knows the leaders of those topics that it was asked about before.
        await admin.fetchTopicOffsets(topic)
        await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] })
      }),
    partitions: Effect.promise(async () => {
      const { topics: found } = await admin.fetchTopicMetadata({ topics: [topic] })
      return found[0]?.partitions.length ?? 0
    }),
    end: (partition) =>
      Effect.promise(async () => {
        const offsets = await admin.fetchTopicOffsets(topic)
        return Number(offsets.find((one) => one.partition === partition)?.high)
      }),
    grow: (count) =>
      Effect.asVoid(Effect.promise(() => admin.createPartitions({ topicPartitions: [{ topic, count }] })))
  }
})
