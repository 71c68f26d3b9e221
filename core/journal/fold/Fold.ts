import type { SeqRange } from "../model/SeqNr.ts"

/**
 * What the actions of a journal amount to, apart from the events themselves: the last sequence number ever appended and
 * the one up to which there are no events, because they are deleted or the journal begins beyond it (0: none).
 * `undefined` stands for a journal that does not exist: never written, or purged.
 */
export interface JournalState {
  readonly seqNr: number
  readonly deleteTo: number
}

/**
 * The state after a record of events. Numbers that are not above the last one do not count: of two writers who used one
 * number, the first in the log wins.
 *
 * **Details**
 *
 * A journal begins at the first number of its first record, so that `deleteTo` is the one before it; later records never
 * move that. kafka-journal stores it in this way, and its readers look for events from there on.
 */
export const appended = (state: JournalState | undefined, range: SeqRange): JournalState =>
  state === undefined
    ? { seqNr: range.to, deleteTo: range.from - 1 }
    : range.to > state.seqNr
      ? { ...state, seqNr: range.to }
      : state

/**
 * The state after a delete up to `to`.
 *
 * **Details**
 *
 * A delete reaches no further than the last event, and never takes back an earlier one. A delete of a journal that does
 * not exist begins it at `to`: numbers up to `to` are spent. That is how kafka-journal stores it, and every reader sees
 * it alike, before the delete is replicated and after.
 */
export const deleted = (state: JournalState | undefined, to: number): JournalState =>
  state === undefined
    ? { seqNr: to, deleteTo: to }
    : { ...state, deleteTo: Math.max(state.deleteTo, Math.min(to, state.seqNr)) }

/** Which events of a record count, which do not, and the state after the record. */
export interface Admitted<A> {
  readonly state: JournalState
  readonly fresh: ReadonlyArray<A>
  readonly refused: ReadonlyArray<A>
}

/**
 * Takes the events of one record in their order: an event counts when its number is above the last one, and not beyond
 * the range in the record's header, which alone decides what the record does to the state. Where a journal begins, none
 * below that range counts either.
 */
export const admit = <A extends { readonly seqNr: number }>(
  state: JournalState | undefined,
  range: SeqRange,
  events: ReadonlyArray<A>
): Admitted<A> => {
  const fresh: Array<A> = []
  const refused: Array<A> = []
  let last = state?.seqNr ?? range.from - 1
  for (const event of events) {
    if (event.seqNr > last && event.seqNr <= range.to) {
      last = event.seqNr
      fresh.push(event)
    } else refused.push(event)
  }
  return { state: appended(state, range), fresh, refused }
}
