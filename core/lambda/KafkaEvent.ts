import * as Base64 from "effect/encoding/Base64"
import { utf8Length } from "../bytes/index.ts"
import { topicPartitionName } from "../log/index.ts"
import type { LogRecord, RecordHeader, TopicPartition } from "../log/index.ts"

/** Where Lambda has the records from: Amazon MSK, or brokers that somebody else looks after. */
export type KafkaEventSource = "aws:kafka" | "SelfManagedKafka"

/**
 * A record as Lambda hands it over.
 *
 * **Details**
 *
 * `key` and `value` are base64, and null or absent where the record has none. `headers` has an object with one name for
 * each header; its bytes are signed, as Java has them: `ë` is `[-61, -85]`.
 */
export interface KafkaEventRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly timestampType: string
  readonly key?: string | null
  readonly value?: string | null
  readonly headers: ReadonlyArray<Readonly<Record<string, ReadonlyArray<number> | null>>>
}

/**
 * What an event source mapping for Kafka invokes a function with. `records` has the records of each partition under its
 * name, `orders-0`; `eventSourceArn` names an Amazon MSK cluster.
 */
export interface KafkaEvent {
  readonly eventSource: KafkaEventSource
  readonly eventSourceArn?: string
  readonly bootstrapServers: string
  readonly records: Readonly<Record<string, ReadonlyArray<KafkaEventRecord>>>
}

/** Records of one partition, in the order of their offsets. */
export interface PartitionRecords extends TopicPartition {
  readonly records: ReadonlyArray<LogRecord>
}

/**
 * What a function was invoked with, as records of the log: in one entry for each partition that has any. `arn` names an Amazon
 * MSK cluster.
 */
export interface KafkaBatch {
  readonly source: KafkaEventSource
  readonly arn: string | undefined
  readonly bootstrapServers: ReadonlyArray<string>
  readonly partitions: ReadonlyArray<PartitionRecords>
}

const signed = (bytes: Uint8Array): ReadonlyArray<number> => Array.from(bytes, (byte) => (byte << 24) >> 24)

/** An object with one property of its own, whatever its name is. */
const headerOf = ({ name, value }: RecordHeader): Readonly<Record<string, ReadonlyArray<number> | null>> =>
  Object.fromEntries([[name, value === null ? null : signed(value)]])

/** A record as Lambda hands it over. */
export const eventRecord = ({ partition, topic }: TopicPartition, record: LogRecord): KafkaEventRecord => ({
  topic,
  partition,
  offset: record.offset,
  timestamp: record.timestamp,
  timestampType: record.timestamp < 0 ? "NO_TIMESTAMP_TYPE" : "CREATE_TIME",
  ...(record.key === null ? {} : { key: Base64.encode(record.key) }),
  ...(record.value === null ? {} : { value: Base64.encode(record.value) }),
  headers: record.headers.map(headerOf)
})

/** How many bytes of a payload a record takes: those of its JSON, and of the comma behind it. */
export const eventRecordBytes = (partition: TopicPartition, record: LogRecord): number =>
  utf8Length(JSON.stringify(eventRecord(partition, record))) + 1

/** The event that a mapping makes of a batch. */
export const encodeKafkaEvent = ({ arn, bootstrapServers, partitions, source }: KafkaBatch): KafkaEvent => ({
  eventSource: source,
  ...(arn === undefined ? {} : { eventSourceArn: arn }),
  bootstrapServers: bootstrapServers.join(","),
  records: Object.fromEntries(
    partitions.map((one) => [topicPartitionName(one), one.records.map((record) => eventRecord(one, record))])
  )
})
