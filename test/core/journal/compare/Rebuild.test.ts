import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { MemoryLog, MemoryStore } from "../../../../adapters/memory/index.ts"
import { encodeUtf8 } from "../../../../core/bytes/index.ts"
import { rebuild, verify } from "../../../../core/journal/index.ts"
import type { Difference, RebuildOptions } from "../../../../core/journal/index.ts"
import { JournalStoreError } from "../../../../core/ports/index.ts"
import type { JournalStore } from "../../../../core/ports/index.ts"
import { logEnd, memoryWorld, numbers, openJournal, sync } from "../JournalWorld.ts"
import type { World } from "../JournalWorld.ts"

const topic = "orders"
const place = { topic, partition: 0 }

/** Runs what waits for time at times, and lets that pass. */
const inTime = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    while (fiber.pollUnsafe() === undefined) {
      for (const _ of numbers(1, 50)) yield* Effect.yieldNow
      yield* TestClock.adjust(100)
    }
    return yield* Fiber.join(fiber)
  })

const rebuilding = (world: World, store: JournalStore, options: Partial<RebuildOptions> = {}) =>
  inTime(rebuild({ log: world.log, store, topics: [topic], ...options }))

/** Everything that a store has of the topic, as text. */
const contents = Effect.fnUntraced(function* (store: JournalStore) {
  const ids = yield* store.ids(topic, undefined, 1000)
  const journals = yield* Effect.forEach([...ids].sort(), (id) =>
    Effect.all({
      head: store.head({ topic, id }),
      events: store.events({ key: { topic, id }, from: 1, to: 1000, limit: 1000 })
    })
  )
  return { ids: [...ids].sort(), journals }
})

const differences = Effect.fnUntraced(function* (world: World, store: JournalStore) {
  const found: Array<Difference> = []
  yield* verify({
    log: world.log,
    store,
    topic,
    onDifference: (one) => Effect.sync(() => void found.push(one))
  })
  return found
})

/** Journals of all kinds, replicated; one is purged, one has begun anew, one has no events left. */
const lived = Effect.gen(function* () {
  const world = memoryWorld({ atomic: false })
  for (const id of ["long", "deleted", "empty", "purged", "anew"]) {
    const journal = openJournal(world, topic, id)
    yield* journal.append(numbers(1, id === "long" ? 600 : 5).map((payload) => ({ payload })) as [{ payload: number }])
    yield* journal.append([{ payload: "last" }])
  }
  yield* openJournal(world, topic, "deleted").delete(3)
  yield* openJournal(world, topic, "empty").delete(6)
  yield* openJournal(world, topic, "purged").purge
  yield* openJournal(world, topic, "anew").purge
  yield* openJournal(world, topic, "anew").append([{ payload: "first" }])
  yield* sync(world, topic)
  return world
})

/** The world without the log's beginning. */
const trimmed = Effect.gen(function* () {
  const world = yield* lived
  yield* world.log.trim(topic, 0, (yield* logEnd(world.log, topic)) - 2)
  return world
})

describe("a store that is filled anew", () => {
  it.effect("from the log has what the old one has, and says from which position on it can be read", () =>
    Effect.gen(function* () {
      const world = yield* lived
      const store = MemoryStore.make()
      const end = yield* logEnd(world.log, topic)
      expect(yield* rebuilding(world, store)).toEqual([{ ...place, pointer: end - 1, from: undefined }])
      expect(yield* contents(store)).toEqual(yield* contents(world.store))
    })
  )

  it.effect("needs the old one where the log has lost its beginning", () =>
    Effect.gen(function* () {
      const world = yield* trimmed
      expect(yield* Effect.flip(rebuilding(world, MemoryStore.make()))).toMatchObject({
        reason: "Lost",
        message: expect.stringMatching(/begins at offset \d+ only, .*: name the store/)
      })
      const behind = MemoryStore.make()
      yield* behind.write([{ _tag: "PutPointer", ...place, offset: 1, previous: undefined }])
      expect(yield* Effect.flip(rebuilding(world, MemoryStore.make(), { from: behind }))).toMatchObject({
        reason: "Lost",
        message: expect.stringContaining("name another one")
      })
    })
  )

  it.effect.each([true, false])("has what the old one has of a lost beginning, atomic or not: %s", (atomic) =>
    Effect.gen(function* () {
      const world = yield* trimmed
      yield* openJournal(world, topic, "long").append([{ payload: "later" }])
      yield* openJournal(world, topic, "new").append([{ payload: "later" }])
      const store = MemoryStore.make({ atomic })
      const end = yield* logEnd(world.log, topic)
      const before = yield* world.store.pointer(topic, 0)
      expect(yield* rebuilding(world, store, { from: world.store })).toEqual([
        { ...place, pointer: end - 1, from: before }
      ])
      yield* sync(world, topic)
      expect(yield* contents(store)).toEqual(yield* contents(world.store))
      expect(yield* differences(world, store)).toEqual([])
    })
  )

  it.effect("is the same wherever the copy is cut short and begun again, and whatever happens in between", () =>
    Effect.gen(function* () {
      const { cuts, expected } = yield* Effect.gen(function* () {
        const world = yield* trimmed
        let writes = 0
        const inner = MemoryStore.make({ atomic: false })
        const counting: JournalStore = {
          ...inner,
          write: (steps) => Effect.suspend(() => ((writes += 1), inner.write(steps)))
        }
        yield* rebuilding(world, counting, { from: world.store })
        return { cuts: writes, expected: yield* contents(world.store) }
      })
      expect(expected.ids).toEqual(["anew", "deleted", "empty", "long"])
      for (const cut of numbers(0, cuts - 1)) {
        const world = yield* trimmed
        const inner = MemoryStore.make({ atomic: false })
        let left = cut
        const down = new JournalStoreError({ reason: "Failed", operation: "write", message: "It is full." })
        const failing: JournalStore = {
          ...inner,
          write: (steps) => Effect.suspend(() => (left-- > 0 ? inner.write(steps) : Effect.fail(down)))
        }
        yield* Effect.flip(rebuilding(world, failing, { from: world.store, requestsAtOnce: 1 }))
        yield* openJournal(world, topic, "long").delete(300)
        yield* openJournal(world, topic, "deleted").purge
        yield* openJournal(world, topic, "anew").purge
        yield* openJournal(world, topic, "anew").append([{ payload: "again" }])
        yield* sync(world, topic)
        yield* rebuilding(world, inner, { from: world.store })
        const [now, old] = [yield* contents(inner), yield* contents(world.store)]
        expect(now).toEqual(old)
        expect(now.ids).toEqual(["anew", "empty", "long"])
      }
    })
  )

  it.effect("copies a journal again that is deleted from while it is copied", () =>
    Effect.gen(function* () {
      const world = yield* trimmed
      const store = MemoryStore.make()
      let isDone = false
      const from: JournalStore = {
        ...world.store,
        events: (request) =>
          Effect.gen(function* () {
            const rows = yield* world.store.events(request)
            if (request.key.id !== "long" || isDone) return rows
            isDone = true
            yield* openJournal(world, topic, "long").delete(550)
            yield* sync(world, topic)
            return rows
          }).pipe(Effect.orDie)
      }
      yield* rebuilding(world, store, { from })
      expect(yield* contents(store)).toEqual(yield* contents(world.store))
    })
  )

  it.effect("goes on until it is as far as the old one, which may go on meanwhile", () =>
    Effect.gen(function* () {
      const world = yield* trimmed
      const store = MemoryStore.make()
      let asked = 0
      const from: JournalStore = {
        ...world.store,
        pointer: (of, partition) =>
          Effect.gen(function* () {
            asked++
            if (asked === 3) {
              yield* openJournal(world, topic, "long").append([{ payload: "meanwhile" }])
              yield* sync(world, topic)
            }
            return yield* world.store.pointer(of, partition)
          }).pipe(Effect.orDie)
      }
      const [rebuilt] = yield* rebuilding(world, store, { from })
      expect(rebuilt?.pointer).toBeGreaterThanOrEqual(rebuilt?.from ?? Infinity)
      expect(yield* contents(store)).toEqual(yield* contents(world.store))
    })
  )

  it.effect("fails with the record that nobody can read", () =>
    Effect.gen(function* () {
      const world = { log: MemoryLog.make(), store: MemoryStore.make() }
      const header = encodeUtf8('{"append":{"range":{"from":2,"to":1},"payloadType":"json"}}')
      const headers = [{ name: "journal.action", value: header }]
      yield* world.log.append({ ...place, key: encodeUtf8("a"), value: encodeUtf8("{}"), timestamp: 0, headers })
      expect(yield* Effect.flip(rebuilding(world, world.store))).toMatchObject({ reason: "Corrupt", offset: 0 })
    })
  )

  it.effect("fails when it is out of reach for five minutes", () =>
    Effect.gen(function* () {
      const world = yield* lived
      const down = new JournalStoreError({ reason: "Unreachable", operation: "write", message: "It is down." })
      const store: JournalStore = {
        ...MemoryStore.make(),
        write: () => Effect.fail(down)
      }
      expect(yield* Effect.flip(rebuilding(world, store))).toMatchObject({
        reason: "Unavailable",
        message: "It is down."
      })
    })
  )
})
