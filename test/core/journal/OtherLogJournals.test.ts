import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { jsonPayload, makeJournals } from "../../../core/journal/index.ts"
import type { Journal } from "../../../core/journal/index.ts"
import { CommitLogError, JournalStoreError } from "../../../core/ports/index.ts"
import type { CommitLog, JournalStore } from "../../../core/ports/index.ts"
import { recordOf } from "../../../core/scenarios/journal/JournalModel.ts"
import { memoryWorld, logEnd, numbers, read, seqNrs, sync } from "./JournalWorld.ts"
import type { World } from "./JournalWorld.ts"

const topic = "orders"

/** A log whose journals have so many events, one a record, and a store that has all of them. */
const filled = Effect.fnUntraced(function* (ids: ReadonlyArray<string>, events: number) {
  const world = memoryWorld()
  for (const seqNr of numbers(1, events)) {
    for (const id of ids) {
      const timestamp = yield* Clock.currentTimeMillis
      yield* world.log.append({
        topic,
        partition: 0,
        ...recordOf(id, { _tag: "Append", seqNrs: [seqNr] }, "e"),
        timestamp
      })
    }
    yield* TestClock.adjust(1)
  }
  yield* sync(world, topic)
  return world
})

/** The store of a topic that was deleted, and the log of the one that was made again. */
const replaced = Effect.fnUntraced(function* (events: number, eventsNow: number) {
  const { store } = yield* filled(["a", "b"], events)
  const { log } = yield* filled(["a", "x"], eventsNow)
  return { log, store }
})

/** Lets everybody go on until they wait for the time, and then lets that pass. */
const passing = (millis: number) =>
  Effect.andThen(
    Effect.forEach(numbers(1, 30), () => TestClock.adjust(0)),
    TestClock.adjust(millis)
  )

interface Counted extends Pick<World, "log" | "store"> {
  readonly count: { pointers: number; pages: number; heads: number; appends: number }
}

const counted = ({ log, store }: { readonly log: CommitLog; readonly store: JournalStore }) => {
  const count = { pointers: 0, pages: 0, heads: 0, appends: 0 }
  const counting = <A extends ReadonlyArray<unknown>, B>(name: keyof Counted["count"], run: (...args: A) => B) =>
    ((...args: A) => {
      count[name]++
      return run(...args)
    }) satisfies (...args: A) => B
  return {
    count,
    log: { ...log, append: counting("appends", log.append), read: counting("pages", log.read) },
    store: { ...store, pointer: counting("pointers", store.pointer), head: counting("heads", store.head) }
  }
}

const open = (ports: { readonly log: CommitLog; readonly store: JournalStore }) =>
  makeJournals({ ...ports, topic, payload: jsonPayload, storeName: "sqlite:orders.db" })

const sentence =
  "Store sqlite:orders.db was filled from another log than this orders-0: up to the store's pointer 5 journal " +
  '"x" has its last record at offset 5, and the store has nothing of it, and 1 more differs; ' +
  "name the store that this log was replicated to, or fill a new one, and if it is the right one, let " +
  "`odradek replicator verify` say what is damaged."
const beyond =
  "The store has orders-0 up to offset 5, and the log ends before that: the store was filled from another log, or " +
  "the log has lost its end; use the store that belongs to this log, or an empty one."

/** Whatever depends on the store. */
const operations: Readonly<Record<string, (journal: Journal<unknown>) => Effect.Effect<unknown, unknown>>> = {
  read: (journal) => read(journal),
  follow: (journal) => Stream.runHead(journal.follow()),
  append: (journal) => journal.append([{ payload: 1 }]),
  pointer: ({ pointer }) => pointer,
  delete: (journal) => journal.delete(1),
  purge: ({ purge }) => purge,
  purgeExpired: (journal) => journal.purgeExpired("1970-01-01"),
  explain: ({ explain }) => explain
}

describe("journals that are given the store of another log", () => {
  for (const [name, operation] of Object.entries(operations)) {
    it.effect(`refuse ${name}, say what to do, and write nothing`, () =>
      Effect.gen(function* () {
        const ports = yield* replaced(3, 4)
        const end = yield* logEnd(ports.log, topic)
        const error = yield* Effect.flip(operation(open(ports).journal("a")))
        expect(error).toMatchObject({ _tag: "JournalError", reason: "Store", id: "a", message: sentence })
        expect(yield* logEnd(ports.log, topic)).toBe(end)
      })
    )
  }

  for (const name of ["ids", "expired"] as const) {
    it.effect(`refuse to list ${name}`, () =>
      Effect.gen(function* () {
        const journals = open(yield* replaced(3, 4))
        const listed: Effect.Effect<unknown, unknown> =
          name === "ids" ? Stream.runCollect(journals.ids) : Stream.runCollect(journals.expired("1970-01-01"))
        expect(yield* Effect.flip(listed)).toMatchObject({ reason: "Store", message: sentence })
      })
    )
  }

  it.effect(
    "refuse as often as they are asked, and write no marks, where the log ends before the store's pointer",
    () =>
      Effect.gen(function* () {
        const ports = yield* replaced(3, 1)
        const end = yield* logEnd(ports.log, topic)
        const journals = open(ports)
        for (let asked = 0; asked < 10; asked++) {
          const error = yield* Effect.flip(seqNrs(journals.journal("a")))
          expect(error).toMatchObject({ reason: "Lost", message: beyond })
        }
        expect(yield* logEnd(ports.log, topic)).toBe(end)
      })
  )

  it.effect("append events that have their numbers already, since that asks nothing of the store", () =>
    Effect.gen(function* () {
      const ports = yield* replaced(3, 4)
      expect(
        yield* open(ports)
          .journal("a")
          .append([{ seqNr: 5 }])
      ).toMatchObject({ from: 5, to: 5 })
    })
  )

  it.effect("go on once the store is the log's own", () =>
    Effect.gen(function* () {
      const other = yield* filled(["a", "b"], 3)
      const own = yield* filled(["a", "x"], 4)
      let used: JournalStore = other.store
      const store: JournalStore = {
        ...own.store,
        pointer: (...args) => used.pointer(...args),
        head: (...args) => used.head(...args)
      }
      const journal = open({ log: own.log, store }).journal("x")
      expect(yield* Effect.flip(seqNrs(journal))).toMatchObject({ reason: "Store" })
      used = own.store
      expect(yield* seqNrs(journal)).toEqual([1, 2, 3, 4])
    })
  )

  it.effect("ask again after a minute where a store was empty", () =>
    Effect.gen(function* () {
      const other = yield* filled(["a", "b"], 3)
      const { log } = yield* filled(["a", "x"], 4)
      let used: JournalStore = memoryWorld().store
      const store: JournalStore = {
        ...other.store,
        pointer: (...args) => used.pointer(...args),
        head: (...args) => used.head(...args)
      }
      const journal = open({ log, store }).journal("x")
      expect(yield* seqNrs(journal)).toEqual([1, 2, 3, 4])
      used = other.store
      yield* TestClock.adjust(60_001)
      expect(yield* Effect.flip(seqNrs(journal))).toMatchObject({ reason: "Store" })
    })
  )

  it.effect("ask again where the log lacks what the store has led to, as of a topic made again meanwhile", () =>
    Effect.gen(function* () {
      const own = yield* filled(["a", "x"], 3)
      const made = yield* filled(["a"], 1)
      let used: CommitLog = own.log
      const log: CommitLog = {
        ...own.log,
        append: (request) => used.append(request),
        read: (request) => used.read(request)
      }
      const journal = open({ log, store: own.store }).journal("a")
      expect(yield* seqNrs(journal)).toEqual([1, 2, 3])
      used = made.log
      expect(yield* Effect.flip(seqNrs(journal))).toMatchObject({ reason: "Lost" })
      const end = yield* logEnd(made.log, topic)
      expect(yield* Effect.flip(seqNrs(journal))).toMatchObject({ reason: "Lost", message: beyond })
      expect(yield* logEnd(made.log, topic)).toBe(end)
    })
  )
})

describe("what is found out of a store", () => {
  it.effect("is asked once for each partition: a pointer, a page and a head", () =>
    Effect.gen(function* () {
      const ports = counted(yield* filled(["a", "b"], 3))
      const journals = open(ports)
      expect(yield* journals.journal("a").pointer).toBe(3)
      expect(ports.count).toEqual({ pointers: 2, pages: 1, heads: 2, appends: 1 })
      expect(yield* journals.journal("b").pointer).toBe(3)
      expect(ports.count).toEqual({ pointers: 3, pages: 2, heads: 3, appends: 2 })
    })
  )

  it.effect("is asked for each partition of the topic before ids are listed", () =>
    Effect.gen(function* () {
      const { log, store } = yield* filled(["a"], 3)
      const asked: Array<number> = []
      const two: CommitLog = {
        ...log,
        partitions: () => Effect.succeed(2),
        read: (request) => log.read({ ...request, partition: 0 })
      }
      const spying: JournalStore = {
        ...store,
        pointer: (name, partition) => {
          asked.push(partition)
          return store.pointer(name, 0)
        }
      }
      yield* Stream.runCollect(open({ log: two, store: spying }).ids)
      expect(asked.slice(0, 2).sort()).toEqual([0, 1])
    })
  )

  it.effect("is asked once by those who ask together, and the one who leaves harms nobody", () =>
    Effect.gen(function* () {
      const world = yield* filled(["a"], 3)
      const gate = yield* Deferred.make<void>()
      const ports = counted(world)
      const store: JournalStore = {
        ...ports.store,
        head: (key) => Effect.andThen(Deferred.await(gate), ports.store.head(key))
      }
      const journals = open({ log: ports.log, store })
      const first = yield* Effect.forkChild(journals.journal("a").pointer)
      const others = yield* Effect.forkChild(
        Effect.forEach(numbers(1, 5), () => journals.journal("a").pointer, { concurrency: "unbounded" })
      )
      yield* passing(1)
      yield* Fiber.interrupt(first)
      yield* Deferred.succeed(gate, undefined)
      expect(yield* Fiber.join(others)).toEqual([3, 3, 3, 3, 3])
      // To compare one each, and what the five recoveries ask for that are left; the first mark has nothing before it that is not stored.
      expect(ports.count).toMatchObject({ pointers: 1 + 5, pages: 1 + 4, appends: 5 })
    })
  )

  it.effect("is left alone when the last one has gone, and asked anew by the next", () =>
    Effect.gen(function* () {
      const { log, store } = yield* filled(["a"], 3)
      let hangs = true
      let interrupted = 0
      const slow: CommitLog = {
        ...log,
        read: (request) =>
          hangs ? Effect.onInterrupt(Effect.never, () => Effect.sync(() => void interrupted++)) : log.read(request)
      }
      const journal = open({ log: slow, store }).journal("a")
      const first = yield* Effect.forkChild(journal.pointer)
      yield* passing(1)
      yield* Fiber.interrupt(first)
      yield* passing(1)
      expect(interrupted).toBe(1)
      hangs = false
      expect(yield* journal.pointer).toBe(3)
    })
  )

  it.effect("is not kept where the store is down, and found out when it is up again", () =>
    Effect.gen(function* () {
      const { log, store } = yield* filled(["a"], 3)
      let isDown = true
      const message = "The store is down."
      const down = new JournalStoreError({ operation: "head", reason: "Unreachable", message })
      const failing: JournalStore = {
        ...store,
        head: (key) => (isDown ? Effect.fail(down) : store.head(key))
      }
      const journal = open({ log, store: failing }).journal("a")
      const end = yield* logEnd(log, topic)
      expect(yield* Effect.flip(journal.pointer)).toMatchObject({ reason: "Unavailable", message })
      expect(yield* logEnd(log, topic)).toBe(end)
      isDown = false
      expect(yield* journal.pointer).toBe(3)
    })
  )

  it.effect(
    "is looked for again where the log is out of reach for a moment, and fails as a read does where it stays so",
    () =>
      Effect.gen(function* () {
        const { log, store } = yield* filled(["a"], 3)
        let failures = 3
        const message = "No broker answers."
        const down = new CommitLogError({ operation: "read", reason: "Unreachable", topic, message })
        const failing: CommitLog = {
          ...log,
          read: (request) => Effect.suspend(() => (failures-- > 0 ? Effect.fail(down) : log.read(request)))
        }
        const patient = yield* Effect.forkChild(open({ log: failing, store }).journal("a").pointer)
        for (let waits = 0; waits < 4; waits++) yield* passing(100)
        expect(yield* Fiber.join(patient)).toBe(3)
        failures = Infinity
        const hopeless = yield* Effect.forkChild(Effect.flip(open({ log: failing, store }).journal("a").pointer))
        for (let waits = 0; waits < 32; waits++) yield* passing(1000)
        expect(yield* Fiber.join(hopeless)).toMatchObject({ reason: "Unavailable", message })
      })
  )

  it.effect("ends with the deadline of a request where the store never answers", () =>
    Effect.gen(function* () {
      const { log, store } = yield* filled(["a"], 3)
      const hanging: JournalStore = { ...store, pointer: () => Effect.never }
      const reading = yield* Effect.forkChild(Effect.flip(open({ log, store: hanging }).journal("a").pointer))
      yield* passing(30_000)
      expect(yield* Fiber.join(reading)).toMatchObject({ reason: "Unavailable" })
    })
  )

  it.effect("tells nothing against a store whose log has nothing left up to its pointer", () =>
    Effect.gen(function* () {
      const { log, store } = yield* filled(["a"], 3)
      yield* log.trim(topic, 0, 3)
      expect(yield* open({ log, store }).journal("a").pointer).toBe(3)
    })
  )

  it.effect("tells nothing against a store that was restored from an older backup", () =>
    Effect.gen(function* () {
      const world = yield* filled(["a", "b"], 3)
      const older = memoryWorld().store
      yield* sync({ log: world.log, store: older }, topic, 4)
      expect(yield* seqNrs(open({ log: world.log, store: older }).journal("a"))).toEqual([1, 2, 3])
    })
  )
})
