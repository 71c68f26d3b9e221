import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { MemoryLog, MemoryStore } from "../../../../adapters/memory/index.ts"
import { replicateGiven } from "../../../../core/journal/index.ts"
import type { GivenReplicatorOptions, ReplicatorEvent } from "../../../../core/journal/index.ts"
import type { LogRecord } from "../../../../core/log/index.ts"
import { JournalStoreError } from "../../../../core/ports/index.ts"
import type { JournalStore } from "../../../../core/ports/index.ts"
import { recordOf } from "../../../../core/scenarios/journal/JournalModel.ts"
import { numbers } from "../JournalWorld.ts"

const topic = "orders"
const place = { topic, partition: 0 }
const later = { stopAt: 60_000, endAt: 70_000 }

/** The record at an offset: event `seqNr` of journal `id`. */
const at = (offset: number, id = "a", seqNr = offset + 1): LogRecord => ({
  ...recordOf(id, { _tag: "Append", seqNrs: [seqNr] }, `${offset}`),
  offset
})

const poison = (offset: number): LogRecord => ({
  ...at(offset),
  headers: [{ name: "journal.action", value: new Uint8Array([0]) }]
})

const replicated = (
  store: JournalStore,
  records: ReadonlyArray<LogRecord>,
  more: Partial<GivenReplicatorOptions> = {}
) => replicateGiven({ ...place, ...later, store, records, ...more })

const stored = (store: JournalStore, id = "a") =>
  Effect.map(store.events({ key: { topic, id }, from: 1, to: 1e6, limit: 1e6 }), (events) =>
    events.map(({ seqNr }) => seqNr)
  )

/** Lets time pass, in steps in each of which everything comes to wait for time. */
const pass = Effect.fnUntraced(function* (millis: number, step = 100) {
  for (let passed = 0; passed < millis; passed += step) {
    for (const _ of numbers(1, 20)) yield* Effect.yieldNow
    yield* TestClock.adjust(step)
  }
})

const down = new JournalStoreError({ reason: "Unreachable", operation: "write", message: "It is down." })

describe.each([true, false])("the replication of given records, to a store that is atomic: %s", (atomic) => {
  const make = () => MemoryStore.make({ atomic })

  it.effect("puts them into the store, and the pointer on the last one", () =>
    Effect.gen(function* () {
      const store = make()
      expect(yield* replicated(store, [at(0), at(1), at(2, "b", 1)])).toEqual({ _tag: "Done", nextOffset: 3 })
      expect(yield* stored(store)).toEqual([1, 2])
      expect(yield* stored(store, "b")).toEqual([1])
      expect(yield* store.pointer(topic, 0)).toBe(2)
    })
  )

  it.effect("passes over those that are in the store, all of them or some", () =>
    Effect.gen(function* () {
      const store = make()
      yield* replicated(store, [at(0), at(1)])
      const events: Array<ReplicatorEvent> = []
      const onEvent = (event: ReplicatorEvent) => events.push(event)
      expect(yield* replicated(store, [at(0), at(1)], { onEvent })).toEqual({ _tag: "Done", nextOffset: 2 })
      expect(events.map(({ _tag }) => _tag)).toEqual(["Resumed", "Released"])
      expect(yield* replicated(store, [at(1), at(2)], { onEvent })).toEqual({ _tag: "Done", nextOffset: 3 })
      expect(events.find(({ _tag }) => _tag === "Replicated")).toMatchObject({ records: 1, events: 1 })
      expect(yield* stored(store)).toEqual([1, 2, 3])
    })
  )

  it.effect("takes no record before which the store lacks one", () =>
    Effect.gen(function* () {
      const store = make()
      yield* replicated(store, [at(0)])
      const outcome = yield* replicated(store, [at(3), at(4)])
      expect(outcome).toMatchObject({ _tag: "Failed", nextOffset: 1, error: { reason: "Lost", offset: 1 } })
      expect(outcome._tag === "Failed" ? outcome.error.message : "").toContain("the store lacks offsets 1 to 2")
      expect(yield* stored(store)).toEqual([1])
    })
  )

  it.effect("takes no record from the middle of the log where the store has none", () =>
    Effect.gen(function* () {
      const store = make()
      const outcome = yield* replicated(store, [at(5)])
      expect(outcome).toMatchObject({ _tag: "Failed", nextOffset: 0, error: { reason: "Lost", offset: 0 } })
      expect(outcome._tag === "Failed" ? outcome.error.message : "").toContain("TRIM_HORIZON")
      expect(yield* store.pointer(topic, 0)).toBeUndefined()
    })
  )

  it.effect("stores what is before a gap between the records, and stops there", () =>
    Effect.gen(function* () {
      const store = make()
      const outcome = yield* replicated(store, [at(0), at(1), at(3)])
      expect(outcome).toMatchObject({ _tag: "Failed", nextOffset: 2, error: { reason: "Lost", offset: 2 } })
      expect(yield* stored(store)).toEqual([1, 2])
    })
  )

  it.effect("passes over gaps of a size that it is told to", () =>
    Effect.gen(function* () {
      const store = make()
      const records = [at(1), at(3), at(6)]
      expect(yield* replicated(store, records, { largestGap: 1 })).toMatchObject({ _tag: "Failed", nextOffset: 4 })
      expect(yield* replicated(store, records, { largestGap: 2 })).toEqual({ _tag: "Done", nextOffset: 7 })
    })
  )

  it.effect("reads what is missing from the log, where there is one", () =>
    Effect.gen(function* () {
      const store = make()
      const log = MemoryLog.make({ partitions: { [topic]: 1 } })
      for (const n of numbers(0, 9)) yield* log.append({ ...place, ...at(n) })
      expect(yield* replicated(store, [at(6), at(7)], { log })).toMatchObject({ _tag: "Done" })
      expect(yield* replicated(store, [at(10)], { log })).toEqual({ _tag: "Done", nextOffset: 11 })
      expect(yield* stored(store)).toEqual(numbers(1, 11))
    })
  )

  it.effect("writes nothing to a store that was filled from another log, where there is a log to compare it with", () =>
    Effect.gen(function* () {
      const store = make()
      yield* replicated(store, [at(0, "other", 1), at(1, "other", 2)])
      const log = MemoryLog.make({ partitions: { [topic]: 1 } })
      for (const n of numbers(0, 2)) yield* log.append({ ...place, ...at(n) })
      const outcome = yield* replicated(store, [at(2)], { log })
      expect(outcome).toMatchObject({ _tag: "Failed", nextOffset: 2, error: { reason: "Store" } })
      expect(outcome._tag === "Failed" ? outcome.error.message : "").toContain("was filled from another log")
      expect(yield* replicated(store, [at(2)], { log, compares: false })).toMatchObject({ _tag: "Done" })
    })
  )

  it.effect("stops before a record that cannot be read, and stores what is before it", () =>
    Effect.gen(function* () {
      const store = make()
      const outcome = yield* replicated(store, [at(0), at(1), poison(2), at(3)])
      expect(outcome).toMatchObject({ _tag: "Failed", nextOffset: 2, error: { reason: "Corrupt", offset: 2 } })
      expect(yield* stored(store)).toEqual([1, 2])
      expect(yield* replicated(store, [poison(2), at(3)])).toMatchObject({ _tag: "Failed", nextOffset: 2 })
    })
  )

  it.effect("asks a store again that is out of reach, while its patience lasts", () =>
    Effect.gen(function* () {
      const store = make()
      let failing = 3
      const flaky: JournalStore = {
        ...store,
        write: (steps) => Effect.suspend(() => (failing-- > 0 ? Effect.fail(down) : store.write(steps)))
      }
      const patient = yield* Effect.forkChild(replicated(flaky, [at(0)]))
      yield* pass(2000)
      expect(yield* Fiber.join(patient)).toEqual({ _tag: "Done", nextOffset: 1 })

      failing = Infinity
      const impatient = yield* Effect.forkChild(replicated(flaky, [at(1)], { patienceMs: 1000 }))
      yield* pass(1500)
      expect(yield* Fiber.join(impatient)).toMatchObject({
        _tag: "Failed",
        nextOffset: 1,
        error: { reason: "Unavailable" }
      })
    })
  )

  it.effect("says that it does not know where the store is, which was out of reach from the beginning", () =>
    Effect.gen(function* () {
      const store: JournalStore = { ...make(), pointer: () => Effect.fail(down) }
      expect(yield* replicated(store, [at(0)], { patienceMs: 0 })).toMatchObject({
        _tag: "Failed",
        nextOffset: undefined
      })
    })
  )

  it.effect("finishes the batch in hand when its time is up, and begins no other", () =>
    Effect.gen(function* () {
      const store = make()
      const slow: JournalStore = { ...store, write: (steps) => Effect.delay(store.write(steps), 1000) }
      const large = numbers(0, 3).map((n): LogRecord => {
        const [record] = [at(n, `j${n}`, 1)]
        return { ...record, headers: [], value: new Uint8Array(700_000) }
      })
      const running = yield* Effect.forkChild(replicated(slow, large, { stopAt: 500, endAt: 10_000 }))
      yield* pass(5000)
      expect(yield* Fiber.join(running)).toEqual({ _tag: "Late", nextOffset: 2 })
      expect(yield* store.pointer(topic, 0)).toBe(1)
    })
  )

  it.effect("ends in the middle of a write when there is no time for that either", () =>
    Effect.gen(function* () {
      const store = make()
      const stuck: JournalStore = { ...store, write: () => Effect.never }
      const running = yield* Effect.forkChild(replicated(stuck, [at(0)], { stopAt: 500, endAt: 1000 }))
      yield* pass(1500)
      expect(yield* Fiber.join(running)).toEqual({ _tag: "Late", nextOffset: 0 })
    })
  )

  it.effect("goes on behind what another has stored meanwhile", () =>
    Effect.gen(function* () {
      const store = make()
      let isFirst = true
      const raced: JournalStore = {
        ...store,
        heads: (...asked) =>
          Effect.suspend(() => {
            if (!isFirst) return store.heads(...asked)
            isFirst = false
            const other = Effect.orDie(Effect.asVoid(replicated(store, [at(0), at(1)])))
            return Effect.tap(store.heads(...asked), () => other)
          })
      }
      expect(yield* replicated(raced, [at(0), at(1), at(2)])).toEqual({ _tag: "Done", nextOffset: 3 })
      expect(yield* stored(store)).toEqual([1, 2, 3])
    })
  )

  it.effect("may be done by two at once", () =>
    Effect.gen(function* () {
      if (!atomic) return
      const store = make()
      const records = numbers(0, 30).map((n) => at(n, `j${n % 3}`, Math.floor(n / 3) + 1))
      const outcomes = yield* Effect.all(
        [replicated(store, records), replicated(store, records.slice(0, 20)), replicated(store, records)],
        { concurrency: "unbounded" }
      )
      expect(outcomes.map(({ _tag }) => _tag)).toEqual(["Done", "Done", "Done"])
      for (const n of numbers(0, 2)) {
        expect(yield* stored(store, `j${n}`)).toEqual(numbers(1, n === 0 ? 11 : 10))
      }
    })
  )

  it.effect("has nothing to do without records", () =>
    Effect.gen(function* () {
      expect(yield* replicated(make(), [])).toEqual({ _tag: "Done", nextOffset: 0 })
    })
  )
})
