import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { MaxOpsBeforeYield } from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import { MemoryLog, MemoryStore } from "../../../../adapters/memory/index.ts"
import type { ReplicatorEvent } from "../../../../core/journal/index.ts"
import { runningPartitions } from "../../../../core/journal/replicate/RunningPartitions.ts"
import type { JournalStore } from "../../../../core/ports/index.ts"
import { numbers } from "../JournalWorld.ts"

const here = { topic: "orders", partition: 0 }

/** Running partitions, and what happens to them. */
const world = (store: JournalStore = MemoryStore.make()) =>
  Effect.gen(function* () {
    const events: Array<ReplicatorEvent["_tag"]> = []
    const log = MemoryLog.make({ partitions: { orders: 1 } })
    const partitions = yield* runningPartitions({ log, store }, ({ _tag }) => events.push(_tag))
    return { events, partitions }
  })

/** Lets everything come to wait for time. */
const settle = Effect.forEach(numbers(1, 30), () => TestClock.adjust(0), { discard: true })

describe("running partitions", () => {
  it.effect("one that a defect has ended is finished at once", () =>
    Effect.gen(function* () {
      const { partitions } = yield* world({ ...MemoryStore.make(), pointer: () => Effect.die("broken") })
      yield* partitions.start(here)
      yield* Effect.exit(partitions.join)
      const finished = yield* Effect.forkChild(partitions.finish([here]), { startImmediately: true })
      yield* settle
      expect(finished.pollUnsafe()?._tag).toBe("Success")
    })
  )

  it.effect("one whose start is interrupted, wherever, is finished with the others or does not run", () =>
    Effect.gen(function* () {
      for (const steps of numbers(0, 40)) {
        const { events, partitions } = yield* world()
        const started = yield* Effect.forkChild(Effect.provideService(partitions.start(here), MaxOpsBeforeYield, 4))
        for (let step = 0; step < steps; step++) yield* Effect.yieldNow
        yield* Fiber.interrupt(started)
        yield* partitions.finishAll
        yield* settle
        const [ran, ended] = [events.includes("Resumed"), events.includes("Released")]
        expect({ steps, goesOn: ran && !ended, known: partitions.status() }).toEqual({
          steps,
          goesOn: false,
          known: []
        })
      }
    })
  )
})
