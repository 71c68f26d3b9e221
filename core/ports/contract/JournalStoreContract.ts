import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Scope } from "effect/Scope"
import { encodeUtf8 } from "../../bytes/index.ts"
import type { EventRecord, JournalKey, JournalStore, JournalStoreError, WriteStep } from "../index.ts"
import type { ContractCase } from "./ContractCase.ts"
import { expectEqual, expectFailure } from "./ContractViolation.ts"
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
  removeEvents,
  someTime
} from "./JournalStoreSamples.ts"

/** What the cases work on: a store that knows nothing of the topics whose names begin with `topic`. */
export interface JournalStoreSubject {
  readonly store: JournalStore
  readonly topic: string
}

/** Hands over the steps as a replicator does: all at once to an atomic store, one by one to another. */
const write = (store: JournalStore, steps: ReadonlyArray<WriteStep>): Effect.Effect<void, JournalStoreError> =>
  store.atomic ? store.write(steps) : Effect.forEach(steps, (step) => store.write([step]), { discard: true })

const read = (
  store: JournalStore,
  key: JournalKey,
  from = 1,
  to = greatest,
  limit = 10_000
): Effect.Effect<ReadonlyArray<EventRecord>, JournalStoreError> => store.events({ key, from, to, limit })

const numbersOf = (records: ReadonlyArray<EventRecord>): ReadonlyArray<number> => records.map((record) => record.seqNr)

/** Journals whose ids a store may confuse, in the ascending order of their UTF-8 bytes. */
const sortedIds = [
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

/**
 * The claims that every `JournalStore` keeps.
 *
 * **Details**
 *
 * `make` gives each case a subject of its own; the store may be shared between cases, the topics may not. Names that
 * begin with a number are scenarios of kafka-journal's own store specification.
 */
export const journalStoreContract = <E>(
  make: Effect.Effect<JournalStoreSubject, E, Scope>
): ReadonlyArray<ContractCase> => {
  const claim = (
    name: string,
    check: (store: JournalStore, key: JournalKey) => Effect.Effect<void, unknown, Scope>
  ): ContractCase => ({
    name,
    run: Effect.flatMap(make, ({ store, topic }) => check(store, { topic, id: "journal" }))
  })

  return [
    claim(
      "91. and 96. a journal that was never written has no head, no events and no pointer",
      Effect.fnUntraced(function* (store, key) {
        yield* expectEqual("the head", yield* store.head(key), undefined)
        yield* expectEqual("the events", yield* read(store, key), [])
        yield* expectEqual("the pointer", yield* store.pointer(key.topic, 0), undefined)
        yield* expectEqual("the ids", yield* store.ids(key.topic, undefined, 10), [])
      })
    ),
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
      "events that are written one by one, and not in order, read the same",
      Effect.fnUntraced(function* (store, key) {
        for (const seqNr of [3, 1, 5, 2, 4]) yield* write(store, [putEvents(key, [event(seqNr)])])
        yield* expectEqual("the events", yield* read(store, key), events(1, 5))
      })
    ),
    claim(
      "a read gives the events of its range, and no more than its limit",
      Effect.fnUntraced(function* (store, key) {
        yield* write(store, [putEvents(key, events(1, 12))])
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
      Effect.fnUntraced(function* (store, key) {
        const seqNrs = [2, 9, 10, 9_999, 10_001, 20_000, 50_001, 1_000_000, greatest - 1]
        const written = seqNrs.map((seqNr) => event(seqNr))
        yield* write(store, [putEvents(key, written), putHead(key, head(greatest - 1))])
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
      Effect.fnUntraced(function* (store, key) {
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
        yield* expectEqual("the events", yield* read(store, key), [old, ...last])
        yield* expectEqual("the last event", yield* read(store, key, greatest), last.slice(2))
        yield* expectEqual("the event before", yield* read(store, key, greatest - 1, greatest - 1), last.slice(1, 2))
        yield* expectEqual("the head", yield* store.head(key), written)
        yield* expectEqual("the pointer", yield* store.pointer(key.topic, partition), greatest)
        yield* write(store, [removeEvents(key, 1, greatest - 1)])
        yield* expectEqual("the events that are left", yield* read(store, key), last.slice(2))
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
      "a head is put, replaced in every field, and removed",
      Effect.fnUntraced(function* (store, key) {
        const first = head(3, { expireAfter: "30 days", expireOn: "2026-11-21", deleteTo: 1 })
        const second = head(7, {
          partition: 4,
          offset: 90,
          recordId: "another",
          created: 5,
          updated: 6,
          origin: undefined
        })
        yield* write(store, [putHead(key, first)])
        yield* expectEqual("the first head", yield* store.head(key), first)
        yield* write(store, [putHead(key, second, first)])
        yield* expectEqual("the second head", yield* store.head(key), second)
        yield* write(store, [putHead(key, first, second)])
        yield* expectEqual("the first head, again", yield* store.head(key), first)
        yield* write(store, [{ _tag: "RemoveHead", key, previous: first }])
        yield* expectEqual("the removed head", yield* store.head(key), undefined)
      })
    ),
    claim(
      "a head comes back as it was written, with its expiry and whatever text it holds",
      Effect.fnUntraced(function* (store, key) {
        const heads = [
          head(1, { expireAfter: "1 day", expireOn: "2026-02-28" }),
          head(1, { expireAfter: undefined, expireOn: "9999-12-31" }),
          head(1, { expireAfter: difficultText, expireOn: undefined }),
          head(1, { origin: difficultText }),
          head(1, { origin: "" }),
          head(0, { offset: 0, partition: 0, deleteTo: 0, created: 0, updated: 0 }),
          head(5, { deleteTo: 5 })
        ]
        for (const written of heads) {
          yield* write(store, [putHead(key, written)])
          yield* expectEqual("the head", yield* store.head(key), written)
        }
      })
    ),
    claim(
      "deleting to each event leaves the events after it",
      Effect.fnUntraced(function* (store, key) {
        yield* write(store, [putEvents(key, events(1, 10)), putHead(key, head(10))])
        for (let to = 1; to <= 10; to++) {
          const previous = head(10, { deleteTo: to - 1 })
          yield* write(store, [putHead(key, head(10, { deleteTo: to }), previous), removeEvents(key, to, to)])
          yield* expectEqual(`the events after ${to}`, yield* read(store, key), events(to + 1, 10))
          const kept = yield* store.head(key)
          yield* expectEqual("the last sequence number", kept?.seqNr, 10)
        }
        yield* write(store, [putEvents(key, events(11, 12)), putHead(key, head(12, { deleteTo: 10 }))])
        yield* expectEqual("the events of a later append", yield* read(store, key), events(11, 12))
      })
    ),
    claim(
      "a range of events is removed with both its ends, whether or not there are events in it",
      Effect.fnUntraced(function* (store, key) {
        yield* write(store, [putEvents(key, events(1, 10))])
        yield* write(store, [removeEvents(key, 4, 6)])
        yield* expectEqual("4 to 6 removed", numbersOf(yield* read(store, key)), [1, 2, 3, 7, 8, 9, 10])
        yield* write(store, [removeEvents(key, 4, 6), removeEvents(key, 20, 30), removeEvents(key, 9, 8)])
        yield* expectEqual("nothing removed", numbersOf(yield* read(store, key)), [1, 2, 3, 7, 8, 9, 10])
        yield* write(store, [removeEvents(key, 9, greatest)])
        yield* expectEqual("9 and above removed", numbersOf(yield* read(store, key)), [1, 2, 3, 7, 8])
        yield* write(store, [removeEvents(key, 1, greatest)])
        yield* expectEqual("all removed", numbersOf(yield* read(store, key)), [])
      })
    ),
    claim(
      "a purged journal is forgotten, and can begin again as another incarnation",
      Effect.fnUntraced(function* (store, key) {
        const first = head(5)
        yield* write(store, [putEvents(key, events(1, 5)), putHead(key, first)])
        yield* write(store, [removeEvents(key, 1, 5), { _tag: "RemoveHead", key, previous: first }])
        yield* expectEqual("the head", yield* store.head(key), undefined)
        yield* expectEqual("the events", yield* read(store, key), [])
        yield* expectEqual("the ids", yield* store.ids(key.topic, undefined, 10), [])
        const second = head(2, { recordId: "2f1c7b1e-5a55-4a43-9c3b-0d0a4a1f0c11", created: someTime + 99 })
        yield* write(store, [putEvents(key, events(1, 2), second.recordId), putHead(key, second)])
        yield* expectEqual("the new head", yield* store.head(key), second)
        yield* expectEqual("the new events", yield* read(store, key), events(1, 2))
        yield* expectEqual("the ids", yield* store.ids(key.topic, undefined, 10), [key.id])
      })
    ),
    claim(
      "steps are carried out in their order",
      Effect.fnUntraced(function* (store, key) {
        yield* write(store, [
          putEvents(key, events(1, 3)),
          putHead(key, head(3)),
          removeEvents(key, 1, 3),
          { _tag: "RemoveHead", key, previous: head(3) },
          putEvents(key, events(1, 1)),
          putHead(key, head(1)),
          putPointer(key.topic, 0, 5),
          putPointer(key.topic, 0, 9, 5)
        ])
        yield* expectEqual("the events", yield* read(store, key), events(1, 1))
        yield* expectEqual("the head", yield* store.head(key), head(1))
        yield* expectEqual("the pointer", yield* store.pointer(key.topic, 0), 9)
        yield* store.write([])
      })
    ),
    claim(
      "91. a pointer is put once and moved from where it stands, for each partition of each topic",
      Effect.fnUntraced(function* (store, { topic }) {
        const other = `${topic}-other`
        yield* write(store, [putPointer(topic, 0, 0), putPointer(topic, 1, 10), putPointer(other, 0, 20)])
        yield* write(store, [putPointer(topic, 0, 7, 0), putPointer(other, 0, 21, 20)])
        yield* expectEqual("partition 0", yield* store.pointer(topic, 0), 7)
        yield* expectEqual("partition 1", yield* store.pointer(topic, 1), 10)
        yield* expectEqual("partition 2", yield* store.pointer(topic, 2), undefined)
        yield* expectEqual("another topic's partition 0", yield* store.pointer(other, 0), 21)
      })
    ),
    claim(
      "a pointer that stands elsewhere is not moved: the write fails with Fenced",
      Effect.fnUntraced(function* (store, { topic }) {
        yield* write(store, [putPointer(topic, 0, 5)])
        const stale: ReadonlyArray<readonly [number, number | undefined]> = [
          [0, undefined],
          [0, 4],
          [0, 6],
          [1, 5]
        ]
        for (const [partition, previous] of stale) {
          const step = putPointer(topic, partition, 8, previous)
          yield* expectFailure(`partition ${partition} from ${previous}`, "Fenced", store.write([step]))
        }
        yield* expectEqual("partition 0", yield* store.pointer(topic, 0), 5)
        yield* expectEqual("partition 1", yield* store.pointer(topic, 1), undefined)
      })
    ),
    claim(
      "of concurrent moves of one pointer from the same place, one succeeds and the others are fenced",
      Effect.fnUntraced(function* (store, { topic }) {
        yield* write(store, [putPointer(topic, 0, 5)])
        const exits = yield* Effect.forEach(
          [11, 12, 13, 14, 15, 16, 17, 18],
          (offset) =>
            Effect.map(Effect.exit(store.write([putPointer(topic, 0, offset, 5)])), (exit) => ({ offset, exit })),
          { concurrency: "unbounded" }
        )
        const won = exits.filter(({ exit }) => Exit.isSuccess(exit)).map(({ offset }) => offset)
        yield* expectEqual("the number of moves that succeeded", won.length, 1)
        yield* expectEqual("the pointer", yield* store.pointer(topic, 0), won[0])
      })
    ),
    claim(
      "a fenced write of an atomic store leaves nothing behind",
      Effect.fnUntraced(function* (store, key) {
        if (!store.atomic) return
        yield* store.write([
          putEvents(key, events(1, 3)),
          putHead(key, head(3)),
          putPointer(key.topic, 0, 5),
          putPointer(key.topic, 1, 5)
        ])
        const fenced = store.write([
          putPointer(key.topic, 1, 9, 5),
          putEvents(key, [event(2, { tags: ["late"] }), ...events(4, 6)]),
          putHead(key, head(6), head(3)),
          putEvents({ ...key, id: "new" }, events(1, 1)),
          putHead({ ...key, id: "new" }, head(1)),
          removeEvents(key, 1, 1),
          putPointer(key.topic, 0, 9, 4),
          removeEvents(key, 3, 3)
        ])
        yield* expectFailure("the write", "Fenced", fenced)
        yield* expectEqual("the events", yield* read(store, key), events(1, 3))
        yield* expectEqual("the head", yield* store.head(key), head(3))
        yield* expectEqual("the pointer of partition 0", yield* store.pointer(key.topic, 0), 5)
        yield* expectEqual("the pointer of partition 1", yield* store.pointer(key.topic, 1), 5)
        yield* expectEqual("the ids", yield* store.ids(key.topic, undefined, 10), [key.id])
        yield* expectEqual("the other events", yield* read(store, { ...key, id: "new" }), [])
      })
    ),
    claim(
      "any text is an id, and no two journals or topics mix",
      Effect.fnUntraced(function* (store, { topic }) {
        const keys = [topic, `${topic}-other`].flatMap((each) => sortedIds.map((id) => ({ topic: each, id })))
        for (const [index, key] of keys.entries()) {
          yield* write(store, [putEvents(key, [event(index + 1), event(1000)]), putHead(key, head(index + 1))])
        }
        yield* write(store, [removeEvents(keys[0]!, 1, 1), removeEvents({ topic, id: "absent" }, 1, greatest)])
        for (const [index, key] of keys.entries()) {
          const expected = index === 0 ? [event(1000)] : [event(index + 1), event(1000)]
          const what = JSON.stringify(key)
          yield* expectEqual(`the events of ${what}`, yield* read(store, key), expected)
          yield* expectEqual(`the head of ${what}`, yield* store.head(key), head(index + 1))
        }
      })
    ),
    claim(
      "96. ids are paged in the order of their bytes, each once, for one topic",
      Effect.fnUntraced(function* (store, { topic }) {
        yield* expectEqual("the sample's order", [...sortedIds].sort(byBytes), sortedIds)
        const other = { topic: `${topic}-other`, id: "other" }
        yield* write(store, [
          ...[...sortedIds].reverse().map((id) => putHead({ topic, id }, head(1))),
          putHead(other, head(1)),
          putEvents({ topic, id: "without head" }, events(1, 1))
        ])
        for (const limit of [1, 2, 7, sortedIds.length, 1000]) {
          const paged: Array<string> = []
          let page = yield* store.ids(topic, undefined, limit)
          while (page.length > 0 && paged.length <= sortedIds.length) {
            yield* expectEqual(`a page of at most ${limit} is not longer`, page.length <= limit, true)
            paged.push(...page)
            page = yield* store.ids(topic, page[page.length - 1], limit)
          }
          yield* expectEqual(`the ids in pages of ${limit}`, paged, sortedIds)
        }
        yield* expectEqual("the ids after one that is not there", yield* store.ids(topic, "aaa", 2), ["b", "null"])
        yield* expectEqual("the other topic's ids", yield* store.ids(other.topic, undefined, 10), [other.id])
        yield* expectEqual("no ids", yield* store.ids(topic, undefined, 0), [])
      })
    ),
    claim(
      "a check finds the schema that the program works with, and changes nothing",
      Effect.fnUntraced(function* (store, key) {
        yield* write(store, [putEvents(key, events(1, 2)), putHead(key, head(2)), putPointer(key.topic, 0, 5)])
        const { schema } = yield* store.check
        yield* expectEqual("the schema's version", schema?.version, schema?.expected)
        yield* expectEqual("the events", yield* read(store, key), events(1, 2))
        yield* expectEqual("the head", yield* store.head(key), head(2))
        yield* expectEqual("the pointer", yield* store.pointer(key.topic, 0), 5)
      })
    )
  ]
}

const byBytes = (a: string, b: string): number => {
  const left = encodeUtf8(a)
  const right = encodeUtf8(b)
  const differs = left.findIndex((byte, index) => byte !== right[index])
  return differs < 0 ? left.length - right.length : left[differs]! - (right[differs] ?? -1)
}
