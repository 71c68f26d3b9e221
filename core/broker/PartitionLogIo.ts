import type { BatchHeader } from "../log/index.ts"
import type { DiskError } from "../ports/index.ts"
import type { FileStep } from "../storage/index.ts"

/** Which records a reader sees: all below the high watermark, or only those of no open transaction. */
export type Isolation = "uncommitted" | "committed"

/**
 * What a partition's log is told.
 *
 * **Details**
 *
 * The ids of `Append`, `Fetch`, `ListOffset`, `Trim` and `Close` are the asker's; every one but an `Append` with `acks` 0 that
 * is accepted gets exactly one answer with the same id. The batches of an `Append` are validated (`validateBatch`), and
 * their bytes pass into the log's ownership: it writes their offsets into them. `timestamp` of `ListOffset` is in
 * milliseconds since the epoch, or one of the protocol's special values from -1 to -6. `Trim` gives up the records before
 * `offset`, where -1 stands for the high watermark.
 *
 * `Performed`, `ReadDone` and `Failed` end the `Perform` or `Read` of the same id. A request whose outcome is unknown has
 * failed.
 */
export type PartitionInput =
  | { readonly _tag: "Tick"; readonly now: number }
  | {
      readonly _tag: "Append"
      readonly id: number
      readonly batches: ReadonlyArray<BatchHeader>
      readonly acks: -1 | 0 | 1
    }
  | {
      readonly _tag: "Fetch"
      readonly id: number
      readonly offset: number
      readonly maxBytes: number
      readonly isolation: Isolation
    }
  | { readonly _tag: "ListOffset"; readonly id: number; readonly timestamp: number; readonly isolation: Isolation }
  | { readonly _tag: "Trim"; readonly id: number; readonly offset: number }
  | { readonly _tag: "Close"; readonly id: number }
  | { readonly _tag: "Performed"; readonly id: number }
  | { readonly _tag: "ReadDone"; readonly id: number; readonly bytes: Uint8Array }
  | { readonly _tag: "Failed"; readonly id: number; readonly error: DiskError }

/** A question to which the answer has the same id; the error code is one of the protocol's, 0 for none. */
interface Answer {
  readonly id: number
  readonly errorCode: number
}

/**
 * What a partition's log wants done, or answers.
 *
 * **Details**
 *
 * `Perform` and `Read` are requests to the disk, with ids of the log's own. A `Perform` is a plan whose steps are carried
 * out in order up to the first that fails; those of one `lane` are never under way at once, those of different lanes
 * may be.
 *
 * `Advanced` says that records up to the new marks can be fetched. `WentOffline` comes at most once: from then on
 * everything is answered with the code of a storage error. `ReadFailed` says why one answer had that code, and
 * `RemovalFailed` why files of records that were given up are still there: the next start removes them.
 */
export type PartitionOutput =
  | {
      readonly _tag: "Perform"
      readonly id: number
      readonly lane: "write" | "sync" | "remove"
      readonly steps: ReadonlyArray<FileStep>
    }
  | {
      readonly _tag: "Read"
      readonly id: number
      readonly path: string
      readonly position: number
      readonly length: number
    }
  | AppendAnswer
  | Fetched
  | ListedOffset
  | Trimmed
  | { readonly _tag: "Advanced"; readonly highWatermark: number; readonly lastStableOffset: number }
  | { readonly _tag: "WentOffline" | "ReadFailed" | "RemovalFailed"; readonly message: string }
  | { readonly _tag: "Closed"; readonly id: number; readonly failure?: string }

/** How an append ended: with the offset of its first record, or refused with nothing appended. */
export type AppendAnswer =
  | { readonly _tag: "Appended"; readonly id: number; readonly baseOffset: number; readonly logStart: number }
  | { readonly _tag: "Refused"; readonly id: number; readonly errorCode: number; readonly message: string }

/**
 * Whole batches from the one that holds the asked offset; empty at the high watermark, and with an error.
 *
 * **Details**
 *
 * With an error the three marks are -1.
 */
export interface Fetched extends Answer {
  readonly _tag: "Fetched"
  readonly records: Uint8Array
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStart: number
}

/** The offset that was looked up and its record's timestamp; -1 for none. */
export interface ListedOffset extends Answer {
  readonly _tag: "ListedOffset"
  readonly offset: number
  readonly timestamp: number
  readonly leaderEpoch: number
}

/** Where the log begins now, durably: at the offset that was asked for, or later. */
export interface Trimmed extends Answer {
  readonly _tag: "Trimmed"
  readonly logStart: number
}
