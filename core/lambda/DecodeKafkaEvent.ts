import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import { parseTopicPartition } from "../log/index.ts"
import type { LogRecord, RecordHeader, TopicPartition } from "../log/index.ts"
import type { KafkaBatch, KafkaEventSource, PartitionRecords } from "./KafkaEvent.ts"
import { KafkaEventError } from "./KafkaEventError.ts"
import type { KafkaEventReason } from "./KafkaEventError.ts"

const fault = (reason: KafkaEventReason, path: string, message: string): KafkaEventError =>
  new KafkaEventError({ reason, path, message })

const advice = "give the function to an event source mapping for Kafka, without a schema registry."

const shown = (value: unknown): string => {
  const text = value === undefined ? "nothing" : JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** Throws: the outermost decoder gives it as a value. */
const refuse = (path: string, value: unknown, expected: string): never => {
  throw fault("Malformed", path, `The event has ${shown(value)} at ${path} instead of ${expected}: ${advice}`)
}

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const fieldsAt = (path: string, value: unknown): Fields => (isFields(value) ? value : refuse(path, value, "an object"))

const listAt = (path: string, value: unknown): ReadonlyArray<unknown> =>
  Array.isArray(value) ? value : refuse(path, value, "a list")

const wholeAt = (path: string, value: unknown, least: number): number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= least
    ? value
    : refuse(path, value, `a whole number from ${least} to 2^53 - 1`)

const bytesAt = (path: string, value: unknown): Uint8Array | null => {
  if (value === undefined || value === null) return null
  const bytes = typeof value === "string" ? Base64.decode(value) : undefined
  return bytes !== undefined && Result.isSuccess(bytes) ? bytes.success : refuse(path, value, "bytes in base64")
}

/** Bytes as Java has them, from -128, or as everybody else does, up to 255. */
const headerBytesAt = (path: string, value: unknown): Uint8Array | null => {
  if (value === null) return null
  const list = listAt(path, value)
  const bytes = new Uint8Array(list.length)
  for (const [at, byte] of list.entries()) {
    if (typeof byte !== "number" || !Number.isInteger(byte) || byte < -128 || byte > 255) {
      refuse(`${path}[${at}]`, byte, "a byte")
    } else bytes[at] = byte
  }
  return bytes
}

const headerAt = (path: string, value: unknown): RecordHeader => {
  const [header, ...others] = Object.entries(fieldsAt(path, value))
  if (header === undefined || others.length > 0) return refuse(path, value, "a header with one name")
  const [name, bytes] = header
  return { name, value: headerBytesAt(`${path}[${JSON.stringify(name)}]`, bytes) }
}

const recordAt = (path: string, value: unknown, place: TopicPartition): LogRecord => {
  const fields = fieldsAt(path, value)
  for (const name of ["topic", "partition"] as const) {
    if (fields[name] !== place[name]) refuse(`${path}.${name}`, fields[name], shown(place[name]))
  }
  return {
    offset: wholeAt(`${path}.offset`, fields["offset"], 0),
    timestamp: wholeAt(`${path}.timestamp`, fields["timestamp"], -1),
    key: bytesAt(`${path}.key`, fields["key"]),
    value: bytesAt(`${path}.value`, fields["value"]),
    headers: listAt(`${path}.headers`, fields["headers"] ?? []).map((header, at) =>
      headerAt(`${path}.headers[${at}]`, header)
    )
  }
}

const partitionAt = (name: string, value: unknown): PartitionRecords => {
  const path = `records[${JSON.stringify(name)}]`
  const place = parseTopicPartition(name) ?? refuse(path, name, "a topic and a partition")
  let last = -1
  const records = listAt(path, value).map((each, at) => {
    const record = recordAt(`${path}[${at}]`, each, place)
    if (record.offset <= last) {
      const where = `${path}[${at}].offset`
      throw fault(
        "Disordered",
        where,
        `The event has offset ${record.offset} behind ${last} at ${where}: the records of a partition are to be handed over in their order.`
      )
    }
    last = record.offset
    return record
  })
  return { ...place, records }
}

const sourceOf = (event: Fields): KafkaEventSource => {
  const source = event["eventSource"]
  if (source === "aws:kafka" || source === "SelfManagedKafka") return source
  throw fault("NotKafka", "eventSource", `The event is from ${shown(source)} and not from Kafka: ${advice}`)
}

const decode = (event: unknown): KafkaBatch => {
  if (!isFields(event)) throw fault("NotKafka", "", `The event is ${shown(event)} and not from Kafka: ${advice}`)
  const source = sourceOf(event)
  const { bootstrapServers = "", eventSourceArn: arn } = event
  if (arn !== undefined && typeof arn !== "string") return refuse("eventSourceArn", arn, "a text")
  if (typeof bootstrapServers !== "string") return refuse("bootstrapServers", bootstrapServers, "a text")
  const partitions = Object.entries(fieldsAt("records", event["records"])).map(([name, records]) =>
    partitionAt(name, records)
  )
  return {
    source,
    arn,
    bootstrapServers: bootstrapServers.split(",").filter((server) => server !== ""),
    partitions: partitions.filter(({ records }) => records.length > 0)
  }
}

/**
 * Reads the event that Lambda invokes a function with for records of Kafka, from Amazon MSK or from brokers of one's own.
 *
 * **Details**
 *
 * Headers may repeat a name and keep their order; bytes of headers may be signed, as Lambda writes them. What is not as Lambda
 * writes it is refused, and the error names the place: such an event comes from a mapping that is set up otherwise than
 * this, and what is left out of it would be lost.
 */
export const decodeKafkaEvent = (event: unknown): Result.Result<KafkaBatch, KafkaEventError> => {
  try {
    return Result.succeed(decode(event))
  } catch (error) {
    if (error instanceof KafkaEventError) return Result.fail(error)
    throw error
  }
}
