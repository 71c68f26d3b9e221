import { expect, it } from "vitest"
import { batchesOf } from "../../../adapters/cassandra/EventWrites.ts"
import type { EventRecord } from "../../../core/ports/index.ts"

const event = (seqNr: number, over: Partial<EventRecord>): EventRecord => ({
  seqNr,
  tags: [],
  payload: undefined,
  timestamp: 1,
  partition: 0,
  offset: 1,
  origin: undefined,
  version: undefined,
  metadata: { header: undefined, payload: undefined, expireAfter: undefined },
  headers: new Map(),
  ...over
})

const large = "x".repeat(200 * 1024)
const metadata = { header: undefined, payload: undefined, expireAfter: undefined }

it.each([
  ["a payload", { payload: { _tag: "Text", text: large } }],
  ["metadata of the record", { metadata: { ...metadata, header: large } }],
  ["metadata of the payload", { metadata: { ...metadata, payload: large } }],
  ["tags", { tags: [large] }],
  ["headers", { headers: new Map([["h", large]]) }]
] satisfies ReadonlyArray<[string, Partial<EventRecord>]>)(
  "a request writes few events that have large %s",
  (_, over) => {
    const events = Array.from({ length: 100 }, (__, at) => event(at + 1, over))
    const batches = batchesOf(events)
    expect(batches.flat()).toEqual(events)
    expect(Math.max(...batches.map((batch) => batch.length))).toBe(2)
  }
)

it("a request writes up to 100 small events", () => {
  const events = Array.from({ length: 250 }, (_, at) => event(at + 1, {}))
  expect(batchesOf(events).map((batch) => batch.length)).toEqual([100, 100, 50])
})
