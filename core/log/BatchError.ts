import * as Data from "effect/Data"

/**
 * What is wrong with a record batch.
 *
 * - `Truncated`: the bytes end before the batch does
 * - `InvalidLength`: the batch says that it is shorter than its own header
 * - `UnsupportedMagic`: a format other than magic 2
 * - `ChecksumMismatch`: the CRC-32C does not match the bytes
 * - `NumberTooLarge`: a 64-bit field is beyond 2^53 - 1
 * - `InvalidHeader`: a field of the header has a value that no writer gives it
 * - `InvalidRecords`: the records do not read as the header says
 * - `DecompressionFailed`: the compressed records do not expand, or expand beyond the bound
 */
export type BatchErrorReason =
  | "Truncated"
  | "InvalidLength"
  | "UnsupportedMagic"
  | "ChecksumMismatch"
  | "NumberTooLarge"
  | "InvalidHeader"
  | "InvalidRecords"
  | "DecompressionFailed"

/** A record batch that cannot be read: `position` is where the batch begins in the bytes that were given. */
export class BatchError extends Data.TaggedError("BatchError")<{
  readonly reason: BatchErrorReason
  readonly position: number
  readonly detail: string
}> {
  override get message(): string {
    return `Record batch at byte ${this.position}: ${this.detail}. Do not use its bytes; read them again or send them anew.`
  }
}
