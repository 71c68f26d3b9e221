import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import type { Scope } from "effect/Scope"
import { encodeUtf8 } from "../../bytes/index.ts"
import type { ExpiringJournal, JournalHead } from "../index.ts"
import type { ContractCase } from "./ContractCase.ts"
import { expectEqual, expectFailure } from "./ContractViolation.ts"
import { eventClaims } from "./JournalEventClaims.ts"
import {
  difficultText,
  event,
  events,
  head,
  putEvents,
  putHead,
  putPointer,
  removeEvents,
  removeHead,
  someIds,
  someTime
} from "./JournalStoreSamples.ts"
import { claimOf, headOf, read, write } from "./JournalStoreSubject.ts"
import type { JournalStoreSubject } from "./JournalStoreSubject.ts"
import { togetherClaims } from "./JournalTogetherClaims.ts"

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
  const claim = claimOf(make)
  return [
    ...eventClaims(make),
    ...togetherClaims(make),
    claim(
      "91. and 96. a journal that was never written has no head, no events and no pointer",
      Effect.fnUntraced(function* (store, key) {
        yield* expectEqual("the head", yield* headOf(store, key), undefined)
        yield* expectEqual("the events", yield* read(store, key), [])
        yield* expectEqual("the pointer", yield* store.pointer(key.topic, 0), undefined)
        yield* expectEqual("the ids", yield* store.ids(key.topic, undefined, 10), [])
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
        yield* expectEqual("the first head", yield* headOf(store, key), first)
        yield* write(store, [putHead(key, second, first)])
        yield* expectEqual("the second head", yield* headOf(store, key), second)
        yield* write(store, [putHead(key, first, second)])
        yield* expectEqual("the first head, again", yield* headOf(store, key), first)
        yield* write(store, [removeHead(key, first)])
        yield* expectEqual("the removed head", yield* headOf(store, key), undefined)
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
        let previous: JournalHead | undefined
        for (const written of heads) {
          yield* write(store, [putHead(key, written, previous)])
          previous = written
          yield* expectEqual("the head", yield* headOf(store, key), written)
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
          const kept = yield* headOf(store, key)
          yield* expectEqual("the last sequence number", kept?.seqNr, 10)
        }
        yield* write(store, [
          putEvents(key, events(11, 12)),
          putHead(key, head(12, { deleteTo: 10 }), head(10, { deleteTo: 10 }))
        ])
        yield* expectEqual("the events of a later append", yield* read(store, key), events(11, 12))
      })
    ),
    claim(
      "a purged journal is forgotten, and can begin again as another incarnation",
      Effect.fnUntraced(function* (store, key) {
        const first = head(5)
        yield* write(store, [putEvents(key, events(1, 5)), putHead(key, first)])
        yield* write(store, [removeEvents(key, 1, 5), removeHead(key, first)])
        yield* expectEqual("the head", yield* headOf(store, key), undefined)
        yield* expectEqual("the events", yield* read(store, key), [])
        yield* expectEqual("the ids", yield* store.ids(key.topic, undefined, 10), [])
        const second = head(2, { recordId: "2f1c7b1e-5a55-4a43-9c3b-0d0a4a1f0c11", created: someTime + 99 })
        yield* write(store, [putEvents(key, events(1, 2), second), putHead(key, second)])
        yield* expectEqual("the new head", yield* headOf(store, key), second)
        yield* expectEqual("the new events", yield* read(store, key), events(1, 2))
        yield* expectEqual("the ids", yield* store.ids(key.topic, undefined, 10), [key.id])
      })
    ),
    claim(
      "the purge of a journal that its plan found no head of removes nothing, whoever has begun the journal meanwhile",
      Effect.fnUntraced(function* (store, key) {
        const purge = { _tag: "RemoveHead", key, previous: undefined, partition: 3, offset: 4 } as const
        yield* write(store, [purge])
        yield* expectEqual("the head of a journal that is not there", yield* headOf(store, key), undefined)
        yield* expectEqual("the ids", yield* store.ids(key.topic, undefined, 10), [])
        yield* write(store, [putEvents(key, events(1, 5)), putHead(key, head(5))])
        const late = yield* Effect.result(write(store, [purge]))
        const reason = Result.isFailure(late) ? late.failure.reason : "Fenced"
        yield* expectEqual("why a late purge fails, where it does", reason, "Fenced")
        yield* expectEqual("the head", yield* headOf(store, key), head(5))
        yield* expectEqual("the events", yield* read(store, key), events(1, 5))
        yield* write(store, [putHead(key, head(6), head(5))])
        yield* expectEqual("a later head", yield* headOf(store, key), head(6))
      })
    ),
    claim(
      "steps are carried out in their order",
      Effect.fnUntraced(function* (store, key) {
        yield* write(store, [
          putEvents(key, events(1, 3)),
          putHead(key, head(3)),
          removeEvents(key, 1, 3),
          removeHead(key, head(3)),
          putEvents(key, events(1, 1)),
          putHead(key, head(1)),
          putPointer(key.topic, 0, 5),
          putPointer(key.topic, 0, 9, 5)
        ])
        yield* expectEqual("the events", yield* read(store, key), events(1, 1))
        yield* expectEqual("the head", yield* headOf(store, key), head(1))
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
        yield* expectEqual("the head", yield* headOf(store, key), head(3))
        yield* expectEqual("the pointer of partition 0", yield* store.pointer(key.topic, 0), 5)
        yield* expectEqual("the pointer of partition 1", yield* store.pointer(key.topic, 1), 5)
        yield* expectEqual("the ids", yield* store.ids(key.topic, undefined, 10), [key.id])
        yield* expectEqual("the other events", yield* read(store, { ...key, id: "new" }), [])
      })
    ),
    claim(
      "any text is an id, and no two journals or topics mix",
      Effect.fnUntraced(function* (store, { topic }, widestGap) {
        const keys = [topic, `${topic}-other`].flatMap((each) => someIds.map((id) => ({ topic: each, id })))
        for (const [index, key] of keys.entries()) {
          yield* write(store, [putEvents(key, [event(index + 1), event(1000)]), putHead(key, head(index + 1))])
        }
        yield* write(store, [removeEvents(keys[0]!, 1, 1), removeEvents({ topic, id: "absent" }, 1, widestGap)])
        for (const [index, key] of keys.entries()) {
          const expected = index === 0 ? [event(1000)] : [event(index + 1), event(1000)]
          const what = JSON.stringify(key)
          yield* expectEqual(`the events of ${what}`, yield* read(store, key), expected)
          yield* expectEqual(`the head of ${what}`, yield* headOf(store, key), head(index + 1))
        }
      })
    ),
    claim(
      "96. ids are paged in one order, each once, for one topic",
      Effect.fnUntraced(function* (store, { topic }) {
        const other = { topic: `${topic}-other`, id: "other" }
        yield* write(store, [
          ...[...someIds].reverse().map((id) => putHead({ topic, id }, head(1))),
          putHead(other, head(1)),
          putEvents({ topic, id: "without head" }, events(1, 1))
        ])
        const order = yield* store.ids(topic, undefined, 1000)
        yield* expectEqual("the ids", [...order].sort(byBytes), [...someIds].sort(byBytes))
        for (const limit of [1, 2, 7, someIds.length]) {
          const paged: Array<string> = []
          let page = yield* store.ids(topic, undefined, limit)
          while (page.length > 0 && paged.length <= someIds.length) {
            yield* expectEqual(`a page of at most ${limit} is not longer`, page.length <= limit, true)
            paged.push(...page)
            page = yield* store.ids(topic, page[page.length - 1], limit)
          }
          yield* expectEqual(`the ids in pages of ${limit}`, paged, order)
        }
        const [, second = ""] = order
        yield* write(store, [removeHead({ topic, id: second }, head(1))])
        yield* expectEqual("the ids after one that is gone", yield* store.ids(topic, second, 1000), order.slice(2))
        yield* expectEqual("the other topic's ids", yield* store.ids(other.topic, undefined, 10), [other.id])
        yield* expectEqual("no ids", yield* store.ids(topic, undefined, 0), [])
      })
    ),
    claim(
      "the journals that have expired by a date are paged, each once, for one topic",
      Effect.fnUntraced(function* (store, { topic }) {
        const dates = ["2025-12-31", "2026-02-28", "2026-03-01", "2026-03-02", undefined]
        const all = someIds.map((id, at) => ({ id, expireOn: dates[at % dates.length] }))
        const other = { topic: `${topic}-other`, id: "other" }
        yield* write(store, [
          ...all.map(({ expireOn, id }) => putHead({ topic, id }, head(1, { expireOn }))),
          putHead(other, head(1, { expireOn: "2026-01-01" }))
        ])
        const paged = (onOrBefore: string, limit: number) =>
          Effect.gen(function* () {
            const found: Array<ExpiringJournal> = []
            let page = yield* store.expired({ topic, onOrBefore, limit })
            while (page.length > 0 && found.length <= someIds.length) {
              yield* expectEqual(`a page of at most ${limit} is not longer`, page.length <= limit, true)
              found.push(...page)
              page = yield* store.expired({ topic, onOrBefore, after: page.at(-1), limit })
            }
            return found
          })
        const order = yield* paged("9999-12-31", 1000)
        const expiring = all.filter(({ expireOn }) => expireOn !== undefined)
        yield* expectEqual("all that expire", [...order].sort(byId), [...expiring].sort(byId))
        for (const limit of [1, 2, 7, 1000]) {
          for (const date of ["2025-12-30", "2025-12-31", "2026-02-28", "2026-03-01", "2026-03-05"]) {
            const expected = order.filter(({ expireOn }) => expireOn <= date)
            yield* expectEqual(
              `those expired on or before ${date}, in pages of ${limit}`,
              yield* paged(date, limit),
              expected
            )
          }
        }
        yield* expectEqual("none", yield* store.expired({ topic, onOrBefore: "9999-12-31", limit: 0 }), [])
        const [later = { id: "", expireOn: "" }, removed = later, never = later] = order
        const key = (id: string) => ({ topic, id })
        const before = ({ expireOn }: ExpiringJournal) => head(1, { expireOn })
        yield* write(store, [
          putHead(key(later.id), head(2, { expireOn: "2027-01-01" }), before(later)),
          removeHead(key(removed.id), before(removed)),
          putHead(key(never.id), head(2), before(never))
        ])
        const left = order.slice(3).filter(({ expireOn }) => expireOn < "2027-01-01")
        yield* expectEqual("what is left in 2026", yield* paged("2026-12-31", 3), left)
        const moved = yield* paged("2027-01-01", 3)
        yield* expectEqual("the one that was put off", moved.find(({ id }) => id === later.id)?.expireOn, "2027-01-01")
        const others = yield* store.expired({ topic: other.topic, onOrBefore: "2026-12-31", limit: 10 })
        yield* expectEqual("the other topic's", others, [{ id: other.id, expireOn: "2026-01-01" }])
      })
    ),
    claim(
      "a check finds the schema that the program works with, and changes nothing",
      Effect.fnUntraced(function* (store, key) {
        yield* write(store, [putEvents(key, events(1, 2)), putHead(key, head(2)), putPointer(key.topic, 0, 5)])
        const { schema } = yield* store.check
        yield* expectEqual("the schema's version", schema?.version, schema?.expected)
        yield* expectEqual("the events", yield* read(store, key), events(1, 2))
        yield* expectEqual("the head", yield* headOf(store, key), head(2))
        yield* expectEqual("the pointer", yield* store.pointer(key.topic, 0), 5)
      })
    )
  ]
}

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => byBytes(a.id, b.id)

const byBytes = (a: string, b: string): number => {
  const left = encodeUtf8(a)
  const right = encodeUtf8(b)
  const differs = left.findIndex((byte, index) => byte !== right[index])
  return differs < 0 ? left.length - right.length : left[differs]! - (right[differs] ?? -1)
}
