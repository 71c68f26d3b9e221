import * as Result from "effect/Result"
import { encodeAction, encodeEvents } from "../../journal/index.ts"
import type { Action, Event, JournalState } from "../../journal/index.ts"
import type { LogRecord, NewRecord } from "../../log/index.ts"
import type { EventRecord, JournalHead, LogPage, WriteStep } from "../../ports/index.ts"

/** The one topic of a model. */
export const topic = "orders"

/** What a test says of a journal: the same for the record and for the oracle. `upTo` is what the header claims. */
export type Deed =
  | { readonly _tag: "Append"; readonly seqNrs: ReadonlyArray<number>; readonly upTo?: number }
  | { readonly _tag: "Delete"; readonly to: number }
  | { readonly _tag: "Purge" }
  | { readonly _tag: "Mark" }

const actionOf = (id: string, deed: Deed, name: string): Action => {
  const base = { journalId: id, timestamp: 1_700_000_000_000, origin: undefined, version: undefined }
  switch (deed._tag) {
    case "Append": {
      const [first, ...rest] = deed.seqNrs.map((seqNr): Event => ({
        seqNr,
        tags: [],
        payload: { _tag: "Text", text: `${name}/${seqNr}` }
      }))
      if (first === undefined) throw new Error("An append has events.")
      const metadata = { expireAfter: undefined, data: undefined }
      const encoded = Result.getOrThrow(encodeEvents({ events: [first, ...rest], metadata }))
      const to = deed.upTo ?? rest.at(-1)?.seqNr ?? first.seqNr
      const range = { from: first.seqNr, to }
      return { ...base, _tag: "Append", range, headerMetadata: undefined, headers: new Map(), ...encoded }
    }
    case "Delete":
      return { ...base, _tag: "Delete", to: deed.to }
    case "Purge":
      return { ...base, _tag: "Purge" }
    case "Mark":
      return { ...base, _tag: "Mark", id: name }
  }
}

/** The record of a deed. */
export const recordOf = (id: string, deed: Deed, name: string): NewRecord =>
  Result.getOrThrow(encodeAction(actionOf(id, deed, name)))

/** A record that is no journal's. */
export const foreignRecord: NewRecord = { timestamp: 0, key: null, value: new Uint8Array([1]), headers: [] }

/** One partition of a log: offsets may have gaps, and the beginning may be gone. */
export class ModelLog {
  readonly deeds: Array<{ readonly id: string; readonly offset: number; readonly deed: Deed }> = []
  private readonly records: Array<LogRecord> = []
  start = 0
  end = 0

  append(id: string, deed: Deed, gap: number): number {
    const offset = this.add(recordOf(id, deed, `${this.end}`), gap)
    this.deeds.push({ id, offset, deed })
    return offset
  }

  add(record: NewRecord, gap: number): number {
    const offset = this.end
    this.records.push({ ...record, offset })
    this.end = offset + 1 + gap
    return offset
  }

  trim(to: number): void {
    this.start = Math.max(this.start, Math.min(to, this.end))
  }

  /** `undefined`: the offset is below the start. */
  read(offset: number, limit: number): LogPage | undefined {
    if (offset < this.start) return undefined
    const first = this.records.findIndex((record) => record.offset >= offset)
    const records = first < 0 ? [] : this.records.slice(first, first + limit)
    const after = first < 0 ? undefined : this.records[first + limit]
    return { records, nextOffset: after?.offset ?? this.end, logStart: this.start, stableEnd: this.end }
  }
}

/** A store; `write` answers false where the pointer stands elsewhere, and has then done nothing. */
export class ModelStore {
  readonly heads = new Map<string, JournalHead>()
  readonly rows = new Map<string, Map<number, EventRecord>>()
  pointer: number | undefined

  write(steps: ReadonlyArray<WriteStep>): boolean {
    if (steps.some((step) => step._tag === "PutPointer" && step.previous !== this.pointer)) return false
    for (const step of steps) this.apply(step)
    return true
  }

  events(id: string, from: number, to: number, limit: number): ReadonlyArray<EventRecord> {
    return [...(this.rows.get(id)?.values() ?? [])]
      .filter(({ seqNr }) => seqNr >= from && seqNr <= to)
      .sort((a, b) => a.seqNr - b.seqNr)
      .slice(0, limit)
  }

  clear(): void {
    this.pointer = undefined
    this.heads.clear()
    this.rows.clear()
  }

  /** Makes a backup, which makes the store again what it is now. */
  backUp(): () => void {
    const { pointer } = this
    const heads = [...this.heads]
    const rows = [...this.rows].map(([id, events]) => [id, [...events]] as const)
    return () => {
      this.clear()
      this.pointer = pointer
      for (const [id, head] of heads) this.heads.set(id, head)
      for (const [id, events] of rows) this.rows.set(id, new Map(events))
    }
  }

  private apply(step: WriteStep): void {
    if (step._tag === "PutPointer") {
      this.pointer = step.offset
      return
    }
    const { id } = step.key
    const rows = this.rows.get(id) ?? new Map<number, EventRecord>()
    this.rows.set(id, rows)
    if (step._tag === "PutHead") this.heads.set(id, step.head)
    else if (step._tag === "RemoveHead") {
      if (step.previous !== undefined) this.heads.delete(id)
    } else if (step._tag === "PutEvents") for (const event of step.events) rows.set(event.seqNr, event)
    else for (const seqNr of rows.keys()) if (seqNr >= step.from && seqNr <= step.to) rows.delete(seqNr)
  }
}

/** What a journal is: its state, and its events as `record/number`. */
export interface Truth {
  readonly state: JournalState | undefined
  readonly events: ReadonlyArray<string>
}

export const sameTruth = (a: Truth, b: Truth): boolean =>
  a.state?.seqNr === b.state?.seqNr &&
  a.state?.deleteTo === b.state?.deleteTo &&
  a.events.length === b.events.length &&
  a.events.every((event, at) => event === b.events[at])

/** The same journal to one who asks only for the events from `from` to `to`. */
export const within = (truth: Truth, from: number, to: number): Truth => ({
  ...truth,
  events: truth.events.filter((event) => {
    const seqNr = Number(event.split("/")[1])
    return seqNr >= from && seqNr <= to
  })
})

export const showTruth = ({ events, state }: Truth): string => `${JSON.stringify(state)} [${events.join(" ")}]`

/**
 * The journal by the log's records below `before`, told in the plainest way: a list of numbers with the record that
 * each came with.
 */
export const truthAt = (log: ModelLog, id: string, before: number): Truth => {
  let exists = false
  let last = 0
  let deletedTo = 0
  let live: Array<readonly [seqNr: number, offset: number]> = []
  for (const { deed, id: whose, offset } of log.deeds) {
    if (whose !== id || offset >= before || deed._tag === "Mark") continue
    if (deed._tag === "Purge") {
      exists = false
      last = 0
      deletedTo = 0
      live = []
    } else if (deed._tag === "Delete") {
      deletedTo = exists ? Math.max(deletedTo, Math.min(deed.to, last)) : deed.to
      if (!exists) last = deed.to
      exists = true
      live = live.filter(([seqNr]) => seqNr > deletedTo)
    } else {
      if (!exists) deletedTo = Math.min(...deed.seqNrs) - 1
      const claimed = deed.upTo ?? Math.max(...deed.seqNrs)
      for (const seqNr of deed.seqNrs) {
        if (seqNr <= last || seqNr > claimed) continue
        last = seqNr
        live.push([seqNr, offset])
      }
      last = Math.max(last, claimed)
      exists = true
    }
  }
  const state = exists ? { seqNr: last, deleteTo: deletedTo } : undefined
  return { state, events: live.map(([seqNr, offset]) => `${offset}/${seqNr}`) }
}

/** An event as {@link truthAt} tells it; the payload is what was written, wherever it was read from. */
export const nameOf = (event: EventRecord): string => {
  const text = event.payload?._tag === "Text" ? event.payload.text : "?"
  return text === `${event.offset}/${event.seqNr}` ? text : `${text} at ${event.offset}/${event.seqNr}`
}
