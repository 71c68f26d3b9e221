import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { JournalHead } from "../../ports/index.ts"

/**
 * Why a journal that had expired is not purged.
 *
 * - `Gone`: it was purged meanwhile
 * - `Renewed`: it expires later by now, or no more
 * - `Unreplicated`: the log says more of it than the store does, which may put its end off
 */
export type KeptReason = "Gone" | "Renewed" | "Unreplicated"

/** What is known of a journal up to a mark in the log. */
export interface ExpiryFacts {
  readonly head: JournalHead | undefined
  /** The offset of the first action that the store does not have, after the last purge. */
  readonly first: number | undefined
  /** Whether the store has not heard of a purge yet. */
  readonly purged: boolean
}

const form = /^\d{4}-\d{2}-\d{2}$/

/** The UTC date of a time in milliseconds since the epoch, as `2026-11-21`. */
export const utcDate = (millis: number): string => DateTime.formatIsoDateUtc(DateTime.makeUnsafe(millis))

/** Whether a text is a date, such as `2026-11-21`. Dates compare as their texts do. */
export const isUtcDate = (text: string): boolean =>
  form.test(text) && Option.exists(DateTime.make(`${text}T00:00:00Z`), (at) => DateTime.formatIsoDateUtc(at) === text)

/**
 * Whether a journal may be purged because it has expired on a date or before; where it may not, why.
 *
 * **Details**
 *
 * Of a journal's appends the last one counts, and the store may not have it yet. So a journal of which the log has anything
 * that the store has not is left alone: once that is replicated, its head tells.
 */
export const judgeExpiry = ({ first, head, purged }: ExpiryFacts, onOrBefore: string): "Expired" | KeptReason => {
  if (first !== undefined) return "Unreplicated"
  if (purged || head === undefined) return "Gone"
  const { expireOn } = head
  return expireOn !== undefined && isUtcDate(expireOn) && expireOn <= onOrBefore ? "Expired" : "Renewed"
}

/** What is wrong with a date up to which journals are to be purged; `undefined` where nothing is. */
export const wrongExpiryDate = (onOrBefore: string, now: number): string | undefined => {
  const shown = JSON.stringify(onOrBefore)
  if (!isUtcDate(onOrBefore)) return `${shown} is no date: write one as 2026-11-21.`
  const today = utcDate(now)
  return onOrBefore > today
    ? `${shown} is still to come: name ${today}, which is today in UTC, or an earlier date.`
    : undefined
}
