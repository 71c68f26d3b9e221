import * as Result from "effect/Result"
import { encodeAction, encodeEvents } from "../../journal/index.ts"
import type { Action, Event, JournalState, PlacedAction } from "../../journal/index.ts"
import type { NewRecord } from "../../log/index.ts"
import type { EventRecord } from "../index.ts"
import { event, someTime } from "./JournalStoreSamples.ts"

/** What one record does to a journal. */
export type Deed =
  | { readonly _tag: "Append"; readonly seqNrs: ReadonlyArray<number>; readonly length: number }
  | { readonly _tag: "Delete"; readonly to: number }
  | { readonly _tag: "Purge" }

/** What a journal is after some records: no state stands for one that does not exist. */
export interface Truth {
  readonly state: JournalState | undefined
  readonly events: ReadonlyArray<EventRecord>
}

/** A journal that was never written. */
export const nothing: Truth = { state: undefined, events: [] }

const numbers = (from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at)

/**
 * The deeds of a story: `a3` and `a3-5` append these numbers, `a+` the next one, `a3*900` one whose payload has so many
 * letters, `d3` deletes up to 3, `d+` everything, and `purge` purges. `last` is the journal's last number before.
 */
export const deedsOf = (story: string, last: number): ReadonlyArray<Deed> => {
  let next = last + 1
  return story
    .split(" ")
    .filter((word) => word !== "")
    .map((word): Deed => {
      const what = word.slice(1)
      if (word === "purge") {
        next = 1
        return { _tag: "Purge" }
      }
      if (word.startsWith("d")) {
        const to = what === "+" ? Math.max(1, next - 1) : Number(what)
        if (next === 1) next = to + 1
        return { _tag: "Delete", to }
      }
      const [range = "", length = "0"] = what.split("*")
      const [from = next, to = from] = range === "+" ? [] : range.split("-").map(Number)
      next = Math.max(next, to + 1)
      return { _tag: "Append", seqNrs: numbers(from, to), length: Number(length) }
    })
}

const payloadOf = (id: string, nth: number, seqNr: number, length: number) =>
  ({ _tag: "Text", text: `${id}, ${nth}: ${seqNr}`.padEnd(length, ".") }) as const

const actionOf = (id: string, nth: number, deed: Deed): Action => {
  const base = { journalId: id, timestamp: someTime, origin: "writer", version: undefined }
  if (deed._tag === "Delete") return { ...base, _tag: "Delete", to: deed.to }
  if (deed._tag === "Purge") return { ...base, _tag: "Purge" }
  const [first = 1, ...rest] = deed.seqNrs
  const eventOf = (seqNr: number): Event => ({ seqNr, tags: [], payload: payloadOf(id, nth, seqNr, deed.length) })
  const metadata = { expireAfter: undefined, data: undefined }
  const encoded = Result.getOrThrow(encodeEvents({ events: [eventOf(first), ...rest.map(eventOf)], metadata }))
  const range = { from: first, to: rest.at(-1) ?? first }
  return { ...base, _tag: "Append", range, headerMetadata: undefined, headers: new Map(), ...encoded }
}

/** The record of the `nth` deed of a journal; all records of all journals have one time stamp. */
export const recordOf = (id: string, nth: number, deed: Deed): NewRecord =>
  Result.getOrThrow(encodeAction(actionOf(id, nth, deed)))

/** The same deed as a replicator finds it in partition 0 of the log. */
export const placedOf = (id: string, nth: number, deed: Deed, offset: number): PlacedAction => {
  const base = { offset, timestamp: someTime, origin: "writer" }
  if (deed._tag !== "Append") return { ...base, ...deed }
  const events = deed.seqNrs.map((seqNr) =>
    event(seqNr, {
      partition: 0,
      offset,
      timestamp: someTime,
      version: undefined,
      payload: payloadOf(id, nth, seqNr, deed.length)
    })
  )
  const [from = 1] = deed.seqNrs
  return { ...base, _tag: "Append", range: { from, to: deed.seqNrs.at(-1) ?? from }, events }
}

/**
 * What a journal is after one more record, in the plainest words: a purge forgets it; a delete removes events, reaches no
 * further than the last number, and spends the numbers of a journal that is not there; an append begins one at its first
 * number; of two events of one number the first counts.
 */
const after = ({ events, state }: Truth, action: PlacedAction): Truth => {
  if (action._tag === "Purge") return nothing
  if (action._tag === "Delete") {
    const { deleteTo, seqNr } = state ?? { seqNr: action.to, deleteTo: 0 }
    const reached = Math.max(deleteTo, Math.min(action.to, seqNr))
    return { state: { seqNr, deleteTo: reached }, events: events.filter((one) => one.seqNr > reached) }
  }
  const { deleteTo, seqNr } = state ?? { seqNr: 0, deleteTo: action.range.from - 1 }
  const fresh = action.events.filter((one) => one.seqNr > seqNr)
  return { state: { seqNr: Math.max(seqNr, action.range.to), deleteTo }, events: [...events, ...fresh] }
}

/** What a journal is after these records. */
export const truthOf = (actions: ReadonlyArray<PlacedAction>): Truth => actions.reduce(after, nothing)

/** Events as `number@offset`, for a person. */
export const namesOf = (events: ReadonlyArray<EventRecord>): string =>
  events.map(({ offset, seqNr }) => `${seqNr}@${offset}`).join(" ")
