import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { MemoryLog, MemoryStore } from "../../../adapters/memory/index.ts"
import { jsonPayload, makeJournals, replicate } from "../../../core/journal/index.ts"
import type { JournalStore, WriteStep } from "../../../core/ports/index.ts"

const topic = "orders"
const minuteMs = 60_000

/** A clock that is put forward by hand, as the clock of a process that stood still is found to be. */
const jumpingClock = () => {
  let ms = 0
  const jump = (by: number) => Effect.sync(() => void (ms += by))
  const on = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Clock.clockWith((clock) =>
      Effect.provideService(effect, Clock.Clock, {
        currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + ms,
        currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + ms),
        currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
        currentTimeNanos: clock.currentTimeNanos,
        monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
        monotonicTimeNanos: clock.monotonicTimeNanos,
        sleep: (duration) => clock.sleep(duration)
      })
    )
  return { jump, on }
}

/** What a replicator asks of its store, which may hold it at its `nth` request of a kind. */
const watched = (store: JournalStore, kind: "heads" | WriteStep["_tag"], nth: number) => {
  const calls: Array<string> = []
  const [reached, released] = [Deferred.makeUnsafe<void>(), Deferred.makeUnsafe<void>()]
  let met = 0
  const call = <A, E>(name: string, run: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      calls.push(name)
      if (!name.startsWith(kind) || ++met !== nth) return run
      const held = Effect.andThen(Deferred.succeed(reached, undefined), Deferred.await(released))
      return Effect.tap(run, () => held)
    })
  return {
    calls,
    reached: Deferred.await(reached),
    release: Deferred.succeed(released, undefined),
    store: {
      ...store,
      pointer: (of, partition) => call("pointer", store.pointer(of, partition)),
      heads: (of, ids) => call(`heads ${ids.join()}`, store.heads(of, ids)),
      write: (steps) =>
        call(
          steps.map((step) => (step._tag === "PutPointer" ? step._tag : `${step._tag} ${step.key.id}`)).join(),
          store.write(steps)
        )
    } satisfies JournalStore as JournalStore
  }
}

const world = Effect.fnUntraced(function* (atomic = false) {
  const store = MemoryStore.make({ atomic })
  const log = MemoryLog.make({ partitions: { [topic]: 1 } })
  const journals = makeJournals({ log, store, topic, payload: jsonPayload })
  const end = Effect.map(
    log.read({ topic, partition: 0, offset: 0, maxBytes: 1, maxWaitMs: 0 }),
    ({ stableEnd }) => stableEnd
  )
  /** Starts a replicator that tells when the log is in the store, as it believes. */
  const start = Effect.fnUntraced(function* (given: JournalStore, requestsAtOnce = 64) {
    const to = yield* end
    const done = Deferred.makeUnsafe<void>()
    yield* replicate({
      log,
      store: given,
      topics: [topic],
      requestsAtOnce,
      onEvent: (event) => {
        const told = event._tag === "Replicated" || event._tag === "Resumed"
        if (told && event.nextOffset >= to) Deferred.doneUnsafe(done, Effect.void)
      }
    })
    return Deferred.await(done)
  })
  const append = (id: string) => journals.journal(id).append([{ payload: 1 }])
  const replicateAll = Effect.scoped(Effect.flatten(start(store)))
  for (const id of ["a", "b"]) yield* append(id)
  return { store, start, append, replicateAll, purge: journals.journal("a").purge }
})

describe("a replicator that slept", () => {
  for (const [where, kind] of [
    ["has read the heads", "heads"],
    ["has written the events", "PutEvents"]
  ] as const) {
    it.live(`when it ${where} writes nothing more where another has gone on`, () =>
      Effect.gen(function* () {
        const { append, purge, replicateAll, start, store } = yield* world()
        const clock = jumpingClock()
        const sleeper = watched(store, kind, 1)
        const done = yield* clock.on(start(sleeper.store))
        yield* sleeper.reached
        yield* replicateAll
        yield* purge
        yield* append("a")
        yield* replicateAll
        const heads = Effect.forEach(["a", "b"], (id) => store.head({ topic, id }))
        const [pointer, kept] = [yield* store.pointer(topic, 0), yield* heads]
        const awake = sleeper.calls.length
        yield* clock.jump(minuteMs)
        yield* sleeper.release
        yield* done
        expect(sleeper.calls.slice(awake).filter((call) => call.includes("Put"))).toEqual([])
        expect([yield* store.pointer(topic, 0), yield* heads]).toEqual([pointer, kept])
      })
    )
  }

  it.live("begins none of the writes that had their turn to come", () =>
    Effect.gen(function* () {
      const { replicateAll, start, store } = yield* world()
      const clock = jumpingClock()
      const sleeper = watched(store, "PutEvents", 1)
      const done = yield* clock.on(start(sleeper.store, 1))
      yield* sleeper.reached
      yield* replicateAll
      yield* clock.jump(minuteMs)
      yield* sleeper.release
      yield* done
      expect(sleeper.calls.filter((call) => call.includes("Put"))).toEqual(["PutEvents a"])
    })
  )

  it.live("goes on after one look at the pointer where nobody has taken its place", () =>
    Effect.gen(function* () {
      const { start, store } = yield* world()
      const clock = jumpingClock()
      const sleeper = watched(store, "PutEvents", 2)
      const done = yield* clock.on(start(sleeper.store, 1))
      yield* sleeper.reached
      yield* clock.jump(minuteMs)
      yield* sleeper.release
      yield* done
      expect(sleeper.calls.filter((call) => call === "pointer").length).toBe(2)
      expect(sleeper.calls.at(-1)).toBe("PutPointer")
    })
  )
})

describe("a replicator that did not sleep", () => {
  it.live("reads the pointer once, when it begins", () =>
    Effect.gen(function* () {
      const { start, store } = yield* world()
      const { calls, store: seen } = watched(store, "heads", Infinity)
      yield* Effect.flatten(start(seen))
      expect(calls.filter((call) => call === "pointer").length).toBe(1)
    })
  )
})
