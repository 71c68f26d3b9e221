import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import { MemoryLog, MemoryNetwork, MemoryStore } from "../../../../../adapters/memory/index.ts"
import { encodeUtf8 } from "../../../../../core/bytes/index.ts"
import { actionHeaderName } from "../../../../../core/journal/index.ts"
import { CommitLogError } from "../../../../../core/ports/index.ts"
import { partitionStates, reach, readEnds, watchPointers } from "../../../../../runtimes/node/cli/doctor/Probes.ts"
import { ScriptedBroker } from "../../../../core/client/ScriptedBroker.ts"

const record = (timestamp: number, header?: string) => ({
  topic: "t",
  partition: 0,
  key: encodeUtf8("a"),
  value: null,
  headers: header === undefined ? [] : [{ name: actionHeaderName, value: encodeUtf8(header) }],
  timestamp
})

const putPointer = (offset: number, previous?: number) =>
  ({ _tag: "PutPointer", topic: "t", partition: 0, offset, previous }) as const

describe("reach", () => {
  it.live("a broker that takes the connection and never answers is given up at the deadline", () =>
    Effect.gen(function* () {
      const network = MemoryNetwork.make()
      const broker = yield* ScriptedBroker.start({ network, topics: {}, script: () => ({ _tag: "Silence" }) })
      const address = `${broker.address.host}:${broker.address.port}`
      const result = yield* reach({ network }, address, 100)
      expect(Result.isFailure(result) && result.failure.message).toMatch(
        /did not answer|No answer came .*within 100 ms/
      )
      expect(Result.isFailure(result) && result.failure.message).toContain(address)
    })
  )

  it.live("what is no address is refused without a connection", () =>
    Effect.gen(function* () {
      const result = yield* reach({ network: MemoryNetwork.make() }, "a:0", 100)
      expect(Result.isFailure(result) && result.failure.message).toBe('"a:0" is no broker\'s address: write HOST:PORT.')
    })
  )
})

describe("readEnds", () => {
  it.live("tells the ends of a partition, and the time of its last record", () =>
    Effect.gen(function* () {
      const log = MemoryLog.make({ partitions: { t: 1 } })
      expect(yield* readEnds(log, "t", 0, 1000)).toEqual({ partition: 0, logStart: 0, end: 0, newest: undefined })
      yield* log.append(record(5))
      yield* log.append(record(7))
      expect(yield* readEnds(log, "t", 0, 1000)).toEqual({ partition: 0, logStart: 0, end: 2, newest: 7 })
    })
  )

  it.live("begins where the log does, when its beginning is gone", () =>
    Effect.gen(function* () {
      const log = MemoryLog.make({ partitions: { t: 1 } })
      yield* log.append(record(5))
      yield* log.append(record(7))
      const trimmed: typeof log = {
        ...log,
        read: (request) =>
          request.offset === 0
            ? Effect.fail(
                new CommitLogError({
                  reason: "OffsetOutOfRange",
                  operation: "read",
                  logStart: 1,
                  message: "It is gone."
                })
              )
            : Effect.map(log.read(request), (page) => ({ ...page, logStart: 1 }))
      }
      expect(yield* readEnds(trimmed, "t", 0, 1000)).toMatchObject({ logStart: 1, end: 2 })
    })
  )

  it.live("tells why a partition cannot be read", () =>
    Effect.gen(function* () {
      const ends = yield* readEnds(MemoryLog.make({ partitions: { t: 1 } }), "t", 5, 1000)
      expect(ends).toMatchObject({ partition: 5, failure: expect.stringContaining("no partition 5") })
    })
  )
})

describe("partitionStates", () => {
  it.live("tells the time of the first record that waits, and the place of one that cannot be read", () =>
    Effect.gen(function* () {
      const log = MemoryLog.make({ partitions: { t: 1 } })
      const store = MemoryStore.make()
      for (const one of [record(1), record(2), record(3), record(4, "{")]) yield* log.append(one)
      yield* store.write([putPointer(0)])
      const ends = { partition: 0, logStart: 0, end: 4 }
      const [state] = Result.getOrThrow(yield* partitionStates(log, store, "t", [ends], 1000))
      expect(state).toMatchObject({ pointer: 0, oldest: 2, poison: { offset: 3 } })
      expect(state?.poison?.problem).toMatch(/^whose header cannot be read \(.+\)$/)
    })
  )

  it.live("looks at the end of the log again where the store is further by now", () =>
    Effect.gen(function* () {
      const log = MemoryLog.make({ partitions: { t: 1 } })
      const store = MemoryStore.make()
      for (const one of [record(1), record(2), record(3)]) yield* log.append(one)
      yield* store.write([putPointer(1)])
      const early = { partition: 0, logStart: 0, end: 1 }
      expect(Result.getOrThrow(yield* partitionStates(log, store, "t", [early], 1000))).toMatchObject([
        { pointer: 1, end: 3, oldest: 3 }
      ])
    })
  )
})

describe("watchPointers", () => {
  const waiting = {
    partition: 0,
    logStart: 0,
    end: 4,
    pointer: 0,
    later: 0,
    oldest: 2,
    poison: undefined,
    belonging: { _tag: "Unknown" }
  } as const

  it.effect("ends as soon as what waits has moved", () =>
    Effect.gen(function* () {
      const store = MemoryStore.make()
      yield* store.write([putPointer(0)])
      const watching = yield* Effect.forkChild(watchPointers(store, "t", [waiting], 2000), { startImmediately: true })
      yield* TestClock.adjust(500)
      expect(watching.pollUnsafe()).toBeUndefined()
      yield* store.write([putPointer(2, 0)])
      yield* TestClock.adjust(100)
      expect(yield* Fiber.join(watching)).toEqual([{ ...waiting, later: 2 }])
    })
  )

  it.effect("ends with the time where nothing moves", () =>
    Effect.gen(function* () {
      const store = MemoryStore.make()
      yield* store.write([putPointer(0)])
      const watching = yield* Effect.forkChild(watchPointers(store, "t", [waiting], 2000), { startImmediately: true })
      yield* TestClock.adjust(2000)
      expect(yield* Fiber.join(watching)).toEqual([waiting])
    })
  )

  it.effect("takes no time where nothing waits, or only what cannot be read, or for another store", () =>
    Effect.gen(function* () {
      const poison = { offset: 1, problem: "whose header cannot be read" }
      const first = { id: "a", offset: 0, store: "nothing of it" }
      const states = [
        { ...waiting, poison },
        { ...waiting, belonging: { _tag: "Other", pointer: 0, first, others: 0 } as const },
        { ...waiting, pointer: 3, later: 3 }
      ]
      expect(yield* watchPointers(MemoryStore.make(), "t", states, 2000)).toEqual(states)
    })
  )
})
