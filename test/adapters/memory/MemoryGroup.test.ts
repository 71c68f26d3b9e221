import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect } from "vitest"
import { MemoryGroup, type MemoryGroupTimes, MemoryLog } from "../../../adapters/memory/index.ts"
import { consumerGroupContract } from "../../../core/ports/contract/index.ts"
import { CommitLogError, type CommitLogErrorReason, type GroupEvent } from "../../../core/ports/index.ts"

const subject = Effect.gen(function* () {
  const counts = new Map([["t", 6]])
  const group = yield* MemoryGroup.make({
    id: "g",
    log: { partitions: (topic) => Effect.sync(() => counts.get(topic) ?? 0) },
    discoveryMs: 50
  })
  return {
    topic: "t",
    partitions: 6,
    newTopic: "new",
    setPartitions: (topic: string, count: number) => Effect.sync(() => counts.set(topic, count)),
    process: (times: MemoryGroupTimes) => Effect.sync(() => group.process(times))
  }
})

describe("a group in memory keeps the contract of a consumer group", () => {
  for (const { name, run } of consumerGroupContract(subject)) {
    it.live(name, () => Effect.scoped(run))
  }
})

describe("MemoryGroup", () => {
  it.effect("lives on virtual time: a vanished member is replaced when its session is over, and not before", () =>
    Effect.gen(function* () {
      const log = MemoryLog.make({ partitions: { t: 2 } })
      const group = yield* MemoryGroup.make({ id: "g", log, sessionTimeoutMs: 1000 })
      const told: Array<string> = []
      const member = (name: string) => {
        const process = group.process()
        const owner = ({ _tag, partitions }: GroupEvent) =>
          Effect.sync(() => told.push(`${name} ${_tag} ${partitions.map(({ partition }) => partition).join()}`))
        return Effect.as(process.group.join(["t"], owner), process)
      }
      const first = yield* member("a")
      yield* TestClock.adjust(0)
      yield* member("b")
      yield* TestClock.adjust(0)
      expect(told).toEqual(["a Assigned 0,1", "a Revoked 1", "b Assigned 1"])
      yield* first.vanish
      yield* TestClock.adjust(999)
      expect(told.length).toBe(3)
      yield* TestClock.adjust(1)
      expect(told.slice(3)).toEqual(["a Lost 0", "b Assigned 0"])
    })
  )

  it.effect("fails ended with a defect of the owner, and goes on for the others", () =>
    Effect.gen(function* () {
      const log = MemoryLog.make({ partitions: { t: 2 } })
      const group = yield* MemoryGroup.make({ id: "g", log })
      const { ended } = yield* group.join(["t"], () => Effect.die("broken"))
      yield* TestClock.adjust(0)
      expect(yield* Effect.exit(ended)).toEqual(Exit.die("broken"))
      const has: Array<GroupEvent> = []
      yield* group.join(["t"], (event) => Effect.sync(() => has.push(event)))
      yield* TestClock.adjust(0)
      expect(has.map(({ _tag }) => _tag)).toEqual(["Assigned"])
    })
  )

  it.effect("takes nothing back because the log does not say how many partitions there are, until they are gone", () =>
    Effect.gen(function* () {
      let reason: CommitLogErrorReason | undefined
      const partitions = (topic: string) =>
        Effect.suspend(() =>
          reason === undefined
            ? Effect.succeed(2)
            : Effect.fail(new CommitLogError({ operation: "topics", topic, reason, message: "Not now." }))
        )
      const group = yield* MemoryGroup.make({ id: "g", log: { partitions }, discoveryMs: 100 })
      const told: Array<string> = []
      yield* group.join(["t"], ({ _tag, partitions: some }) => Effect.sync(() => told.push(`${_tag} ${some.length}`)))
      yield* TestClock.adjust(0)
      reason = "Unreachable"
      yield* TestClock.adjust(1000)
      expect(told).toEqual(["Assigned 2"])
      reason = "UnknownTopic"
      yield* TestClock.adjust(1000)
      expect(told).toEqual(["Assigned 2", "Revoked 2"])
    })
  )
})
