import type { TailSummary } from "../fold/TailSummary.ts"

/**
 * Why the tail of a journal is not known.
 *
 * - `timeout`: the log was not read up to the mark in time
 * - `limited`: too many journals have a tail, or too many recoveries wait
 * - `poisoned`: the journal has a record in the log whose header cannot be read
 * - `unavailable`: the log does not have what the store lacks, or cannot be read
 * - `closed`: nobody looks after the partition any more
 */
export type TailUnknown = "timeout" | "limited" | "poisoned" | "unavailable" | "closed"

/**
 * What is known of a journal's tail, the part of it that may not be in the store yet.
 *
 * **Details**
 *
 * `Known`: every record of the partition below `from` is in the store, to whoever reads it now, and `tail` is what the
 * journal's records below `to` amount to that are not below `from`; it may include some that are. `undefined`: there are
 * none. `to` is at or above the mark that was asked for.
 */
export type TailAnswer =
  | { readonly _tag: "Known"; readonly from: number; readonly to: number; readonly tail: TailSummary | undefined }
  | { readonly _tag: "Unknown"; readonly why: TailUnknown }
