import type { EventRecord, JournalHead } from "../../ports/index.ts"

/** What a page of the store was asked for: the head it is read under, the numbers, both inclusive, and how many events at most. */
export interface StoredPage {
  readonly head: JournalHead | undefined
  readonly from: number
  readonly to: number
  readonly limit: number
}

/**
 * Whether a page of the store is as its head promises: no number is missing, and no event is younger than the head. A
 * page is read long after the head, and a delete or a purge may have been copied to the store meanwhile.
 */
export const isWholePage = (asked: StoredPage, events: ReadonlyArray<EventRecord>): boolean => {
  const { from, head, limit, to } = asked
  const offset = head?.offset ?? -1
  if (events.some((event, at) => event.seqNr !== from + at || event.offset > offset)) return false
  return events.length >= limit || from + events.length > to
}

/**
 * Whether a page that is not whole is the journal's all the same, by the head as it is after the page: its numbers were
 * left out by the writer then, and not removed since.
 */
export const isStillOf = (asked: StoredPage, now: JournalHead | undefined): boolean =>
  now !== undefined && now.recordId === asked.head?.recordId && now.deleteTo < asked.from

/** The number that the next page begins with; `undefined` where this one is the last. */
export const nextFrom = (asked: StoredPage, events: ReadonlyArray<EventRecord>): number | undefined => {
  const last = events.at(-1)
  if (last === undefined || events.length < asked.limit || last.seqNr >= asked.to) return undefined
  return last.seqNr + 1
}
