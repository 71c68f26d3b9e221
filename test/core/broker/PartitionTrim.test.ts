import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { killed, makeMemoryDisk, type MemoryDisk, powerCut, type Survival } from "../../../adapters/memory/index.ts"
import type { FsyncPolicy } from "../../../core/broker/BrokerConfig.ts"
import { DiskError } from "../../../core/ports/index.ts"
import { ErrorCode } from "../../../core/protocol/index.ts"
import { textRecord } from "../log/Arbitraries.ts"
import { append, batchOf, PartitionBench, valuesOf } from "./PartitionBench.ts"

const values = Array.from({ length: 10 }, (_, i) => `value-${i}`)

/** Ten records in segments of two. */
const withSegments = (fsync: FsyncPolicy = "none", disk: MemoryDisk = makeMemoryDisk()): PartitionBench => {
  const log = new PartitionBench({ fsync, segmentBytes: 170 }, disk)
  for (const value of values) log.ask(append(value))
  expect(log.state.segments.map(({ base }) => base)).toEqual([0, 2, 4, 6, 8])
  return log
}

const trim = (log: PartitionBench, offset: number) => log.ask({ _tag: "Trim", id: 7, offset })

const logFiles = (disk: MemoryDisk): ReadonlyArray<number> =>
  Effect.runSync(disk.list("orders-0")).flatMap(({ name }) => (name.endsWith(".log") ? Number.parseInt(name, 10) : []))

describe("a log that is to begin later", () => {
  it("says so once that is durable, and what was before is out of range", () => {
    const log = withSegments()
    expect(log.feed({ _tag: "Trim", id: 7, offset: 5 })).toEqual([])
    expect(log.state.logStart).toBe(0)
    expect(log.settle()).toEqual([{ _tag: "Trimmed", id: 7, errorCode: 0, logStart: 5 }])
    expect(log.fetch(4).errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE)
    expect(log.list(-2)).toMatchObject({ offset: 5 })
    expect(log.values()).toEqual(values.slice(5))
  })

  it("is the same log after a restart", () => {
    const log = withSegments()
    trim(log, 5)
    const again = new PartitionBench({}, log.disk)
    expect([again.state.logStart, again.values()]).toEqual([5, values.slice(5)])
    again.ask(append("next"))
    expect(again.fetch(10).records.length).toBeGreaterThan(0)
  })

  it("keeps nothing for -1, and goes on with the next offset", () => {
    const log = withSegments()
    expect(trim(log, -1)).toEqual([{ _tag: "Trimmed", id: 7, errorCode: 0, logStart: 10 }])
    expect(log.ask(append("next"))).toMatchObject([{ _tag: "Appended", baseOffset: 10, logStart: 10 }])
    expect(new PartitionBench({}, log.disk).values()).toEqual(["next"])
  })

  it("answers at once, with where it begins, when that is later already", () => {
    const log = withSegments()
    trim(log, 5)
    expect(log.feed({ _tag: "Trim", id: 8, offset: 3 })).toEqual([
      { _tag: "Trimmed", id: 8, errorCode: 0, logStart: 5 }
    ])
    expect(log.work).toEqual([])
  })

  it("answers several in their order, with one wait for the disk for those that come meanwhile", () => {
    const log = withSegments()
    for (const offset of [1, 5, 3]) log.feed({ _tag: "Trim", id: offset, offset })
    const answers = log.settle().filter(({ _tag }) => _tag === "Trimmed")
    expect(answers).toMatchObject([
      { id: 1, logStart: 1 },
      { id: 5, logStart: 5 },
      { id: 3, logStart: 5 }
    ])
  })

  it("cannot begin beyond its high watermark, or before -1", () => {
    const log = withSegments()
    for (const offset of [11, -2]) {
      expect(trim(log, offset)).toMatchObject([{ errorCode: ErrorCode.OFFSET_OUT_OF_RANGE, logStart: -1 }])
    }
    expect(log.values()).toEqual(values)
  })

  it("removes the files that lie wholly before, and no others", () => {
    const log = withSegments()
    trim(log, 5)
    expect(logFiles(log.disk)).toEqual([4, 6, 8])
    trim(log, 6)
    expect(logFiles(log.disk)).toEqual([6, 8])
    trim(log, -1)
    expect(logFiles(log.disk)).toEqual([8])
    expect(Effect.runSync(log.disk.list("orders-0")).map(({ name }) => name)).toHaveLength(3)
  })

  it("may begin inside a batch, which is still given whole", () => {
    const log = new PartitionBench()
    log.ask(append("a", "b", "c"))
    trim(log, 1)
    expect(log.fetch(0).errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE)
    expect(valuesOf(log.fetch(1).records, 1)).toEqual(["b", "c"])
  })

  it("waits for who reads before it removes what they read", () => {
    const log = withSegments()
    log.feed({ _tag: "Fetch", id: 1, offset: 0, maxBytes: 1, isolation: "committed" })
    log.feed({ _tag: "Trim", id: 7, offset: 5 })
    while (log.work.length > 1) log.perform(1)
    expect([log.state.logStart, logFiles(log.disk)]).toEqual([5, [0, 2, 4, 6, 8]])
    expect(log.perform(0)).toMatchObject([{ _tag: "Fetched", errorCode: 0 }])
    log.settle()
    expect(logFiles(log.disk)).toEqual([4, 6, 8])
  })

  it("is closed only after its files are removed", () => {
    const log = withSegments()
    log.feed({ _tag: "Trim", id: 7, offset: 5 })
    log.feed({ _tag: "Close", id: 8 })
    expect(log.settle().map(({ _tag }) => _tag)).toEqual(["Trimmed", "Closed"])
    expect(logFiles(log.disk)).toEqual([4, 6, 8])
  })

  it("answers a storage error, and stays as it is, when the disk refuses", () => {
    const log = withSegments()
    log.feed({ _tag: "Trim", id: 7, offset: 5 })
    const error = new DiskError({ reason: "Io", operation: "sync", path: "p", message: "It refuses." })
    const said = log.feed({ _tag: "Failed", id: log.work[0]?.id ?? 0, error })
    expect(said).toContainEqual({ _tag: "Trimmed", id: 7, errorCode: ErrorCode.KAFKA_STORAGE_ERROR, logStart: -1 })
    expect(log.state.logStart).toBe(0)
  })

  it("goes on, and says so, when only its files cannot be removed; the next start removes them", () => {
    const log = withSegments()
    log.feed({ _tag: "Trim", id: 7, offset: 5 })
    log.perform()
    const error = new DiskError({ reason: "Io", operation: "remove", path: "p", message: "It refuses." })
    const said = log.feed({ _tag: "Failed", id: log.work.shift()?.id ?? 0, error })
    expect(said).toMatchObject([{ _tag: "RemovalFailed", message: expect.stringContaining("orders-0") as string }])
    expect(log.values()).toEqual(values.slice(5))
    expect(new PartitionBench({}, log.disk).values()).toEqual(values.slice(5))
    expect(logFiles(log.disk)).toEqual([4, 6, 8])
  })
})

describe("a look-up of a time in a log that begins later", () => {
  const timed = (...times: ReadonlyArray<number>) => ({
    ...append("x"),
    batches: [batchOf(times.map((timestamp) => textRecord("x", timestamp)))]
  })

  it("finds no record before the start, neither in its batch nor in its segment", () => {
    const log = new PartitionBench({ segmentBytes: 300 })
    for (const batch of [timed(90, 10, 20), timed(80), timed(15), timed(30), timed(40), timed(50)]) log.ask(batch)
    expect(log.state.segments.length).toBeGreaterThan(1)
    trim(log, 1)
    expect(log.list(5)).toMatchObject({ offset: 1, timestamp: 10 })
    expect(log.list(25)).toMatchObject({ offset: 3, timestamp: 80 })
    trim(log, 4)
    expect(log.list(25)).toMatchObject({ offset: 5, timestamp: 30 })
    expect(log.list(45)).toMatchObject({ offset: 7, timestamp: 50 })
    expect(log.list(60)).toMatchObject({ offset: -1, timestamp: -1 })
  })

  it("gives the start for the greatest timestamp when that was before it", () => {
    const log = new PartitionBench()
    for (const batch of [timed(90), timed(10)]) log.ask(batch)
    trim(log, 1)
    expect(log.list(-3)).toMatchObject({ offset: 1 })
  })
})

describe("a crash while a log is made to begin later", () => {
  const survivals: ReadonlyArray<readonly [name: string, survival: Survival]> = [
    ["of the process", killed],
    ["of the machine", powerCut],
    ["of the machine that keeps names and loses bytes", { bytes: () => 0, entries: "last" }],
    ["of the machine that keeps bytes and loses names", { bytes: (_, unsynced) => unsynced, entries: "synced" }]
  ]
  for (const fsync of ["none", "always"] as const) {
    for (const [name, survival] of survivals) {
      it(`${name}, with fsync ${fsync}, at any step, leaves it as it was or as it is to be`, () => {
        let steps = 0
        for (let isOver = false; !isOver; steps++) {
          const log = withSegments(fsync, makeMemoryDisk({ crashable: true }))
          const synced = fsync === "always" || survival === killed ? 10 : log.state.synced
          log.disk.crashAfter(steps)
          let isAnswered = false
          try {
            isAnswered = trim(log, 5).some(({ _tag }) => _tag === "Trimmed")
            isOver = true
          } catch (error) {
            if (!(error instanceof DiskError)) throw error
            isAnswered = log.state.logStart === 5
          }
          const again = new PartitionBench({ fsync }, log.disk.crashed(survival))
          expect(isAnswered ? [5] : [0, 5]).toContain(again.state.logStart)
          const found = again.values()
          expect(found).toEqual(values.slice(again.state.logStart, again.state.highWatermark))
          expect(again.state.highWatermark).toBeGreaterThanOrEqual(again.state.logStart === 5 ? 10 : synced)
          again.ask(append("next"))
          expect(new PartitionBench({}, again.disk.crashed(killed)).values()).toEqual([...found, "next"])
        }
        expect(steps).toBeGreaterThan(10)
      })
    }
  }
})

describe("a machine that ends while a log is opened again whose process was killed", () => {
  it("leaves a log that begins where it began or is to begin, with all records from there on", () => {
    const survivals: ReadonlyArray<Survival> = [
      powerCut,
      { bytes: () => 0, entries: "last" },
      { bytes: (_, unsynced) => unsynced, entries: "synced" }
    ]
    const until = (steps: number, disk: MemoryDisk, act: () => void): void => {
      disk.crashAfter(steps)
      try {
        act()
      } catch (error) {
        if (!(error instanceof DiskError)) throw error
      }
    }
    const { disk } = withSegments("always", makeMemoryDisk({ crashable: true }))
    for (const survival of survivals) {
      for (let first = 0; first < 80; first++) {
        const log = new PartitionBench({ fsync: "always" }, disk.crashed(killed))
        until(first, log.disk, () => trim(log, 5))
        for (const second of [0, 1, 2, 3, 5, 8, 13, Infinity]) {
          const killedDisk = log.disk.crashed(killed)
          until(second, killedDisk, () => new PartitionBench({}, killedDisk))
          const again = new PartitionBench({}, killedDisk.crashed(survival))
          expect([0, 5]).toContain(again.state.logStart)
          expect(again.values()).toEqual(values.slice(again.state.logStart))
        }
      }
    }
  })
})
