import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import type { Scope } from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { MemoryLog, MemoryStore } from "../../../../adapters/memory/index.ts"
import { encodeUtf8 } from "../../../../core/bytes/index.ts"
import { jsonPayload, makeJournals, replicate } from "../../../../core/journal/index.ts"
import { CommitLogError, JournalStoreError } from "../../../../core/ports/index.ts"
import type { AppendRequest, CommitLog, JournalStore } from "../../../../core/ports/index.ts"
import { numbers } from "../JournalWorld.ts"

const topic = "orders"

const world = (store: JournalStore = MemoryStore.make()) => {
  const log = MemoryLog.make({ partitions: { [topic]: 1 } })
  return { log, store, topics: [topic], journals: makeJournals({ log, store, topic, payload: jsonPayload }) }
}

/** Lets everything come to wait for time, and then lets time pass. */
const pass = (millis: number) =>
  Effect.andThen(
    Effect.forEach(numbers(1, 20), () => TestClock.adjust(0)),
    TestClock.adjust(millis)
  )

/** What a metric says, by its name and labels. */
const read = Effect.map(Metric.snapshot, (all) => {
  const values: Record<string, unknown> = {}
  for (const { attributes, id, state, type } of all) {
    const labels = Object.values(attributes ?? {}).join(" ")
    const value =
      type === "Counter" ? state.count : type === "Gauge" ? state.value : type === "Histogram" ? state : undefined
    values[`${id} ${labels}`] = value
  }
  return values
})

/** A claim that is held with metrics of its own, and without its messages. */
const claim = <A, E>(name: string, effect: () => Effect.Effect<A, E, Scope>) =>
  it.effect(name, () =>
    effect().pipe(Effect.provideService(Metric.MetricRegistry, new Map()), Effect.provide(Logger.layer([])))
  )

/** A store that takes no write before it is `mended`. */
const brokenStore = () => {
  const inner = MemoryStore.make()
  let isDown = true
  const error = new JournalStoreError({ reason: "Unreachable", operation: "write", message: "It is down." })
  const store: JournalStore = {
    ...inner,
    write: (steps) => Effect.suspend(() => (isDown ? Effect.fail(error) : inner.write(steps)))
  }
  return { store, mended: () => (isDown = false) }
}

/** A record that nobody can read. */
const poisoned = (timestamp: number): AppendRequest => ({
  topic,
  partition: 0,
  key: encodeUtf8("poisoned"),
  value: encodeUtf8("{}"),
  timestamp,
  headers: [
    { name: "journal.action", value: encodeUtf8('{"append":{"range":{"from":2,"to":1},"payloadType":"json"}}') }
  ]
})

describe("a replicator's metrics", () => {
  claim("count records, events and bytes, also of each batch, and time batches in seconds", () =>
    Effect.gen(function* () {
      const inner = MemoryStore.make()
      const one = world({ ...inner, write: (steps) => Effect.andThen(Effect.sleep(250), inner.write(steps)) })
      yield* TestClock.setTime(1_000_000)
      const { journals, log } = one
      yield* journals.journal("a").append([{ payload: 1 }, { payload: 2 }])
      yield* journals.journal("a").append([{ payload: 3 }])
      const { records } = yield* log.read({ topic, partition: 0, offset: 0, maxBytes: 1e6, maxWaitMs: 0 })
      const bytes = records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
      yield* TestClock.adjust(2000)
      yield* replicate(one)
      yield* pass(250)
      yield* pass(0)
      expect(yield* read).toMatchObject({
        "replicator_records orders": records.length,
        "replicator_events orders": 3,
        "replicator_conflicts orders": 0,
        "replicator_bytes orders": bytes,
        "replicator_round_records orders": { count: 1, sum: records.length },
        "replicator_round_events orders": { count: 1, sum: 3 },
        "replicator_round_bytes orders": { count: 1, sum: bytes },
        "replicator_round_duration orders": { count: 1, sum: 0.25 },
        "replicator_delivery_latency orders": { count: 1, sum: 2 },
        "replicator_replication_latency orders": { count: 1, sum: 2.25 },
        "replicator_lag_records orders 0": 0,
        "replicator_stalled orders 0": 0
      })
    })
  )

  claim("tell how far a partition is behind, and that it waits, until it goes on", () =>
    Effect.gen(function* () {
      const { mended, store } = brokenStore()
      const one = world(store)
      for (const payload of [1, 2, 3]) yield* one.journals.journal("a").append([{ payload }])
      const { stableEnd } = yield* one.log.read({ topic, partition: 0, offset: 0, maxBytes: 1, maxWaitMs: 0 })
      const { status } = yield* replicate(one)
      yield* pass(0)
      expect(yield* read).toMatchObject({
        "replicator_lag_records orders 0": stableEnd,
        "replicator_stalled orders 0": 1,
        "replicator_assigned orders 0": 1
      })
      expect(status()).toMatchObject([
        {
          topic,
          partition: 0,
          nextOffset: 0,
          lag: stableEnd,
          stalled: { error: { reason: "Unavailable" }, since: 0 }
        }
      ])
      mended()
      yield* pass(60_000)
      yield* pass(0)
      expect(yield* read).toMatchObject({ "replicator_lag_records orders 0": 0, "replicator_stalled orders 0": 0 })
      expect(status()).toEqual([{ topic, partition: 0, nextOffset: stableEnd, lag: 0, stalled: undefined }])
    })
  )

  claim("keep a partition stalled that waits before a record that cannot be read, however often it tries", () =>
    Effect.gen(function* () {
      const one = world()
      yield* one.log.append(poisoned(5))
      const { status } = yield* replicate(one)
      for (let tries = 0; tries < 20; tries++) {
        yield* pass(500)
        yield* pass(0)
        expect(status()[0]?.stalled).toMatchObject({
          since: 0,
          error: { reason: "Corrupt", topic, partition: 0, offset: 0, id: "poisoned" }
        })
      }
    })
  )

  claim("count events that lost their number", () =>
    Effect.gen(function* () {
      const one = world()
      yield* one.journals.journal("a").append([{ payload: 1 }])
      yield* one.journals.journal("a").append([{ payload: 1, seqNr: 1 }])
      yield* replicate(one)
      yield* pass(0)
      yield* pass(0)
      expect(yield* read).toMatchObject({ "replicator_conflicts orders": 1 })
    })
  )

  claim("do not say that a partition waits which was let go while it waited", () =>
    Effect.gen(function* () {
      const one = world(brokenStore().store)
      yield* one.journals.journal("a").append([{ payload: 1 }])
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* replicate(one)
          yield* pass(0)
          expect(yield* read).toMatchObject({ "replicator_stalled orders 0": 1 })
        })
      )
      expect(yield* read).toMatchObject({
        "replicator_stalled orders 0": 0,
        "replicator_lag_records orders 0": 0,
        "replicator_assigned orders 0": 0
      })
    })
  )

  claim("have no lag of a partition that is no longer replicated here", () =>
    Effect.gen(function* () {
      const one = world({ ...MemoryStore.make(), write: () => Effect.never })
      yield* one.journals.journal("a").append([{ payload: 1 }])
      yield* Effect.scoped(Effect.andThen(replicate(one), pass(0)))
      expect(yield* read).toMatchObject({
        "replicator_lag_records orders 0": 0,
        "replicator_assigned orders 0": 0
      })
    })
  )

  claim("tell the age of the oldest record that waits, which grows while nothing else happens", () =>
    Effect.gen(function* () {
      const { mended, store } = brokenStore()
      const one = world(store)
      yield* TestClock.setTime(1_000_000)
      yield* one.journals.journal("a").append([{ payload: 1 }])
      yield* TestClock.adjust(4000)
      yield* one.journals.journal("a").append([{ payload: 2 }])
      yield* replicate(one)
      yield* pass(0)
      expect(yield* read).toMatchObject({ "replicator_lag_seconds orders 0": 4 })
      yield* pass(30_000)
      expect(Number((yield* read)["replicator_lag_seconds orders 0"])).toBeGreaterThan(30)
      mended()
      yield* pass(60_000)
      yield* pass(0)
      expect(yield* read).toMatchObject({ "replicator_lag_seconds orders 0": 0 })
    })
  )

  claim("count what fails by side and reason, and how often a partition begins to wait", () =>
    Effect.gen(function* () {
      const inner = MemoryStore.make()
      const fail = (reason: "Unreachable" | "Failed" | "Fenced") =>
        Effect.fail(new JournalStoreError({ reason, operation: "write", message: "It fails." }))
      const reasons = ["Unreachable", "Unreachable", "Failed", "Fenced"] as const
      let writes = 0
      const store: JournalStore = {
        ...inner,
        write: (steps) =>
          Effect.suspend(() => {
            const reason = reasons[writes++]
            return reason === undefined ? inner.write(steps) : fail(reason)
          })
      }
      const one = world(store)
      yield* one.journals.journal("a").append([{ payload: 1 }])
      let reads = 0
      const down = new CommitLogError({ reason: "Unreachable", operation: "read", message: "It is down." })
      const log: CommitLog = {
        ...one.log,
        read: (request) => Effect.suspend(() => (reads++ === 0 ? Effect.fail(down) : one.log.read(request)))
      }
      yield* replicate({ ...one, log })
      for (let turn = 0; turn < 20; turn++) yield* pass(500)
      expect(yield* read).toMatchObject({
        "replicator_failures orders store Unreachable": 2,
        "replicator_failures orders store Failed": 1,
        "replicator_failures orders store Fenced": 1,
        "replicator_failures orders log Unreachable": 1,
        "replicator_stalls orders Unavailable": 1,
        "replicator_stalled orders 0": 0,
        "replicator_lag_records orders 0": 0
      })
    })
  )

  claim("tell that a partition waits before a record that cannot be read, and how long that one waits", () =>
    Effect.gen(function* () {
      const one = world()
      yield* TestClock.setTime(10_000)
      yield* one.journals.journal("a").append([{ payload: 1 }])
      yield* TestClock.adjust(5000)
      yield* one.log.append(poisoned(15_000))
      yield* TestClock.adjust(1000)
      yield* replicate(one)
      yield* pass(0)
      yield* pass(0)
      expect(yield* read).toMatchObject({
        "replicator_poisoned orders 0": 1,
        "replicator_stalls orders Corrupt": 1,
        "replicator_lag_seconds orders 0": 1,
        "replicator_lag_records orders 0": 1
      })
    })
  )
})
