import * as Data from "effect/Data"
import type { Effect } from "effect/Effect"
import type { LogRecord, NewRecord } from "../log/index.ts"

/**
 * Why a log operation failed.
 *
 * - `Unreachable`: no broker could be reached, or none answered before the deadline; nothing was written
 * - `UnknownTopic`: the topic or partition does not exist
 * - `OffsetOutOfRange`: the position is below the log's start, which `logStart` then names, or beyond its end
 * - `TooLarge`: the record is larger than the topic takes; nothing was written
 * - `Unauthorized`: the broker knows us and refuses
 * - `Damaged`: the broker cannot serve the partition, or the bytes it sent cannot be decoded
 * - `Refused`: the broker refused for another reason; nothing was written
 * - `Unknown`: only of `append`: the answer is lost, the record may or may not be in the log
 */
export type CommitLogErrorReason =
  | "Unreachable"
  | "UnknownTopic"
  | "OffsetOutOfRange"
  | "TooLarge"
  | "Unauthorized"
  | "Damaged"
  | "Refused"
  | "Unknown"

/** A log operation that failed. `message` is one sentence that says what to do. */
export class CommitLogError extends Data.TaggedError("CommitLogError")<{
  readonly reason: CommitLogErrorReason
  readonly operation: "append" | "read" | "topics"
  readonly topic?: string
  readonly partition?: number
  readonly offset?: number
  readonly logStart?: number
  readonly message: string
  readonly cause?: unknown
}> {}

/** One record for one partition. */
export interface AppendRequest extends NewRecord {
  readonly topic: string
  readonly partition: number
}

/**
 * Where to read from, and how much.
 *
 * **Details**
 *
 * `maxBytes` bounds the answer, but a single batch larger than that is still answered whole. `maxWaitMs` is how long
 * the broker may wait when there is nothing at `offset` yet: 0 answers at once.
 */
export interface ReadRequest {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly maxBytes: number
  readonly maxWaitMs: number
}

/**
 * A page of committed records.
 *
 * **Details**
 *
 * `records` are in offset order from the asked offset; offsets may have gaps, where the log was compacted or where
 * transaction markers stand. `nextOffset` is where the next read continues, also past such gaps. `logStart` is the
 * first offset the log still has, `stableEnd` the offset after the last one that a committed read can see.
 */
export interface LogPage {
  readonly records: ReadonlyArray<LogRecord>
  readonly nextOffset: number
  readonly logStart: number
  readonly stableEnd: number
}

/**
 * A partitioned, replicated, append-only log: Apache Kafka, the embedded broker, or memory.
 *
 * **Details**
 *
 * `append` answers with the record's offset once all in-sync replicas have it. Appends to one partition that are
 * started one after the other are in the log in that order; where one of them fails, those with the same key that were
 * started after it and have not ended fail too and are not written, so that what is in the log is a beginning. `read`
 * sees committed records only. Each operation has a
 * deadline of the adapter's settings, and ends with a `CommitLogError` when it passes.
 */
export interface CommitLog {
  readonly append: (request: AppendRequest) => Effect<number, CommitLogError>
  readonly read: (request: ReadRequest) => Effect<LogPage, CommitLogError>
  /**
   * The number of partitions of a topic. Where there is none it fails with `UnknownTopic`, unless `create` is set and the
   * brokers create topics that are written to.
   */
  readonly partitions: (topic: string, options?: { readonly create: boolean }) => Effect<number, CommitLogError>
  readonly topics: Effect<ReadonlyArray<string>, CommitLogError>
}
