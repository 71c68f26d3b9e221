import type { EventRecord, JournalHead, JournalKey, WriteStep } from "../../../../core/ports/index.ts"

/** The journal of most tests. */
export const key: JournalKey = { topic: "topic", id: "journal" }

/** A plain event. */
export const event = (seqNr: number, over: Partial<EventRecord> = {}): EventRecord => ({
  seqNr,
  tags: [],
  payload: { _tag: "Text", text: `event ${seqNr}` },
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
export const events = (from: number, to: number): ReadonlyArray<EventRecord> =>
  Array.from({ length: to - from + 1 }, (_, index) => event(from + index))

/** The head of a journal that ends at `seqNr`. */
export const head = (seqNr: number): JournalHead => ({
  partition: 0,
  offset: seqNr,
  seqNr,
  deleteTo: 0,
  recordId: "incarnation",
  created: 1,
  updated: 2,
  expireAfter: undefined,
  expireOn: undefined,
  origin: undefined
})

const headBefore = (seqNr: number): JournalHead | undefined => (seqNr === 1 ? undefined : head(seqNr - 1))

/** The steps of a replicator that appends events from `from` to `to` and moves the pointer to `to`. */
export const appendSteps = (from: number, to: number): ReadonlyArray<WriteStep> => [
  { _tag: "PutEvents", key, head: head(to), previous: headBefore(from), events: events(from, to) },
  { _tag: "PutHead", key, head: head(to), previous: headBefore(from) },
  { _tag: "PutPointer", topic: key.topic, partition: 0, offset: to, previous: from === 1 ? undefined : from - 1 }
]

/** All events of the journal of most tests. */
export const everything = { key, from: 1, to: Number.MAX_SAFE_INTEGER, limit: 1_000_000 }
