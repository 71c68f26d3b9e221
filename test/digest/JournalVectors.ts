import fc from "fast-check"
import { getOrThrow } from "effect/Result"
import * as Effect from "effect/Effect"
import { MemoryStore } from "../../adapters/memory/index.ts"
import { appended, deleted, encodeAction, encodeEvents, planJournal, TailSummary } from "../../core/journal/index.ts"
import { Recovery, Replication } from "../../core/journal/index.ts"
import type { Action, Event, JournalState, PlacedAction } from "../../core/journal/index.ts"
import type { EventRecord, JournalHead } from "../../core/ports/index.ts"
import { PureLog, recover, replicateTo } from "../core/journal/PureJournal.ts"
import { samples } from "./Samples.ts"

const key = { topic: "accounts", id: "account-1" }

type Deed =
  | { readonly tag: "append"; readonly from: number; readonly to: number }
  | { readonly tag: "delete"; readonly to: number }
  | { readonly tag: "purge" | "mark" }

const seqNr = fc.integer({ min: 1, max: 12 })
const range = fc.tuple(seqNr, seqNr).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }))
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { arbitrary: range.map((of) => ({ tag: "append" as const, ...of })), weight: 6 },
  { arbitrary: seqNr.map((to) => ({ tag: "delete" as const, to })), weight: 3 },
  { arbitrary: fc.constantFrom<Deed>({ tag: "purge" }, { tag: "mark" }), weight: 1 }
)
const stories = samples(fc.array(deed, { maxLength: 14 }), 300)
const bases = samples(
  fc.option(
    range.map(({ from, to }): JournalState => ({ seqNr: to, deleteTo: from - 1 })),
    { nil: undefined }
  ),
  20
)

const numbers = (from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at)

const eventOf = (number: number): Event => ({
  seqNr: number,
  tags: [`tag-${number % 3}`],
  payload: { _tag: "Json", text: `{"number":${number}}` }
})

const timestampAt = (at: number): number => 1_790_000_000_000 + at * 1000

const actionOf = (what: Deed, at: number): Action => {
  const base = { journalId: key.id, timestamp: timestampAt(at), origin: `writer-${at % 2}`, version: undefined }
  switch (what.tag) {
    case "append": {
      const events = numbers(what.from, what.to).map(eventOf) as [Event, ...Array<Event>]
      const metadata = { expireAfter: at % 4 === 0 ? "30 days" : undefined, data: undefined }
      const encoded = getOrThrow(encodeEvents({ events, metadata }))
      const { from, to } = what
      return { ...base, _tag: "Append", range: { from, to }, ...encoded, headerMetadata: undefined, headers: new Map() }
    }
    case "delete":
      return { ...base, _tag: "Delete", to: what.to }
    case "purge":
      return { ...base, _tag: "Purge" }
    case "mark":
      return { ...base, _tag: "Mark", id: `mark-${at}` }
  }
}

/** The state after each action, over several bases. */
export const fold = (): unknown =>
  stories.map((story) =>
    bases.map((base) => {
      let state = base
      return story.map((what) => {
        if (what.tag === "append") state = appended(state, { from: what.from, to: what.to })
        else if (what.tag === "delete") state = deleted(state, what.to)
        else if (what.tag === "purge") state = undefined
        return state
      })
    })
  )

const recordOf = (number: number, at: number): EventRecord => ({
  ...eventOf(number),
  timestamp: timestampAt(at),
  partition: 0,
  offset: at,
  origin: undefined,
  version: undefined,
  metadata: { header: undefined, payload: undefined, expireAfter: at % 4 === 0 ? "30 days" : undefined },
  headers: new Map()
})

const placedOf = (what: Deed, at: number): PlacedAction | undefined => {
  const place = { offset: at, timestamp: timestampAt(at), origin: `writer-${at % 2}` }
  switch (what.tag) {
    case "append": {
      const { from, to } = what
      return {
        ...place,
        _tag: "Append",
        range: { from, to },
        events: numbers(from, to).map((each) => recordOf(each, at))
      }
    }
    case "delete":
      return { ...place, _tag: "Delete", to: what.to }
    case "purge":
      return { ...place, _tag: "Purge" }
    case "mark":
      return undefined
  }
}

/** Heads of a tail over those of a store: summaries over several bases, and planned heads from one batch to the next. */
export const mergedHeads = (): unknown =>
  stories.map((story) => {
    let run: TailSummary.TailSummary | undefined
    for (const [at, what] of story.entries()) run = TailSummary.extended(run, actionOf(what, at), at)
    const summary = run
    const merged = bases.map((base) => (summary === undefined ? base : TailSummary.over(summary, base)))
    const placed = story.flatMap((what, at) => placedOf(what, at) ?? [])
    let head: JournalHead | undefined
    const plans = [placed.slice(0, 5), placed.slice(5)].map((actions) => {
      const plan = planJournal(key, 0, head, actions)
      head = plan.head
      return plan
    })
    return [summary, merged, plans]
  })

/** What is recovered of a journal whose store has come half of the way, all of it and a part. */
export const recovery = (): unknown =>
  stories.slice(0, 120).map((story, at) => {
    const log = new PureLog()
    for (const [index, what] of story.entries()) log.append(getOrThrow(encodeAction(actionOf(what, index))))
    const store = MemoryStore.make()
    replicateTo(Replication.replication, log, store, key.topic, Math.floor((story.length * (at % 5)) / 4))
    const mark = (): number => log.append(getOrThrow(encodeAction(actionOf({ tag: "mark" }, log.end))))
    const sources = { log, store, cache: undefined, mark }
    return [
      Effect.runSync(store.head(key)),
      recover(Recovery.recovery, sources, key, true),
      recover(Recovery.recovery, sources, key, true, { from: 3, to: 7 })
    ]
  })
