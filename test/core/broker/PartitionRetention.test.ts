import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { killed, makeMemoryDisk, powerCut } from "../../../adapters/memory/index.ts"
import { DiskError } from "../../../core/ports/index.ts"
import { partitionLog } from "../../../core/broker/PartitionLog.ts"
import type { PartitionLogConfig } from "../../../core/broker/PartitionState.ts"
import { textRecord } from "../log/Arbitraries.ts"
import { append, batchOf, PartitionBench } from "./PartitionBench.ts"

const timed = (timestamp: number) => ({ ...append("x"), batches: [batchOf([textRecord("x", timestamp)])] })

/** Records of these times, two in a segment, at the time 1000. */
const withTimes = (
  times: ReadonlyArray<number>,
  config: Partial<PartitionLogConfig>,
  disk = makeMemoryDisk()
): PartitionBench => {
  const log = new PartitionBench({ segmentBytes: 150, retentionCheckMs: 10, ...config }, disk)
  log.feed({ _tag: "Tick", now: 1000 })
  for (const time of times) log.ask(timed(time))
  return log
}

const tick = (log: PartitionBench, now: number): void => {
  log.feed({ _tag: "Tick", now })
  log.settle()
}

const bases = (log: PartitionBench): ReadonlyArray<number> => log.state.segments.map(({ base }) => base)

describe("a log with a bound on the age of records", () => {
  it("gives up segments of which every record is older, and no later ones, however old they are", () => {
    const log = withTimes([10, 20, 30, 400, 50, 60, 70], { retentionMs: 800 })
    expect(bases(log)).toEqual([0, 2, 4, 6])
    tick(log, 1010)
    expect([log.state.logStart, bases(log)]).toEqual([2, [2, 4, 6]])
    tick(log, 1201)
    expect(log.state.logStart).toBe(7)
  })

  it("keeps a record for as long as was said, to the millisecond", () => {
    const log = withTimes([500, 500, 900], { retentionMs: 600 })
    tick(log, 1100)
    expect(log.state.logStart).toBe(0)
    tick(log, 1110)
    expect(log.state.logStart).toBe(2)
  })

  it("closes the segment that is written when all of it has expired, and goes on with the next offset", () => {
    const log = withTimes([500], { retentionMs: 100 })
    tick(log, 1010)
    expect([log.state.logStart, bases(log)]).toEqual([1, [1]])
    expect(log.ask(timed(1010))).toMatchObject([{ _tag: "Appended", baseOffset: 1, logStart: 1 }])
    expect(Effect.runSync(log.disk.list("orders-0")).filter(({ name }) => name.endsWith(".log"))).toHaveLength(1)
  })

  it("writes what comes while it closes an expired segment into the next one", () => {
    const log = withTimes([500], { retentionMs: 100 })
    log.feed({ _tag: "Tick", now: 1010 })
    log.feed(timed(1010))
    expect(log.settle().filter(({ _tag }) => _tag === "Appended")).toMatchObject([{ baseOffset: 1 }])
    expect([log.state.logStart, log.state.highWatermark, bases(log)]).toEqual([1, 2, [1]])
  })

  it("keeps an expired segment after all when a record comes to it before it is closed", () => {
    const log = withTimes([500], { retentionMs: 100 })
    log.feed(timed(1010))
    log.feed({ _tag: "Tick", now: 1010 })
    log.settle()
    expect([log.state.logStart, log.state.highWatermark]).toEqual([0, 2])
    tick(log, 1111)
    expect(log.state.logStart).toBe(2)
  })

  it("never gives up records without a time", () => {
    const log = withTimes([-1, -1, -1], { retentionMs: 0 })
    tick(log, 1_000_000)
    expect(log.state.logStart).toBe(0)
  })
})

describe("a log with a bound on its size", () => {
  it("gives up the oldest segments without which it still has as much as was said", () => {
    const log = withTimes([10, 20, 30, 40, 50, 60, 70], { retentionBytes: 300 })
    const sizes = log.state.segments.map(({ size }) => size)
    expect(sizes.slice(2).reduce((a, b) => a + b)).toBeLessThan(300)
    expect(sizes.slice(1).reduce((a, b) => a + b)).toBeGreaterThanOrEqual(300)
    tick(log, 1010)
    expect(bases(log)).toEqual([2, 4, 6])
  })

  it("keeps the segment that is written, however large it is", () => {
    const log = withTimes([10], { retentionBytes: 0 })
    tick(log, 1010)
    expect([log.state.logStart, log.state.highWatermark]).toEqual([0, 1])
  })
})

describe("the look at what a log need not keep", () => {
  it("comes at most once in its interval, and never for a log that keeps everything", () => {
    const log = withTimes([10, 20, 30], { retentionMs: 5 })
    expect(partitionLog.wakeAt?.(log.state)).toBe(1010)
    tick(log, 1009)
    expect(log.state.logStart).toBe(0)
    expect(partitionLog.wakeAt?.(withTimes([10, 20, 30], {}).state)).toBeUndefined()
  })

  it("is not needed once nothing is left, until something is written", () => {
    const log = withTimes([10], { retentionMs: 5 })
    tick(log, 1010)
    tick(log, 1020)
    expect([log.state.logStart, partitionLog.wakeAt?.(log.state)]).toEqual([1, undefined])
    log.ask(timed(1020))
    expect(partitionLog.wakeAt?.(log.state)).toBe(1030)
  })

  it("does nothing to a log that is closed: its files may be gone", () => {
    const log = withTimes([10, 20, 30], { retentionMs: 5 })
    expect(log.ask({ _tag: "Close", id: 1 })).toMatchObject([{ _tag: "Closed" }])
    expect(log.feed({ _tag: "Tick", now: 1010 })).toEqual([])
    expect(partitionLog.wakeAt?.(log.state)).toBeUndefined()
  })

  it("comes first thing after a restart, when there is something to look at", () => {
    const { disk } = withTimes([10, 20, 30], { retentionMs: 5 })
    const again = new PartitionBench({ retentionMs: 5 }, disk)
    tick(again, 2000)
    expect(again.state.logStart).toBe(3)
  })
})

describe("a crash while records are given up", () => {
  it.each([
    ["process", killed],
    ["machine", powerCut]
  ] as const)("of the %s, at any step, loses none that was to be kept", (_, survival) => {
    let steps = 0
    for (let isOver = false; !isOver; steps++) {
      const disk = makeMemoryDisk({ crashable: true })
      const log = withTimes([10, 20, 30, 40, 990], { retentionMs: 100, fsync: "always" }, disk)
      disk.crashAfter(steps)
      try {
        tick(log, 1010)
        isOver = true
      } catch (error) {
        if (!(error instanceof DiskError)) throw error
      }
      const again = new PartitionBench({}, disk.crashed(survival))
      expect([0, 4]).toContain(again.state.logStart)
      expect(again.values()).toHaveLength(5 - again.state.logStart)
      expect(again.state.highWatermark).toBe(5)
    }
    expect(steps).toBeGreaterThan(10)
  })
})
