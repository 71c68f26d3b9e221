import type { EventRecord, JournalHead, JournalKey, WriteStep } from "../../../core/ports/index.ts"

export { putHead, removeHead } from "../../../core/ports/contract/JournalStoreSamples.ts"

/** The journal of most tests, in a topic of their own. */
export const keyOf = (topic: string): JournalKey => ({ topic, id: "journal" })

/** A plain event, with a payload of so many bytes. */
export const event = (seqNr: number, bytes = 10, over: Partial<EventRecord> = {}): EventRecord => ({
  seqNr,
  tags: [],
  payload: { _tag: "Binary", bytes: Uint8Array.from({ length: bytes }, (_, at) => at * 7 + seqNr) },
  timestamp: 1_774_915_200_000 + seqNr,
  partition: 0,
  offset: seqNr,
  origin: undefined,
  version: undefined,
  metadata: { header: undefined, payload: undefined, expireAfter: undefined },
  headers: new Map(),
  ...over
})

/** Plain events numbered from `from` to `to`, both inclusive. */
export const events = (from: number, to: number, bytes = 10): ReadonlyArray<EventRecord> =>
  Array.from({ length: to - from + 1 }, (_, index) => event(from + index, bytes))

/** The head of a journal that ends at `seqNr`. */
export const head = (seqNr: number, over: Partial<JournalHead> = {}): JournalHead => ({
  partition: 0,
  offset: seqNr,
  seqNr,
  deleteTo: 0,
  recordId: "first",
  created: 1,
  updated: 2,
  expireAfter: undefined,
  expireOn: undefined,
  origin: undefined,
  ...over
})

/** The step that writes these events. */
export const putEvents = (key: JournalKey, written: ReadonlyArray<EventRecord>, recordId = "first"): WriteStep => ({
  _tag: "PutEvents",
  key,
  head: head(written.at(-1)?.seqNr ?? 1, { recordId }),
  previous: undefined,
  events: written
})

/** The step that removes events of an incarnation, the first where none is named. */
export const removeEvents = (key: JournalKey, from: number, to: number, recordId = "first"): WriteStep => ({
  _tag: "RemoveEvents",
  key,
  head: head(to, { recordId }),
  from,
  to
})

/** The step that moves the pointer of partition 0. */
export const putPointer = (key: JournalKey, offset: number, previous?: number): WriteStep => ({
  _tag: "PutPointer",
  topic: key.topic,
  partition: 0,
  offset,
  previous
})

/** All events of a journal. */
export const everything = (key: JournalKey) => ({ key, from: 1, to: Number.MAX_SAFE_INTEGER, limit: 100_000 })
