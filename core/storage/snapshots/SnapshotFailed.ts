import * as Data from "effect/Data"
import type { DiskError } from "../../ports/index.ts"

/**
 * Why something was not done with a snapshot.
 *
 * - `Superseded`: a snapshot that is as new or newer is there
 * - `OutOfOrder`: the bytes do not follow on those before them, or are more than the snapshot has
 * - `Incomplete`: bytes of the snapshot are missing
 * - `Gone`: there is no such snapshot, or no longer
 * - `Wrong`: the disk has given back other bytes than were written
 * - `DiskFailed`: the disk has failed; the part that was being written is given up
 * - `SyncFailed`: a sync has failed, and nothing is written any more
 */
export type SnapshotFailedReason =
  | "Superseded"
  | "OutOfOrder"
  | "Incomplete"
  | "Gone"
  | "Wrong"
  | "DiskFailed"
  | "SyncFailed"

/** Something that was not done with the snapshot of this rank; the newest complete one is as it was. */
export class SnapshotFailed extends Data.TaggedError("SnapshotFailed")<{
  readonly reason: SnapshotFailedReason
  readonly rank: number
  readonly detail: string
  readonly cause?: DiskError
}> {
  override get message(): string {
    return `Snapshot ${this.rank}: ${this.detail}.`
  }
}
