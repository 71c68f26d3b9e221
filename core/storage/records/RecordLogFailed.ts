import * as Data from "effect/Data"
import type { DiskError } from "../../ports/index.ts"

/**
 * Which change of the disk has failed.
 *
 * - `WriteFailed`: a write, a removal or the making of a file, for example since the disk is full
 * - `SyncFailed`: a sync; what it was to make durable may be gone, whatever a second sync would say
 */
export type RecordLogFailedReason = "WriteFailed" | "SyncFailed"

/**
 * A record log whose disk has failed once, and that takes nothing any more.
 *
 * **Details**
 *
 * What was appended last may be on the disk or not. Opening the log again finds out: it keeps what it finds whole.
 */
export class RecordLogFailed extends Data.TaggedError("RecordLogFailed")<{
  readonly reason: RecordLogFailedReason
  readonly folder: string
  readonly cause: DiskError
}> {
  override get message(): string {
    return `Nothing can be kept in "${this.folder}" any more, since the disk has failed: ${this.cause.message}`
  }
}

const isSync = ({ operation }: DiskError): boolean => operation === "sync" || operation === "syncFolder"

export const recordLogFailed = (folder: string, cause: DiskError): RecordLogFailed =>
  new RecordLogFailed({ reason: isSync(cause) ? "SyncFailed" : "WriteFailed", folder, cause })
