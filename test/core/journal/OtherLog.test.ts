import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { checkBelonging, replicate, verify } from "../../../core/journal/index.ts"
import type { Difference, ReplicatorEvent } from "../../../core/journal/index.ts"
import type { CommitLog, JournalStore, WriteStep } from "../../../core/ports/index.ts"
import { recordOf } from "../../../core/scenarios/journal/JournalModel.ts"
import { logEnd, memoryWorld, numbers, openJournal, seqNrs, sync } from "./JournalWorld.ts"
import type { World } from "./JournalWorld.ts"

const topic = "orders"
const place = { topic, partition: 0 }

const check = ({ log, store }: { readonly log: CommitLog; readonly store: JournalStore }) =>
  checkBelonging({ ...place, log, store })

/** Appends an event of each number to each journal in turn, each as a record of its own; time passes between them. */
const append = Effect.fnUntraced(function* ({ log }: World, ids: ReadonlyArray<string>, seqNrs: ReadonlyArray<number>) {
  for (const seqNr of seqNrs) {
    for (const id of ids) {
      const timestamp = yield* Clock.currentTimeMillis
      const record = recordOf(id, { _tag: "Append", seqNrs: [seqNr] }, `${seqNr}`)
      yield* log.append({ ...place, ...record, timestamp })
    }
    yield* TestClock.adjust(1)
  }
})

/** A world whose journals have so many events, one a record, with all of them in the store. */
const filled = Effect.fnUntraced(function* (ids: ReadonlyArray<string>, events: number, atomic = true) {
  const world = memoryWorld({ atomic })
  yield* append(world, ids, numbers(1, events))
  yield* sync(world, topic)
  return world
})

const head = ({ store }: Pick<World, "store">, id: string) =>
  Effect.map(store.head({ topic, id }), (found) => {
    if (found === undefined) throw new Error(`The store has no journal ${id}.`)
    return found
  })

/** Makes a head disappear, or one of another place. */
const harm = Effect.fnUntraced(function* (world: World, id: string, offset?: number) {
  const key = { topic, id }
  const previous = yield* head(world, id)
  const step: WriteStep =
    offset === undefined
      ? { _tag: "RemoveHead", key, previous, partition: previous.partition, offset: previous.offset }
      : { _tag: "PutHead", key, head: { ...previous, offset }, previous }
  yield* world.store.write([step])
})

/** Runs a replicator until it stalls, with the sentence why, or until the store has all. */
const replicated = Effect.fnUntraced(function* (log: CommitLog, store: JournalStore, storeName?: string) {
  const end = yield* logEnd(log, topic)
  const done = yield* Deferred.make<string>()
  const onEvent = (event: ReplicatorEvent) => {
    if (event._tag === "Stalled") Deferred.doneUnsafe(done, Effect.succeed(event.error.message))
    if (event._tag === "Replicated" && event.nextOffset >= end) Deferred.doneUnsafe(done, Effect.succeed("all"))
  }
  yield* replicate({ log, store, topics: [topic], onEvent, ...(storeName === undefined ? {} : { storeName }) })
  return yield* Deferred.await(done)
}, Effect.scoped)

describe("a replicator that is given the store of another log", () => {
  for (const atomic of [true, false]) {
    it.effect(`writes nothing, and says what to do${atomic ? "" : ", also without transactions"}`, () =>
      Effect.gen(function* () {
        const { store } = yield* filled(["a", "b"], 3, atomic)
        const { log } = yield* filled(["x", "a"], 4)
        const steps: Array<WriteStep> = []
        const write: JournalStore["write"] = (more) => {
          steps.push(...more)
          return store.write(more)
        }
        expect(yield* replicated(log, { ...store, write }, "sqlite:orders.db")).toBe(
          "Store sqlite:orders.db was filled from another log than this orders-0: up to the store's pointer 5 journal " +
            '"a" has its last record at offset 5, and the store has its last record at offset 4, and 1 more differs; ' +
            "name the store that this log was replicated to, or fill a new one, and if it is the right one, let " +
            "`odradek replicator verify` say what is damaged."
        )
        expect(steps).toEqual([])
      })
    )
  }

  it.effect("goes on with the store of its own log", () =>
    Effect.gen(function* () {
      const world = yield* filled(["a", "b"], 3)
      yield* append(world, ["b"], [4])
      expect(yield* replicated(world.log, world.store)).toBe("all")
      expect(yield* seqNrs(openJournal(world, topic, "b"))).toEqual([1, 2, 3, 4])
    })
  )
})

describe("a store is of another log than this", () => {
  it.effect("where a journal of the log is not in it", () =>
    Effect.gen(function* () {
      const { store } = yield* filled(["a"], 3)
      const { log } = yield* filled(["x"], 3)
      const first = { id: "x", offset: 2, store: "nothing of it" }
      expect(yield* check({ log, store })).toMatchObject({ _tag: "Other", pointer: 2, first, others: 0 })
    })
  )

  it.effect("where the topic was deleted and made again, and a new record came to the same place and number", () =>
    Effect.gen(function* () {
      const { store } = yield* filled(["a"], 3)
      const { log } = yield* filled(["a"], 4)
      const first = { id: "a", offset: 2, store: "another record of an earlier time there" }
      expect(yield* check({ log, store })).toMatchObject({ _tag: "Other", first })
    })
  )

  it.effect("where the log ends before the store's pointer, little before it or much", () =>
    Effect.gen(function* () {
      const { log } = yield* filled(["a"], 2)
      for (const events of [3, 300]) {
        const { store } = yield* filled(["a"], events)
        const error = { reason: "Lost", offset: events }
        expect(yield* check({ log, store })).toMatchObject({ _tag: "Beyond", error })
      }
    })
  )

  it.effect("where the log has nothing but marks last, and a journal before them that differs", () =>
    Effect.gen(function* () {
      const { store } = yield* filled(["a"], 300)
      const world = yield* filled(["x"], 100)
      for (let mark = 0; mark < 200; mark++) yield* openJournal(world, topic, "x").pointer
      expect(yield* check({ log: world.log, store })).toMatchObject({ _tag: "Other", first: { id: "x", offset: 99 } })
    })
  )
})

describe("a store is of this log", () => {
  it.effect("where it is behind the log, or has all of it", () =>
    Effect.gen(function* () {
      const world = yield* filled(["a", "b"], 3)
      expect(yield* check(world)).toEqual({ _tag: "Same" })
      yield* append(world, ["a", "b"], [4, 5, 6])
      expect(yield* check(world)).toEqual({ _tag: "Same" })
    })
  )

  it.effect("where single rows of it are damaged", () =>
    Effect.gen(function* () {
      const world = yield* filled(["a", "b", "c"], 2)
      yield* harm(world, "c")
      yield* harm(world, "b", 1)
      expect(yield* check(world)).toEqual({ _tag: "Same" })
    })
  )

  it.effect("where another replicator has drawn the name, and counted the time by its own clock", () =>
    Effect.gen(function* () {
      const world = yield* filled(["a"], 2)
      const previous = yield* head(world, "a")
      const drawn = { ...previous, recordId: "0b0e4b6c-9f2f-4a53-8a4c-6a2c1ff0f7b1", updated: previous.updated - 5 }
      yield* world.store.write([{ _tag: "PutHead", key: { topic, id: "a" }, head: drawn, previous }])
      expect(yield* check(world)).toEqual({ _tag: "Same" })
    })
  )

  it.effect("where two have written one number before the records that are looked at", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      yield* append(world, ["a"], [1, 2, 3, 2])
      yield* sync(world, topic)
      yield* world.log.trim(topic, 0, 3)
      expect(yield* check(world)).not.toMatchObject({ _tag: "Other" })
      const differences: Array<Difference> = []
      const onDifference = (one: Difference) => Effect.sync(() => void differences.push(one))
      yield* verify({ log: world.log, store: world.store, topic, onDifference })
      expect(differences).toEqual([])
    })
  )
})

describe("nothing is known of a store", () => {
  it.effect("that has no pointer", () =>
    Effect.gen(function* () {
      const { log } = yield* filled(["a"], 1)
      expect(yield* check({ log, store: memoryWorld().store })).toEqual({ _tag: "Unknown" })
    })
  )

  it.effect("where the log shows less of its end than it has, as a new leader may for a moment", () =>
    Effect.gen(function* () {
      const { log, store } = yield* filled(["a"], 3)
      const read: CommitLog["read"] = (request) =>
        Effect.map(log.read(request), (page) => ({ ...page, stableEnd: Math.min(page.stableEnd, 2) }))
      expect(yield* check({ log: { ...log, read }, store })).toEqual({ _tag: "Unknown" })
    })
  )

  it.effect("where retention has taken what is up to its pointer", () =>
    Effect.gen(function* () {
      const world = yield* filled(["a"], 3)
      yield* append(world, ["a"], [4])
      yield* world.log.trim(topic, 0, 3)
      expect(yield* check(world)).toEqual({ _tag: "Unknown" })
    })
  )

  it.effect("where a head is missing that has an end, or that a purge behind the pointer has removed", () =>
    Effect.gen(function* () {
      const ending = memoryWorld()
      yield* openJournal(ending, topic, "a").append([{ payload: 1 }], { expireAfter: "1 day" })
      yield* sync(ending, topic)
      yield* harm(ending, "a")
      expect(yield* check(ending)).toEqual({ _tag: "Unknown" })
      const purged = yield* filled(["a"], 2)
      yield* openJournal(purged, topic, "a").purge
      yield* harm(purged, "a")
      expect(yield* check(purged)).toEqual({ _tag: "Unknown" })
    })
  )

  it.effect("whose heads are beyond its pointer, since that was put back", () =>
    Effect.gen(function* () {
      const world = yield* filled(["a", "b"], 3)
      yield* world.store.write([{ _tag: "PutPointer", ...place, offset: 1, previous: 5 }])
      yield* harm(world, "b")
      expect(yield* check(world)).toEqual({ _tag: "Unknown" })
    })
  )

  it.effect("that others write to meanwhile", () =>
    Effect.gen(function* () {
      const { store } = yield* filled(["a"], 3)
      const { log } = yield* filled(["x"], 3)
      let asked = 0
      const moving: JournalStore = { ...store, pointer: () => Effect.sync(() => asked++ % 2) }
      expect(yield* check({ log, store: moving })).toEqual({ _tag: "Unknown" })
      expect(asked).toBe(6)
    })
  )
})
