import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { MemoryLog, MemoryStore } from "../../../adapters/memory/index.ts"
import { jsonPayload, makeJournals, measureJournals } from "../../../core/journal/index.ts"
import { CommitLogError } from "../../../core/ports/index.ts"

const world = () => {
  const inner = MemoryLog.make({ partitions: 1 })
  let down = false
  let delay = 0
  const error = new CommitLogError({ reason: "Unreachable", operation: "append", message: "It is down." })
  const log: typeof inner = {
    ...inner,
    append: (request) => Effect.suspend(() => (down ? Effect.fail(error) : Effect.delay(inner.append(request), delay)))
  }
  const journals = measureJournals(
    makeJournals({ log, store: MemoryStore.make(), topic: "orders", payload: jsonPayload })
  )
  return {
    journals,
    stop: () => {
      down = true
    },
    slow: (millis: number) => {
      delay = millis
    }
  }
}

const read = Effect.map(Metric.snapshot, (all) =>
  Object.fromEntries(
    all.map(({ attributes, id, state }) => [
      [id, ...Object.values(attributes ?? {})].join(" "),
      "sum" in state ? { count: state.count, sum: state.sum } : "count" in state ? state.count : undefined
    ])
  )
)

const alone = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provideService(effect, Metric.MetricRegistry, new Map())

describe("journals that are measured", () => {
  it.effect("count operations by their results, and events that are appended and read", () =>
    alone(
      Effect.gen(function* () {
        const { journals, stop } = world()
        const journal = journals.journal("a")
        yield* journal.append([{ payload: 1 }, { payload: 2 }])
        yield* journal.append([{ payload: 3 }])
        yield* journal.delete(1)
        expect(yield* Stream.runCollect(journal.read())).toHaveLength(2)
        yield* journals.journal("b").purge
        expect(yield* journal.pointer).toBe(3)
        stop()
        yield* Effect.flip(journal.pointer)
        expect(yield* read).toMatchObject({
          "journal_results orders append success": 2,
          "journal_results orders delete success": 1,
          "journal_results orders read success": 1,
          "journal_results orders purge success": 1,
          "journal_results orders pointer success": 1,
          "journal_results orders pointer failure": 1,
          "journal_events orders append": 3,
          "journal_events orders read": 2
        })
      })
    )
  )

  it.effect("time operations in seconds, and not those that are interrupted", () =>
    alone(
      Effect.gen(function* () {
        const { journals, slow } = world()
        const journal = journals.journal("a")
        yield* journal.append([{ payload: 1 }])
        slow(500)
        const pointer = yield* Effect.forkChild(journal.pointer, { startImmediately: true })
        yield* TestClock.adjust(500)
        expect(yield* Fiber.join(pointer)).toBe(1)
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* Effect.forkScoped(journal.pointer, { startImmediately: true })
            yield* TestClock.adjust(100)
          })
        )
        expect(yield* read).toMatchObject({
          "journal_topic_latency orders pointer": { count: 1, sum: 0.5 },
          "journal_results orders pointer success": 1
        })
      })
    )
  )
})
