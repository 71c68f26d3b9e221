import { appendFile } from "node:fs/promises"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { encodeKafkaEvent } from "../../../core/lambda/index.ts"
import type { GivenUpWhy, PartitionRecords } from "../../../core/lambda/index.ts"
import { encodeUtf8 } from "../../../core/bytes/index.ts"
import { partitionFor, topicPartitionName } from "../../../core/log/index.ts"
import type { LogRecord, RecordHeader } from "../../../core/log/index.ts"
import type { CommitLog } from "../../../core/ports/index.ts"

/** Records that were not put where given up ones go. `message` is one sentence that says what to do. */
export class DestinationError extends Data.TaggedError("DestinationError")<{
  readonly message: string
  readonly cause: unknown
}> {}

/** Records that are given up, and why. `attempts` is how often the function was invoked with them in vain. */
export interface GivenUpBatch {
  readonly why: GivenUpWhy
  readonly functionName: string
  readonly requestId: string
  readonly bootstrapServers: ReadonlyArray<string>
  readonly partitions: ReadonlyArray<PartitionRecords>
}

/** Where records go that are given up; at least once. `name` is how messages call it. */
export interface Destination {
  readonly name: string
  readonly put: (batch: GivenUpBatch) => Effect.Effect<void, DestinationError>
}

const conditions = { RetriesExhausted: "RetryAttemptsExhausted", TooOld: "RecordAgeExceeded" } as const

const timeOf = (ms: number): string => new Date(ms).toISOString()

/** A batch in the form in which AWS Lambda tells of those that it discards, with the event as its payload. */
const lineOf = ({ bootstrapServers, functionName, partitions, requestId, why }: GivenUpBatch, now: number): string => {
  const payload = JSON.stringify(
    encodeKafkaEvent({ source: "SelfManagedKafka", arn: undefined, bootstrapServers, partitions })
  )
  const recordInfo = partitions.map((one) => {
    const [first, last] = [one.records[0], one.records.at(-1)]
    return [
      topicPartitionName(one),
      {
        firstRecordOffset: first?.offset,
        lastRecordOffset: last?.offset,
        firstRecordTimestamp: timeOf(first?.timestamp ?? 0),
        lastRecordTimestamp: timeOf(last?.timestamp ?? 0)
      }
    ]
  })
  return JSON.stringify({
    requestContext: { requestId, condition: conditions[why], functionArn: functionName },
    version: "1.0",
    timestamp: timeOf(now),
    KafkaBatchInfo: {
      batchSize: partitions.reduce((sum, { records }) => sum + records.length, 0),
      bootstrapServers: bootstrapServers.join(","),
      payloadSize: payload.length,
      recordInfo: Object.fromEntries(recordInfo)
    },
    payload
  })
}

/** A file that gets a line of JSON for each batch. */
export const fileDestination = (path: string): Destination => ({
  name: path,
  put: Effect.fnUntraced(function* (batch: GivenUpBatch) {
    const line = lineOf(batch, yield* Clock.currentTimeMillis)
    yield* Effect.tryPromise({
      try: () => appendFile(path, `${line}\n`, { flush: true }),
      catch: (cause) => {
        const why = cause instanceof Error ? cause.message : String(cause)
        const message = `Given up records cannot be written to ${path} (${why}): make it writable, they are kept until then.`
        return new DestinationError({ message, cause })
      }
    })
  })
})

const header = (name: string, value: string): RecordHeader => ({ name, value: encodeUtf8(value) })

/**
 * A topic that gets the records as they are, with headers that say where they are from, and why: `lambda.topic`,
 * `lambda.partition`, `lambda.offset` and `lambda.condition`.
 */
export const topicDestination = (log: Pick<CommitLog, "append" | "partitions">, topic: string): Destination => {
  const put = Effect.fnUntraced(function* ({ partitions, why }: GivenUpBatch) {
    const count = yield* log.partitions(topic)
    const append = (from: PartitionRecords, { headers, key, offset, timestamp, value }: LogRecord) =>
      log.append({
        topic,
        partition: key === null ? offset % count : partitionFor(key, count),
        timestamp,
        key,
        value,
        headers: [
          ...headers,
          header("lambda.topic", from.topic),
          header("lambda.partition", String(from.partition)),
          header("lambda.offset", String(offset)),
          header("lambda.condition", conditions[why])
        ]
      })
    yield* Effect.forEach(
      partitions,
      (from) => Effect.forEach(from.records, (record) => append(from, record), { discard: true }),
      { discard: true }
    )
  })
  return {
    name: `kafka://${topic}`,
    put: (batch) =>
      Effect.mapError(put(batch), (cause) => {
        const message = `Given up records cannot be written to the topic ${topic}, and are kept until they can: ${cause.message}`
        return new DestinationError({ message, cause })
      })
  }
}
