import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { describe, expect, it } from "vitest"
import { MemoryLog } from "../../../adapters/memory/MemoryLog.ts"
import { commitLogContract } from "../../../core/ports/contract/index.ts"

const run = Effect.runPromise

const append = (log: MemoryLog, value: number, topic = "t", partition = 0) =>
  log.append({ topic, partition, key: null, value: new Uint8Array([value]), headers: [], timestamp: value })

const read = (log: MemoryLog, offset: number, maxWaitMs = 0, topic = "t") =>
  log.read({ topic, partition: 0, offset, maxBytes: 1000, maxWaitMs })

describe("a log in memory keeps the contract", () => {
  const make = Effect.sync(() => ({
    log: MemoryLog.make({ partitions: { topic: 3, other: 1 }, maxRecordBytes: 200_000 }),
    topic: "topic",
    partitions: 3,
    missingTopic: "missing",
    tooLarge: 200_000
  }))
  for (const { name, run: claim } of commitLogContract(make)) {
    it(name, () => run(Effect.scoped(claim)))
  }
})

describe("MemoryLog", () => {
  it("creates a topic when it is first named, with the number of partitions that was asked", async () => {
    const log = MemoryLog.make({ partitions: 4 })
    expect(await run(log.topics)).toEqual([])
    expect(await run(append(log, 1, "b", 3))).toBe(0)
    expect(await run(log.partitions("a"))).toBe(4)
    expect((await run(read(log, 0, 0, "c"))).records).toEqual([])
    expect(await run(log.topics)).toEqual(["a", "b", "c"])
  })

  it("keeps a topic's records when an effect that was made before the topic is run again", async () => {
    const log = MemoryLog.make()
    const count = log.partitions("t")
    await run(count)
    await run(append(log, 1))
    await run(count)
    expect((await run(read(log, 0))).records.length).toBe(1)
  })

  it("starts at the offset that it was trimmed to, and keeps its end", async () => {
    const log = MemoryLog.make()
    for (let i = 0; i < 5; i++) await run(append(log, i))
    await run(log.trim("t", 0, 3))
    const page = await run(read(log, 3))
    expect(page.records.map((record) => record.offset)).toEqual([3, 4])
    expect(page).toMatchObject({ logStart: 3, nextOffset: 5, stableEnd: 5 })
    expect(await run(append(log, 5))).toBe(5)
  })

  it("refuses positions below its start with OffsetOutOfRange, and names the start", async () => {
    const log = MemoryLog.make()
    for (let i = 0; i < 5; i++) await run(append(log, i))
    await run(log.trim("t", 0, 3))
    const error = await run(Effect.flip(read(log, 2)))
    expect(error).toMatchObject({ reason: "OffsetOutOfRange", topic: "t", partition: 0, offset: 2, logStart: 3 })
    expect(error.message).toBe("Offset 2 is outside of t-0, which has 3 to 5: choose a position in it.")
  })

  it("is neither trimmed beyond its end nor back", async () => {
    const log = MemoryLog.make()
    for (let i = 0; i < 3; i++) await run(append(log, i))
    await run(log.trim("t", 0, 100))
    await run(log.trim("t", 0, 1))
    expect(await run(read(log, 3))).toEqual({ records: [], nextOffset: 3, logStart: 3, stableEnd: 3 })
  })

  it("wakes every reader that waits", async () => {
    const log = MemoryLog.make()
    const program = Effect.gen(function* () {
      const readers = yield* Effect.forEach([1, 2, 3], () =>
        Effect.forkChild(read(log, 0, 20_000), { startImmediately: true })
      )
      yield* append(log, 7)
      return yield* Effect.forEach(readers, (reader) => Fiber.join(reader))
    })
    const pages = await run(program)
    expect(pages.map((page) => page.records.length)).toEqual([1, 1, 1])
  })
})
