import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { MemoryLog, MemoryStore } from "../../../../adapters/memory/index.ts"
import { encodeUtf8 } from "../../../../core/bytes/index.ts"
import { encodeAction, jsonPayload, makeJournals, replicate } from "../../../../core/journal/index.ts"
import type { ReplicatorEvent, ReplicatorOptions } from "../../../../core/journal/index.ts"
import { partitionFor } from "../../../../core/log/index.ts"
import { JournalStoreError } from "../../../../core/ports/index.ts"
import type { JournalStore } from "../../../../core/ports/index.ts"
import { numbers } from "../JournalWorld.ts"

const topic = "orders"
const partitions = 3

/** A log and a store, and a replicator whose events can be awaited. */
const world = (store: JournalStore = MemoryStore.make()) => {
  const log = MemoryLog.make({ partitions: { [topic]: partitions } })
  const journals = makeJournals({ log, store, topic, payload: jsonPayload })
  return { log, store, journals }
}

type World = ReturnType<typeof world>

const run = Effect.fnUntraced(function* ({ log, store }: World, options: Partial<ReplicatorOptions> = {}) {
  const events = yield* Queue.unbounded<ReplicatorEvent>()
  const replicator = yield* replicate({
    log,
    store,
    topics: [topic],
    ...options,
    onEvent: (event) => Queue.offerUnsafe(events, event)
  })
  return { events, ...replicator }
})

/** Waits for an event. */
const until = Effect.fnUntraced(function* (
  events: Queue.Queue<ReplicatorEvent>,
  isIt: (event: ReplicatorEvent) => boolean
) {
  const seen: Array<ReplicatorEvent> = []
  for (;;) {
    const event = yield* Queue.take(events)
    seen.push(event)
    if (isIt(event)) return { event, seen }
  }
})

const stableEnd = ({ log }: World, partition: number) =>
  Effect.map(log.read({ topic, partition, offset: 0, maxBytes: 1, maxWaitMs: 0 }), (page) => page.stableEnd)

/** Waits until a partition is replicated to its end. */
const caughtUp = Effect.fnUntraced(function* (one: World, events: Queue.Queue<ReplicatorEvent>, partition: number) {
  const end = yield* stableEnd(one, partition)
  if (((yield* one.store.pointer(topic, partition)) ?? -1) >= end - 1) return
  yield* until(
    events,
    (event) => event._tag === "Replicated" && event.partition === partition && event.nextOffset >= end
  )
})

const partitionOf = (id: string) => partitionFor(encodeUtf8(id), partitions)

/** Ids for each partition. */
const idIn = (partition: number, at = 0) =>
  numbers(1, 1000)
    .map(String)
    .filter((id) => partitionOf(id) === partition)[at] ?? ""

/** A record that says it is an append and cannot be read. */
const poison = Effect.fnUntraced(function* ({ log }: World, id: string) {
  const header = encodeUtf8('{"append":{"range":{"from":2,"to":1},"payloadType":"json"}}')
  return yield* log.append({
    topic,
    partition: partitionOf(id),
    key: encodeUtf8(id),
    value: encodeUtf8("{}"),
    timestamp: 5,
    headers: [{ name: "journal.action", value: header }]
  })
})

const rows = ({ store }: World, id: string) =>
  Effect.map(store.events({ key: { topic, id }, from: 1, to: 1000, limit: 1000 }), (events) =>
    events.map(({ seqNr }) => seqNr)
  )

/** Lets everything come to wait for time, and then lets time pass. */
const pass = (millis: number) =>
  Effect.andThen(
    Effect.forEach(numbers(1, 20), () => TestClock.adjust(0)),
    TestClock.adjust(millis)
  )

const quietly = Effect.provide(Logger.layer([]))

/** A journal with an end may be missing from a store that is of its log. */
const mayBeGone = { expireAfter: "1 day" }

describe("a replicator", () => {
  it.live("137. writes the events and heads of several journals and partitions, and moves each pointer", () =>
    Effect.gen(function* () {
      const one = world()
      const ids = [0, 1, 2].flatMap((partition) => [idIn(partition), `${idIn(partition)}-x`])
      for (const id of ids) yield* one.journals.journal(id).append([{ payload: 1 }, { payload: 2 }])
      const { events } = yield* run(one)
      for (const partition of new Set(ids.map(partitionOf))) {
        yield* caughtUp(one, events, partition)
        expect(yield* one.store.pointer(topic, partition)).toBe((yield* stableEnd(one, partition)) - 1)
      }
      for (const id of ids) {
        expect(yield* rows(one, id)).toEqual([1, 2])
        expect(yield* one.store.head({ topic, id })).toMatchObject({
          seqNr: 2,
          deleteTo: 0,
          partition: partitionOf(id)
        })
      }
    })
  )

  it.live("137. tells how far it has come, and with how much", () =>
    Effect.gen(function* () {
      const one = world()
      yield* one.journals.journal("a").append([{ payload: 1 }, { payload: 2 }])
      const { events } = yield* run(one)
      const { event } = yield* until(events, ({ _tag }) => _tag === "Replicated")
      expect(event).toMatchObject({
        topic,
        partition: partitionOf("a"),
        nextOffset: 2,
        logEnd: 2,
        records: 2,
        events: 2
      })
    })
  )

  it.live("138. of a journal's appends the last one's expiry counts", () =>
    Effect.gen(function* () {
      const one = world()
      const journal = one.journals.journal("a")
      yield* journal.append([{ payload: 1 }], { expireAfter: "1 day" })
      yield* journal.append([{ payload: 2 }], { expireAfter: "2 days" })
      const { events } = yield* run(one)
      yield* caughtUp(one, events, partitionOf("a"))
      expect((yield* one.store.head({ topic, id: "a" }))?.expireAfter).toBe("2 days")
      yield* journal.append([{ payload: 3 }])
      yield* caughtUp(one, events, partitionOf("a"))
      expect((yield* one.store.head({ topic, id: "a" }))?.expireAfter).toBeUndefined()
    })
  )

  it.live("139. follows the log as it grows", () =>
    Effect.gen(function* () {
      const one = world()
      const { events } = yield* run(one)
      for (const payload of numbers(1, 5)) {
        yield* one.journals.journal("a").append([{ payload }])
        yield* caughtUp(one, events, partitionOf("a"))
        expect(yield* rows(one, "a")).toEqual(numbers(1, payload))
      }
    })
  )

  it.live("140. and 141. marks and foreign records only move the pointer", () =>
    Effect.gen(function* () {
      const one = world()
      yield* one.journals.journal("a").pointer
      const foreign = { topic, partition: partitionOf("a"), key: null, value: null, timestamp: 0, headers: [] }
      yield* one.log.append(foreign)
      const { events } = yield* run(one)
      yield* caughtUp(one, events, partitionOf("a"))
      expect(yield* one.store.pointer(topic, partitionOf("a"))).toBe(1)
      expect(yield* one.store.ids(topic, undefined, 10)).toEqual([])
    })
  )

  it.live("142. and 143. appends and deletes leave what was not deleted, in one batch or in many", () =>
    Effect.gen(function* () {
      for (const many of [false, true]) {
        const one = world()
        const journal = one.journals.journal("a")
        const replicate = Effect.gen(function* () {
          const { events } = yield* run(one)
          yield* caughtUp(one, events, partitionOf("a"))
        }).pipe(Effect.scoped)
        for (const payload of numbers(1, 3)) {
          yield* journal.append([{ payload }])
          if (many) yield* replicate
        }
        yield* journal.delete(2)
        yield* replicate
        expect(yield* rows(one, "a")).toEqual([3])
        expect(yield* one.store.head({ topic, id: "a" })).toMatchObject({ seqNr: 3, deleteTo: 2 })
      }
    })
  )

  it.live("144. begins at the store's pointer, with nothing written while nothing is new", () =>
    Effect.gen(function* () {
      const store = MemoryStore.make()
      let writes = 0
      const counting: JournalStore = {
        ...store,
        write: (steps) => {
          writes++
          return store.write(steps)
        }
      }
      const one = world(counting)
      const partition = partitionOf("a")
      yield* one.journals.journal("a").append([{ payload: 1 }], mayBeGone)
      const end = yield* stableEnd(one, partition)
      yield* store.write([{ _tag: "PutPointer", topic, partition, offset: end - 1, previous: undefined }])
      const { events } = yield* run(one)
      yield* one.journals.journal("a").append([{ payload: 2, seqNr: 2 }])
      yield* caughtUp(one, events, partition)
      expect(yield* rows(one, "a")).toEqual([2])
      expect(writes).toBe(1)
    })
  )

  it.live("145. passes over the records up to each partition's own pointer", () =>
    Effect.gen(function* () {
      const one = world()
      const ids = [0, 1, 2].map(idIn)
      for (const seqNr of [1, 2, 3]) {
        for (const id of ids) yield* one.journals.journal(id).append([{ payload: seqNr, seqNr }], mayBeGone)
      }
      for (const [partition, offset] of [
        [0, 0],
        [1, 1]
      ] as const) {
        yield* one.store.write([{ _tag: "PutPointer", topic, partition, offset, previous: undefined }])
      }
      const { events } = yield* run(one)
      for (const partition of [0, 1, 2]) yield* caughtUp(one, events, partition)
      expect(yield* Effect.forEach(ids, (id) => rows(one, id))).toEqual([[2, 3], [3], [1, 2, 3]])
    })
  )

  it.live("147. a purge after an append in one batch leaves nothing", () =>
    Effect.gen(function* () {
      for (const atomic of [true, false]) {
        const one = world(MemoryStore.make({ atomic }))
        yield* one.journals.journal("a").append([{ payload: 1 }])
        yield* one.journals.journal("a").purge
        const { events } = yield* run(one)
        yield* caughtUp(one, events, partitionOf("a"))
        expect(yield* rows(one, "a")).toEqual([])
        expect(yield* one.store.head({ topic, id: "a" })).toBeUndefined()
      }
    })
  )

  it.effect("148. and 149. a journal that the store refuses holds up no other one, only the pointer", () =>
    Effect.gen(function* () {
      const store = MemoryStore.make({ atomic: false })
      const [bad, beside, elsewhere] = [idIn(0), idIn(0, 1), idIn(1)]
      const down = new JournalStoreError({ reason: "Failed", operation: "write", message: "The row is refused." })
      let refusing = true
      const refusesOne: JournalStore = {
        ...store,
        write: (steps) =>
          refusing && steps.some((step) => "key" in step && step.key.id === bad)
            ? Effect.fail(down)
            : store.write(steps)
      }
      const one = world(refusesOne)
      for (const id of [bad, beside, elsewhere]) yield* one.journals.journal(id).append([{ payload: 1 }])
      const { events } = yield* run(one)
      yield* until(events, ({ _tag, partition }) => _tag === "Stalled" && partition === 0)
      yield* caughtUp(one, events, 1)
      yield* pass(500)
      expect(yield* rows(one, elsewhere)).toEqual([1])
      expect(yield* rows(one, beside)).toEqual([1])
      expect(yield* rows(one, bad)).toEqual([])
      expect(yield* store.pointer(topic, 0)).toBeUndefined()
      refusing = false
      yield* pass(10_000)
      yield* caughtUp(one, events, 0)
      expect(yield* rows(one, bad)).toEqual([1])
    }).pipe(quietly)
  )

  it.effect("148. and 149. a record that cannot be read stops its partition before it, and no other", () =>
    Effect.gen(function* () {
      const one = world()
      const [bad, good] = [idIn(0), idIn(1)]
      yield* one.journals.journal(bad).append([{ payload: 1 }])
      const offset = yield* poison(one, bad)
      yield* one.journals.journal(bad).append([{ payload: 3, seqNr: 3 }])
      yield* one.journals.journal(good).append([{ payload: 1 }])
      const { events } = yield* run(one)
      const { event } = yield* until(events, ({ _tag }) => _tag === "Stalled")
      expect(event).toMatchObject({ _tag: "Stalled", topic, partition: 0 })
      expect(event._tag === "Stalled" && event.error).toMatchObject({
        reason: "Corrupt",
        topic,
        id: bad,
        partition: 0,
        offset
      })
      yield* caughtUp(one, events, 1)
      expect(yield* rows(one, good)).toEqual([1])
      expect(yield* rows(one, bad)).toEqual([1])
      expect(yield* one.store.pointer(topic, 0)).toBe(offset - 1)
    }).pipe(quietly)
  )

  it.effect("tries a record that cannot be read again, with a back-off that grows to its bound", () =>
    Effect.gen(function* () {
      const one = world()
      yield* poison(one, idIn(0))
      const { events } = yield* run(one)
      const waits: Array<number> = []
      yield* until(events, ({ _tag }) => _tag === "Replicated")
      yield* pass(0)
      while (waits.length < 12) {
        for (const event of yield* Queue.clear(events)) {
          if (event._tag === "Stalled") waits.push(event.retryAt - (yield* Clock.currentTimeMillis))
        }
        yield* pass(50)
      }
      expect(waits.slice(0, 4)).toEqual([100, 200, 400, 800])
      expect(waits.slice(-2)).toEqual([30_000, 30_000])
    }).pipe(quietly)
  )

  it.effect("logs what it waits for, with topic, partition, offset and key", () => {
    const lines: Array<string> = []
    const logger = Logger.make<unknown, void>(({ message }) => {
      lines.push(String(message))
    })
    return Effect.gen(function* () {
      const one = world()
      const offset = yield* poison(one, idIn(0))
      const { events } = yield* run(one)
      yield* until(events, ({ _tag }) => _tag === "Stalled")
      while (lines.length === 0) yield* Effect.yieldNow
      expect(lines[0]).toContain(`Replication of ${topic}-0 waits`)
      expect(lines[0]).toContain(`offset ${offset}`)
      expect(lines[0]).toContain(idIn(0))
    }).pipe(Effect.provide(Logger.layer([logger])))
  })

  it.effect("tries again a store that fails, and loses nothing", () =>
    Effect.gen(function* () {
      const store = MemoryStore.make()
      let failures = 3
      const down = new JournalStoreError({ reason: "Unreachable", operation: "write", message: "The store is down." })
      const one = world({
        ...store,
        write: (steps) => Effect.suspend(() => (failures-- > 0 ? Effect.fail(down) : store.write(steps)))
      })
      yield* one.journals.journal("a").append([{ payload: 1 }])
      const { events } = yield* run(one)
      for (let stalled = 0; stalled < 3; stalled++) {
        const { event } = yield* until(events, ({ _tag }) => _tag === "Stalled")
        expect(event).toMatchObject({ error: { reason: "Unavailable", partition: partitionOf("a") } })
        yield* pass(10_000)
      }
      yield* caughtUp(one, events, partitionOf("a"))
      expect(yield* rows(one, "a")).toEqual([1])
    }).pipe(quietly)
  )

  it.live("tells an event that lost its number", () =>
    Effect.gen(function* () {
      const one = world()
      yield* one.journals.journal("a").append([{ payload: 1 }])
      const { offset } = yield* one.journals.journal("a").append([{ payload: "late", seqNr: 1 }])
      const { events } = yield* run(one)
      const { event } = yield* until(events, ({ _tag }) => _tag === "Conflicted")
      expect(event).toMatchObject({ topic, partition: partitionOf("a"), conflict: { id: "a", seqNr: 1, offset } })
    }).pipe(quietly)
  )

  it.live("two replicators of one partition leave the same rows as one", () =>
    Effect.gen(function* () {
      const one = world()
      const first = yield* run(one)
      yield* run(one)
      const journal = one.journals.journal("a")
      for (const payload of numbers(1, 30)) yield* journal.append([{ payload }])
      yield* journal.delete(10)
      const end = yield* stableEnd(one, partitionOf("a"))
      while (((yield* one.store.pointer(topic, partitionOf("a"))) ?? -1) < end - 1) yield* Effect.sleep(1)
      expect(yield* rows(one, "a")).toEqual(numbers(11, 30))
      yield* first.stop
    }).pipe(quietly)
  )

  it.effect("waits for a topic that does not exist yet, and takes up partitions that are added", () =>
    Effect.gen(function* () {
      const one = world()
      let count = 0
      const log: typeof one.log = {
        ...one.log,
        partitions: (name, options) =>
          count === 0 ? one.log.partitions("missing", options) : Effect.as(one.log.partitions(name), count)
      }
      yield* one.journals.journal(idIn(2)).append([{ payload: 1 }])
      const { events } = yield* run({ ...one, log }, { log, discoveryMs: 1000 })
      yield* pass(1000)
      expect(yield* one.store.pointer(topic, 2)).toBeUndefined()
      count = 2
      yield* pass(1000)
      count = 3
      yield* pass(1000)
      yield* caughtUp(one, events, 2)
      expect(yield* rows(one, idIn(2))).toEqual([1])
    }).pipe(quietly)
  )

  it.live("stop finishes the batch in hand", () =>
    Effect.gen(function* () {
      const store = MemoryStore.make({ atomic: false })
      const entered = yield* Queue.unbounded<void>()
      const leave = yield* Queue.unbounded<void>()
      const slow: JournalStore = {
        ...store,
        write: (steps) =>
          Queue.offer(entered, undefined).pipe(Effect.andThen(Queue.take(leave)), Effect.andThen(store.write(steps)))
      }
      const one = world(slow)
      yield* one.journals.journal("a").append([{ payload: 1 }])
      const { stop } = yield* run(one)
      yield* Queue.take(entered)
      const stopping = yield* Effect.forkChild(stop, { startImmediately: true })
      for (let writes = 0; writes < 10; writes++) yield* Queue.offer(leave, undefined)
      yield* Fiber.join(stopping)
      expect(yield* store.pointer(topic, partitionOf("a"))).toBe(1)
    })
  )

  it.live("fails join with a defect in the store", () =>
    Effect.gen(function* () {
      const defect = new Error("a defect")
      const one = world({ ...MemoryStore.make(), pointer: () => Effect.die(defect) })
      const { join } = yield* run(one)
      expect(yield* Effect.exit(join)).toEqual(Exit.die(defect))
    })
  )

  it.live("ends what is under way when its scope closes", () =>
    Effect.gen(function* () {
      const one = world()
      const scope = yield* Scope.make()
      yield* Scope.provide(run(one), scope)
      yield* one.journals.journal("a").append([{ payload: 1 }])
      yield* Scope.close(scope, Exit.void)
      yield* one.journals.journal("a").append([{ payload: 2 }])
      expect((yield* one.store.pointer(topic, partitionOf("a"))) ?? -1).toBeLessThan(2)
    })
  )
})

describe("a delete of a journal that does not exist", () => {
  it.live("begins the journal at its number, for readers before the replication and after", () =>
    Effect.gen(function* () {
      const one = world()
      const journal = one.journals.journal("a")
      const record = Result.getOrThrow(
        encodeAction({ _tag: "Delete", journalId: "a", timestamp: 0, origin: undefined, version: undefined, to: 4 })
      )
      yield* one.log.append({ ...record, topic, partition: partitionOf("a") })
      yield* journal.append([{ payload: 2, seqNr: 2 }])
      expect(yield* journal.append([{ payload: 5 }])).toMatchObject({ from: 5 })
      expect(yield* journal.pointer).toBe(5)
      const { events } = yield* run(one)
      yield* caughtUp(one, events, partitionOf("a"))
      expect(yield* journal.pointer).toBe(5)
      expect(yield* rows(one, "a")).toEqual([5])
    }).pipe(quietly)
  )
})
