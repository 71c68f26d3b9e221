import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/testing/TestClock"
import { MemoryLog, MemoryStore } from "../../../adapters/memory/index.ts"
import { replicate } from "../../../core/journal/index.ts"
import { CommitLogError, JournalStoreError } from "../../../core/ports/index.ts"
import type { CommitLog, JournalStore } from "../../../core/ports/index.ts"
import { recordOf } from "../../../core/scenarios/journal/JournalModel.ts"
import { numbers } from "./JournalWorld.ts"

const topic = "orders"
const minute = 60_000

/** Lets time pass, in steps in each of which everything comes to wait for time. */
const pass = Effect.fnUntraced(function* (millis: number, step = 100) {
  for (let passed = 0; passed < millis; passed += step) {
    for (const _ of numbers(1, 10)) yield* Effect.yieldNow
    yield* TestClock.adjust(step)
  }
})

/** What can be taken away: it fails, or it does not answer. */
type Way = "up" | "fails" | "hangs"

const world = (atomic: boolean) => {
  const memory = { log: MemoryLog.make({ partitions: { [topic]: 1 } }), store: MemoryStore.make({ atomic }) }
  const ways: { log: Way; store: Way } = { log: "up", store: "up" }
  let reads = 0
  const through = <A, E>(side: "log" | "store", error: E, effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      if (ways[side] === "up") return effect
      return ways[side] === "fails" ? Effect.fail(error) : Effect.never
    })
  const storeDown = new JournalStoreError({ reason: "Unreachable", operation: "any", message: "It is down." })
  const logDown = new CommitLogError({ reason: "Unreachable", operation: "read", message: "It is down." })
  const store: JournalStore = {
    ...memory.store,
    pointer: (of, partition) => through("store", storeDown, memory.store.pointer(of, partition)),
    head: (key) => through("store", storeDown, memory.store.head(key)),
    heads: (...asked) => through("store", storeDown, memory.store.heads(...asked)),
    write: (steps) => through("store", storeDown, memory.store.write(steps))
  }
  const log: CommitLog = {
    ...memory.log,
    read: (request) => Effect.suspend(() => ((reads += 1), through("log", logDown, memory.log.read(request))))
  }
  let written = 0
  const append = Effect.fnUntraced(function* (count: number) {
    for (const _ of numbers(1, count)) {
      written++
      const record = recordOf(`journal-${written % 7}`, { _tag: "Append", seqNrs: [Math.ceil(written / 7)] }, "x")
      yield* memory.log.append({ topic, partition: 0, ...record })
    }
  })
  const stored = Effect.gen(function* () {
    const rows = yield* Effect.forEach(numbers(0, 6), (n) =>
      memory.store.events({ key: { topic, id: `journal-${n}` }, from: 1, to: 1e6, limit: 1e6 })
    )
    return rows.flat().length
  })
  return { log, store, ways, append, stored, written: () => written, reads: () => reads }
}

const quiet = Effect.provide(Logger.layer([]))

describe("a replicator", () => {
  for (const side of ["store", "log"] as const) {
    for (const way of ["fails", "hangs"] as const) {
      it.effect.each([true, false])(
        `is soon up to date, and then as quick as before, when the ${side} ${way} for ten minutes; atomic: %s`,
        (atomic) =>
          Effect.gen(function* () {
            const { append, log, store, stored, ways, written } = world(atomic)
            const { status } = yield* replicate({ log, store, topics: [topic] })
            yield* append(20)
            yield* pass(1000)
            expect(yield* stored).toBe(20)

            ways[side] = way
            for (const _ of numbers(1, 10)) {
              yield* append(50)
              yield* pass(minute, 1000)
            }
            expect(status()[0]?.stalled).toMatchObject({ error: { reason: "Unavailable" } })
            ways[side] = "up"
            // The longest pause, and for what hangs the rest of its deadline.
            yield* pass(way === "hangs" ? 61_000 : 31_000, 1000)
            expect(yield* stored).toBe(written())
            expect(status()).toMatchObject([{ lag: 0, stalled: undefined }])

            yield* append(1)
            yield* pass(500)
            expect(yield* stored).toBe(written())

            // What fails next is tried again at once: the pauses have begun anew.
            ways[side] = "fails"
            yield* append(1)
            yield* pass(300)
            ways[side] = "up"
            yield* pass(1000)
            expect(yield* stored).toBe(written())
          }).pipe(quiet)
      )
    }
  }

  it.effect("stops reading the log while the store takes nothing", () =>
    Effect.gen(function* () {
      const { append, log, reads, store, ways } = world(true)
      yield* replicate({ log, store, topics: [topic] })
      yield* append(5)
      yield* pass(1000)
      ways.store = "fails"
      yield* append(5)
      yield* pass(5000)
      const before = reads()
      yield* append(100)
      yield* pass(5 * minute, 1000)
      expect(reads() - before).toBeLessThan(3)
    }).pipe(quiet)
  )
})
