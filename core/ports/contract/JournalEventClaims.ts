import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { EventRecord, JournalHead } from "../index.ts"
import type { ContractCase } from "./ContractCase.ts"
import { expectEqual } from "./ContractViolation.ts"
import {
  difficultText,
  event,
  events,
  greatest,
  head,
  payloads,
  putEvents,
  putHead,
  putPointer,
  removeEvents
} from "./JournalStoreSamples.ts"
import { claimOf, headOf, read, write } from "./JournalStoreSubject.ts"
import type { JournalStoreSubject } from "./JournalStoreSubject.ts"

const numbersOf = (records: ReadonlyArray<EventRecord>): ReadonlyArray<number> => records.map((record) => record.seqNr)

/** The claims about the events of one journal: how they are written, read and removed. */
export const eventClaims = <E>(make: Effect.Effect<JournalStoreSubject, E, Scope>): ReadonlyArray<ContractCase> => {
  const claim = claimOf(make)
  return [
    claim(
      "events come back as they were written, in the order of their sequence numbers",
      Effect.fnUntraced(function* (store, key) {
        for (const [journal, first] of [1, 5, 10].entries()) {
          for (const size of [0, 1, 2, 5, 10]) {
            const other = { ...key, id: `${journal}-${size}` }
            const written = events(first, first + size - 1)
            yield* write(store, [putEvents(other, written), putHead(other, head(first + size - 1))])
            yield* expectEqual(`${size} events from ${first}`, yield* read(store, other), written)
          }
        }
      })
    ),
    claim(
      "events are read by the head that was read before, with what the store itself has noted on it",
      Effect.fnUntraced(function* (store, key) {
        yield* write(store, [putEvents(key, events(1, 5)), putHead(key, head(5))])
        const found = yield* store.head(key)
        const request = { key, head: found, from: 2, to: 4, limit: 10 }
        yield* expectEqual("the events", yield* store.events(request), events(2, 4))
        const longer: JournalHead = { ...(found ?? head(5)), seqNr: 7 }
        yield* write(store, [putEvents(key, events(6, 7), longer), putHead(key, longer, found)])
        yield* expectEqual("the events after an append", yield* read(store, key), events(1, 7))
        yield* write(store, [{ _tag: "RemoveEvents", key, head: longer, from: 1, to: 3 }])
        yield* expectEqual("the events after a removal", yield* read(store, key), events(4, 7))
      })
    ),
    claim(
      "events that are written one by one, and not in order, read the same",
      Effect.fnUntraced(function* (store, key) {
        for (const seqNr of [3, 1, 5, 2, 4]) yield* write(store, [putEvents(key, [event(seqNr)])])
        yield* expectEqual("the events", yield* read(store, key), events(1, 5))
      })
    ),
    claim(
      "a read gives the events of its range, and no more than its limit",
      Effect.fnUntraced(function* (store, key) {
        yield* write(store, [putEvents(key, events(1, 12)), putHead(key, head(12))])
        const cases: ReadonlyArray<readonly [number, number, number, ReadonlyArray<number>]> = [
          [1, 12, 100, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
          [1, greatest, 3, [1, 2, 3]],
          [4, greatest, 3, [4, 5, 6]],
          [11, greatest, 3, [11, 12]],
          [5, 7, 100, [5, 6, 7]],
          [5, 7, 2, [5, 6]],
          [12, 12, 1, [12]],
          [13, greatest, 10, []],
          [7, 5, 10, []],
          [1, 12, 0, []],
          [greatest, greatest, 10, []],
          [1, greatest, greatest, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]]
        ]
        for (const [from, to, limit, expected] of cases) {
          const page = yield* read(store, key, from, to, limit)
          yield* expectEqual(`from ${from} to ${to}, at most ${limit}`, numbersOf(page), expected)
        }
      })
    ),
    claim(
      "events are read over gaps in their numbers, wherever the gaps begin and end",
      Effect.fnUntraced(function* (store, key, widestGap) {
        const seqNrs = [2, 9, 10, 9_999, 10_001, 20_000, 50_001, 1_000_000]
        if (widestGap === greatest) seqNrs.push(greatest - 1)
        const written = seqNrs.map((seqNr) => event(seqNr))
        yield* write(store, [putEvents(key, written), putHead(key, head(seqNrs.at(-1)!))])
        yield* expectEqual("the events", yield* read(store, key), written)
        yield* expectEqual("the first five", yield* read(store, key, 1, greatest, 5), written.slice(0, 5))
        yield* expectEqual("the events from 10 000", yield* read(store, key, 10_000), written.slice(4))
        yield* write(store, [removeEvents(key, 10, 50_000)])
        const left = written.filter(({ seqNr }) => seqNr < 10 || seqNr > 50_000)
        yield* expectEqual("the events around those that were removed", yield* read(store, key), left)
      })
    ),
    claim(
      "an event that is written again replaces the one of its sequence number, in every field",
      Effect.fnUntraced(function* (store, key) {
        const full = event(2, {
          tags: ["a"],
          payload: { _tag: "Binary", bytes: new Uint8Array([1]) },
          metadata: { header: "{}", payload: "1", expireAfter: "30 days" },
          headers: new Map([["h", "v"]])
        })
        const bare = event(2, { payload: undefined, origin: undefined, version: undefined, timestamp: 1, offset: 0 })
        yield* write(store, [putEvents(key, [event(1), full, event(3)])])
        yield* write(store, [putEvents(key, [bare])])
        yield* expectEqual("the events, replaced by a bare one", yield* read(store, key), [event(1), bare, event(3)])
        yield* write(store, [putEvents(key, [full])])
        yield* expectEqual("the events, replaced by a full one", yield* read(store, key), [event(1), full, event(3)])
      })
    ),
    claim(
      "15. every kind of payload comes back as it was written: none, binary, text and JSON as its text",
      Effect.fnUntraced(function* (store, key) {
        const written = payloads.map((payload, index) => event(index + 1, { payload }))
        yield* write(store, [putEvents(key, written)])
        yield* expectEqual("the events", yield* read(store, key), written)
      })
    ),
    claim(
      "tags, headers, metadata, origin and version come back as they were written, or absent",
      Effect.fnUntraced(function* (store, key) {
        const nothing = { header: undefined, payload: undefined, expireAfter: undefined }
        const written = [
          event(1, { origin: undefined, version: undefined }),
          event(2, { origin: "", version: "" }),
          event(3, { origin: difficultText, version: difficultText }),
          event(4, { tags: ["b", "a", "", "b", difficultText] }),
          event(5, { headers: new Map([["", ""]]) }),
          event(6, {
            headers: new Map([
              ["__proto__", "1"],
              ["10", "ten"],
              ["2", "two"],
              [difficultText, difficultText]
            ])
          }),
          event(7, { metadata: { ...nothing, header: '{"a": 1.0}' } }),
          event(8, { metadata: { ...nothing, payload: "null" } }),
          event(9, { metadata: { ...nothing, expireAfter: "30 days" } }),
          event(10, { metadata: { header: JSON.stringify(difficultText), payload: '"✓"', expireAfter: "1 hour" } }),
          event(11, { metadata: { header: "", payload: "", expireAfter: "" } })
        ]
        yield* write(store, [putEvents(key, written)])
        yield* expectEqual("the events", yield* read(store, key), written)
      })
    ),
    claim(
      "numbers up to 2^53 - 1 come back exactly",
      Effect.fnUntraced(function* (store, key, widestGap) {
        const partition = 2 ** 31 - 1
        const last = [greatest - 2, greatest - 1, greatest].map((seqNr) =>
          event(seqNr, { offset: seqNr, timestamp: 8_640_000_000_000_000, partition })
        )
        const old = event(1, { timestamp: 0, offset: 0, partition: 0 })
        const written = head(greatest, { deleteTo: greatest - 1, offset: greatest, partition, created: 0 })
        yield* write(store, [
          putEvents(key, [old, ...last]),
          putHead(key, written),
          putPointer(key.topic, partition, greatest)
        ])
        yield* expectEqual("the first event", yield* read(store, key, 1, 10), [old])
        yield* expectEqual("the last events", yield* read(store, key, greatest - 2), last)
        yield* expectEqual("the last event", yield* read(store, key, greatest), last.slice(2))
        yield* expectEqual("the event before", yield* read(store, key, greatest - 1, greatest - 1), last.slice(1, 2))
        yield* expectEqual("the head", yield* headOf(store, key), written)
        yield* expectEqual("the pointer", yield* store.pointer(key.topic, partition), greatest)
        yield* write(store, [removeEvents(key, widestGap === greatest ? 1 : greatest - 10, greatest - 1)])
        yield* expectEqual("the events that are left", yield* read(store, key, greatest - 10), last.slice(2))
      })
    ),
    claim(
      "an event of one megabyte comes back as it was written",
      Effect.fnUntraced(function* (store, key) {
        const bytes = Uint8Array.from({ length: 1_000_000 }, (_, index) => index * 31)
        const written = [event(1), event(2, { payload: { _tag: "Binary", bytes } }), event(3)]
        yield* write(store, [putEvents(key, written)])
        yield* expectEqual("the events", yield* read(store, key), written)
      })
    ),
    claim(
      "the bytes of a payload are the writer's again once the write has ended",
      Effect.fnUntraced(function* (store, key) {
        const bytes = new Uint8Array([1, 2, 3])
        yield* write(store, [putEvents(key, [event(1, { payload: { _tag: "Binary", bytes } })])])
        bytes.fill(0)
        const payload = { _tag: "Binary", bytes: new Uint8Array([1, 2, 3]) } as const
        yield* expectEqual("the event", yield* read(store, key), [event(1, { payload })])
      })
    ),
    claim(
      "a range of events is removed with both its ends, whether or not there are events in it",
      Effect.fnUntraced(function* (store, key, widestGap) {
        yield* write(store, [putEvents(key, events(1, 10)), putHead(key, head(10))])
        yield* write(store, [removeEvents(key, 4, 6)])
        yield* expectEqual("4 to 6 removed", numbersOf(yield* read(store, key)), [1, 2, 3, 7, 8, 9, 10])
        yield* write(store, [removeEvents(key, 4, 6), removeEvents(key, 20, 30), removeEvents(key, 9, 8)])
        yield* expectEqual("nothing removed", numbersOf(yield* read(store, key)), [1, 2, 3, 7, 8, 9, 10])
        yield* write(store, [removeEvents(key, 9, widestGap)])
        yield* expectEqual("9 and above removed", numbersOf(yield* read(store, key)), [1, 2, 3, 7, 8])
        yield* write(store, [removeEvents(key, 1, widestGap)])
        yield* expectEqual("all removed", numbersOf(yield* read(store, key)), [])
      })
    )
  ]
}
