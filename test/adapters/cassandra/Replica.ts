import * as Effect from "effect/Effect"
import { planJournal } from "../../../core/journal/index.ts"
import type { PlacedAction } from "../../../core/journal/index.ts"
import type { EventRecord, JournalStore, JournalStoreError } from "../../../core/ports/index.ts"

/** The partition that everything here is about. */
const partition = 0

/** A record of the log, of the journal `id`. */
export interface Logged {
  readonly id: string
  readonly action: PlacedAction
}

/** What a record does; its place in the list is its offset. */
export type Written =
  | { readonly _tag: "Append"; readonly id: string; readonly from: number; readonly to: number }
  | { readonly _tag: "Delete"; readonly id: string; readonly to: number }
  | { readonly _tag: "Purge"; readonly id: string }

const eventAt = (offset: number, seqNr: number): EventRecord => ({
  seqNr,
  tags: [],
  payload: { _tag: "Text", text: `${offset}:${seqNr}` },
  timestamp: offset,
  partition,
  offset,
  origin: undefined,
  version: undefined,
  metadata: { header: undefined, payload: undefined, expireAfter: undefined },
  headers: new Map()
})

/** The log that holds these records. */
export const logOf = (written: ReadonlyArray<Written>): ReadonlyArray<Logged> =>
  written.map((record, offset) => {
    const base = { offset, timestamp: offset, origin: undefined }
    if (record._tag !== "Append") return { id: record.id, action: { ...base, ...record } }
    const { from, to } = record
    const events = Array.from({ length: to - from + 1 }, (_, at) => eventAt(offset, from + at))
    return { id: record.id, action: { ...base, _tag: "Append", range: { from, to }, events } }
  })

/** Replicates a topic from its pointer on as a replicator does, `pageSize` records at a time. */
export const replicate = Effect.fnUntraced(function* (
  store: JournalStore,
  topic: string,
  log: ReadonlyArray<Logged>,
  pageSize: number
): Effect.fn.Return<void, JournalStoreError> {
  let previous = yield* store.pointer(topic, partition)
  while ((previous ?? -1) + 1 < log.length) {
    const page: ReadonlyArray<Logged> = log.slice((previous ?? -1) + 1, (previous ?? -1) + 1 + pageSize)
    for (const id of new Set(page.map((record) => record.id))) {
      const key = { topic, id }
      const actions = page.filter((record) => record.id === id).map(({ action }) => action)
      const { steps } = planJournal(key, partition, yield* store.head(key), actions)
      for (const step of steps) yield* store.write([step])
    }
    const offset: number = page.at(-1)!.action.offset
    yield* store.write([{ _tag: "PutPointer", topic, partition, offset, previous }])
    previous = offset
  }
})

/** What a reader is shown of a journal: the events that its head promises. */
export const visible = Effect.fnUntraced(function* (
  store: JournalStore,
  topic: string,
  id: string
): Effect.fn.Return<string, JournalStoreError> {
  const key = { topic, id }
  const head = yield* store.head(key)
  if (head === undefined || head.deleteTo >= head.seqNr) return "nothing"
  const events = yield* store.events({ key, from: head.deleteTo + 1, to: head.seqNr, limit: 1000 })
  const shown = events.map(({ payload, seqNr }) => {
    const text = payload?._tag === "Text" ? payload.text : "?"
    return `${seqNr}=${text.replace(/\.+$/, "")}/${text.length}`
  })
  const isWhole = events.length === head.seqNr - head.deleteTo
  return `${isWhole ? "" : `not ${head.deleteTo + 1} to ${head.seqNr}: `}${shown.join(" ")}`
})
