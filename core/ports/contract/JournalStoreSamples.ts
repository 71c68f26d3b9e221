import { encodeUtf8 } from "../../bytes/index.ts"
import type { EventRecord, JournalHead, JournalKey, Payload, WriteStep } from "../index.ts"

/** A number of the greatest size that core knows. */
export const greatest = Number.MAX_SAFE_INTEGER

/** Text that an encoding on the way may damage. */
export const difficultText = "\u0000 'quoted' \"twice\" \\ \n\r\t äöü ✓ \ufeff \uffff 😀 {} %_ null"

/** A time that is not a whole second, milliseconds since the epoch. */
export const someTime = 1_774_915_200_123

/** One payload of each kind, with the values that a store may take for another. */
export const payloads: ReadonlyArray<Payload | undefined> = [
  undefined,
  { _tag: "Binary", bytes: new Uint8Array(0) },
  { _tag: "Binary", bytes: Uint8Array.from({ length: 256 }, (_, index) => index) },
  { _tag: "Binary", bytes: encodeUtf8("text as bytes") },
  { _tag: "Text", text: "" },
  { _tag: "Text", text: "null" },
  { _tag: "Text", text: "12" },
  { _tag: "Text", text: difficultText },
  { _tag: "Json", text: "null" },
  { _tag: "Json", text: '""' },
  { _tag: "Json", text: '{ "n" : 12345678901234567890.10, "again":1, "again":2 }' },
  { _tag: "Json", text: JSON.stringify(difficultText) }
]

/** A plain event. */
export const event = (seqNr: number, over: Partial<EventRecord> = {}): EventRecord => ({
  seqNr,
  tags: [],
  payload: { _tag: "Text", text: `event ${seqNr}` },
  timestamp: someTime + (seqNr % 1000),
  partition: 3,
  offset: seqNr % 1_000_000,
  origin: "writer",
  version: "1.2.3",
  metadata: { header: undefined, payload: undefined, expireAfter: undefined },
  headers: new Map(),
  ...over
})

/** Plain events numbered from `from` to `to`, both inclusive. */
export const events = (from: number, to: number): ReadonlyArray<EventRecord> =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => event(from + index))

/** The plain head of a journal that ends at `seqNr`. */
export const head = (seqNr: number, over: Partial<JournalHead> = {}): JournalHead => ({
  partition: 3,
  offset: seqNr % 1_000_000,
  seqNr,
  deleteTo: 0,
  recordId: "8c9fe0f5-0be9-4d57-8f3c-2d9b3b9d2b6e",
  created: someTime,
  updated: someTime + 1,
  expireAfter: undefined,
  expireOn: undefined,
  origin: "writer",
  ...over
})

/** The step that writes these events. */
export const putEvents = (
  key: JournalKey,
  events: ReadonlyArray<EventRecord>,
  promise = head(events.at(-1)?.seqNr ?? 1),
  previous?: JournalHead
): WriteStep => ({ _tag: "PutEvents", key, head: promise, previous, events })

/** The step that writes this head. */
export const putHead = (key: JournalKey, head: JournalHead, previous?: JournalHead): WriteStep => ({
  _tag: "PutHead",
  key,
  head,
  previous
})

/** The step that moves the pointer of a partition. */
export const putPointer = (topic: string, partition: number, offset: number, previous?: number): WriteStep => ({
  _tag: "PutPointer",
  topic,
  partition,
  offset,
  previous
})

/** The step that removes a range of events of the plain head's incarnation. */
export const removeEvents = (key: JournalKey, from: number, to: number): WriteStep => ({
  _tag: "RemoveEvents",
  key,
  head: head(to),
  from,
  to
})

/** The step that forgets a journal, as if it were purged right behind its head. */
export const removeHead = (key: JournalKey, previous: JournalHead): WriteStep => ({
  _tag: "RemoveHead",
  key,
  previous,
  partition: previous.partition,
  offset: previous.offset
})

/** Journals whose ids a store may confuse. */
export const someIds = [
  "",
  "\u0000",
  "\u0000\u0000",
  " ",
  "%",
  "'",
  "1",
  "10",
  "2",
  "A",
  "B",
  "_",
  "a",
  "a\u0000",
  "a ",
  "a/b",
  "aa",
  "b",
  "null",
  "z",
  "é",
  "ﬀ",
  "\uffff",
  "😀",
  "😀a"
]
