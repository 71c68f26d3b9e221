import * as Data from "effect/Data"

/**
 * Why a journal operation failed.
 *
 * - `Unavailable`: the log or the store could not be reached in time; nothing was written
 * - `Unknown`: only of writes: the answer is lost, the record may or may not be in the log
 * - `Refused`: the log refused the record; nothing was written
 * - `Invalid`: what was asked for makes no sense; nothing was written
 * - `Corrupt`: a record or a row cannot be decoded
 * - `Lost`: the log no longer has records that the store does not have yet
 * - `Changed`: only of reads: what was still to be read has been deleted, purged or trimmed meanwhile; read again
 * - `Store`: the store failed for another reason than being out of reach, or it was filled from another log
 */
export type JournalErrorReason =
  | "Unavailable"
  | "Unknown"
  | "Refused"
  | "Invalid"
  | "Corrupt"
  | "Lost"
  | "Changed"
  | "Store"

/** A journal operation that failed: where, and in one sentence why and what to do. */
export class JournalError extends Data.TaggedError("JournalError")<{
  readonly reason: JournalErrorReason
  readonly topic: string
  readonly id?: string | undefined
  readonly partition?: number | undefined
  readonly offset?: number | undefined
  readonly message: string
  readonly cause?: unknown
}> {}
