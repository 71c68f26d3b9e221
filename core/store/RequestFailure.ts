import { JournalStoreError } from "../ports/index.ts"
import type { JournalStoreErrorReason } from "../ports/index.ts"

/**
 * A request to a database that did not succeed, with the error that a caller of the store gets where the adapter cannot go
 * on.
 *
 * **Details**
 *
 * `kind` says what became of it:
 *
 * - `Retry`: somebody is there, and the same request may succeed in a moment
 * - `Lost`: nobody is there, as far as can be told; the same request may succeed later
 * - `Refused`: the same request will not succeed
 *
 * `Own` are the kinds of one database that its adapter answers by something else, such as a row that is there already.
 */
export interface RequestFailure<Own extends string = never> {
  readonly kind: "Retry" | "Lost" | "Refused" | Own
  readonly error: JournalStoreError
}

/** What an adapter makes of what its driver threw. */
export interface Diagnosis<Own extends string = never> {
  readonly kind: RequestFailure<Own>["kind"]
  readonly reason: JournalStoreErrorReason
  readonly message: string
}

/** No repetition mends it. */
export const refused = (reason: JournalStoreErrorReason, message: string): Diagnosis => ({
  kind: "Refused",
  reason,
  message
})

/** The same request may succeed in a moment. */
export const later = (message: string): Diagnosis => ({ kind: "Retry", reason: "Unreachable", message })

/** Nobody is there, as far as can be told. */
export const lost = (message: string): Diagnosis => ({ kind: "Lost", reason: "Unreachable", message })

/** `place` (a part of a sentence) has not answered a request in time; `advice` is what to look at. */
export const unanswered = (place: string, waitedMs: number, advice: string): Diagnosis =>
  lost(`${place} has not answered for ${waitedMs} ms: ${advice}.`)

/** The failure of a request of which this is said; `cause` is what was thrown, where something was. */
export const failureOf = <Own extends string = never>(
  operation: string,
  { kind, message, reason }: Diagnosis<Own>,
  cause?: unknown
): RequestFailure<Own> => ({
  kind,
  error: new JournalStoreError({ reason, operation, message, ...(cause === undefined ? {} : { cause }) })
})
