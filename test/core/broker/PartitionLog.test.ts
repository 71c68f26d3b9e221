import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { gzipSync } from "node:zlib"
import { killed, makeMemoryDisk } from "../../../adapters/memory/index.ts"
import { partitionLog } from "../../../core/broker/PartitionLog.ts"
import { describePartition } from "../../../core/broker/PartitionState.ts"
import { encodeControlBatch, readBatchHeader } from "../../../core/log/index.ts"
import * as Result from "effect/Result"
import { DiskError } from "../../../core/ports/index.ts"
import { append, batchOf, PartitionBench, sequenced, valuesOf } from "./PartitionBench.ts"
import { textRecord } from "../log/Arbitraries.ts"

const failed = new DiskError({ reason: "Io", operation: "write", path: "x", message: "the disk is gone" })
const tags = (said: ReadonlyArray<{ readonly _tag: string }>): ReadonlyArray<string> => said.map(({ _tag }) => _tag)

describe("an append", () => {
  it("is answered with its offset once it is written, and can then be fetched", () => {
    const log = new PartitionBench()
    const first = append("a", "b")
    expect(log.feed(first)).toEqual([])
    expect(log.fetch(0).records.length).toBe(0)
    log.settle()
    expect(log.said).toContainEqual({ _tag: "Appended", id: first.id, baseOffset: 0, logStart: 0 })
    expect(log.said).toContainEqual({ _tag: "Advanced", highWatermark: 2, lastStableOffset: 2 })
    expect(log.ask(append("c"))).toMatchObject([{ _tag: "Appended", baseOffset: 2 }])
    expect(valuesOf(log.fetch(0).records)).toEqual(["a", "b", "c"])
  })

  it("that arrives while a write is under way shares the next write", () => {
    const log = new PartitionBench()
    for (const value of ["a", "b", "c", "d"]) log.feed(append(value))
    expect(log.work.length).toBe(1)
    log.perform()
    expect(log.work.length).toBe(1)
    expect(log.work[0]).toMatchObject({ lane: "write", steps: [{ _tag: "Write", chunks: [{}, {}, {}] }] })
    log.settle()
    expect(log.values()).toEqual(["a", "b", "c", "d"])
  })

  it("with acks 0 is not answered", () => {
    const log = new PartitionBench()
    expect(tags([...log.feed({ ...append("a"), acks: 0 }), ...log.settle()])).toEqual(["Advanced"])
  })

  it("gets the log's leader epoch and its offset in its own bytes", () => {
    const log = new PartitionBench()
    log.ask(append("a"))
    const input = append("b")
    log.ask(input)
    expect(Result.getOrThrow(readBatchHeader(input.batches[0]!.bytes))).toMatchObject({ baseOffset: 1, leaderEpoch: 0 })
  })

  it("is refused for what only a broker writes, wrong offsets, transactions, and size", () => {
    const log = new PartitionBench({ maxBatchBytes: 200 })
    const control = { type: "commit", producerId: 1, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 0 } as const
    const refusals = [
      Result.getOrThrow(readBatchHeader(encodeControlBatch(control))),
      batchOf([textRecord("a")], { baseOffset: 5 }),
      batchOf([textRecord("a")], { transactional: true, producer: { id: 1, epoch: 0, sequence: 0 } }),
      batchOf([textRecord("a".repeat(300))])
    ].map((batch) => log.feed({ _tag: "Append", id: 1, acks: -1, batches: [batch] }))
    expect(refusals.map(([said]) => said?._tag === "Refused" && said.errorCode)).toEqual([87, 87, 48, 10])
    expect(log.work).toEqual([])
  })

  it("is refused while too much waits for the disk, and accepted again later", () => {
    const log = new PartitionBench({ maxPendingBytes: 500 })
    log.feed(append("a".repeat(300)))
    expect(log.feed(append("b".repeat(300)))).toMatchObject([{ _tag: "Refused", errorCode: 19 }])
    log.settle()
    expect(tags(log.ask(append("b".repeat(300))))).toEqual(["Appended"])
  })
})

describe("the fsync policy", () => {
  it("always: an append is answered and visible only once it is synced, and those that wait share the next sync", () => {
    const log = new PartitionBench({ fsync: "always" })
    log.feed(append("a"))
    expect(log.perform()).toEqual([])
    expect(log.work).toMatchObject([{ lane: "sync" }])
    log.feed(append("b"))
    log.feed(append("c"))
    log.perform(1)
    log.perform(1)
    expect(log.work).toMatchObject([{ lane: "sync" }])
    expect(log.state.highWatermark).toBe(0)
    expect(tags(log.perform())).toEqual(["Appended", "Advanced"])
    expect(log.work).toMatchObject([{ lane: "sync" }])
    expect(tags(log.perform())).toEqual(["Appended", "Appended", "Advanced"])
    expect(log.work).toEqual([])
  })

  it("interval: syncs at most once in that time, and only when something was written", () => {
    const log = new PartitionBench({ fsync: "interval", fsyncIntervalMs: 100 })
    log.feed({ _tag: "Tick", now: 1000 })
    expect(partitionLog.wakeAt(log.state)).toBeUndefined()
    log.ask(append("a"))
    log.feed({ _tag: "Tick", now: 1050 })
    log.ask(append("b"))
    expect(partitionLog.wakeAt(log.state)).toBe(1100)
    log.feed({ _tag: "Tick", now: 1100 })
    expect(log.work).toMatchObject([{ lane: "sync" }])
    log.settle()
    expect(log.state.synced).toBe(2)
    expect(partitionLog.wakeAt(log.state)).toBeUndefined()
  })

  it("none: syncs only when a segment or the log is closed", () => {
    const log = new PartitionBench({ fsync: "none", segmentBytes: 300 })
    for (let i = 0; i < 4; i++) log.ask(append("x".repeat(30)))
    expect(log.state.segments.length).toBe(2)
    expect(log.state.synced).toBe(log.state.segments[1]!.base)
    expect(log.state.written).toBe(4)
    expect(log.ask({ _tag: "Close", id: 7 })).toEqual([{ _tag: "Closed", id: 7 }])
    expect(log.state.synced).toBe(4)
  })
})

describe("a write or a sync that fails", () => {
  it("takes the log offline for good: all that waits and all that comes is a storage error", () => {
    const log = new PartitionBench({ fsync: "always" })
    log.ask(append("a"))
    const waiting = append("b")
    log.feed(waiting)
    const said = log.feed({ _tag: "Failed", id: log.work.pop()!.id, error: failed })
    expect(said).toMatchObject([
      { _tag: "WentOffline", message: expect.stringContaining("the disk is gone") },
      { _tag: "Refused", id: waiting.id, errorCode: 56 }
    ])
    expect(log.feed(append("c"))).toMatchObject([{ _tag: "Refused", errorCode: 56 }])
    expect(log.fetch(0).errorCode).toBe(56)
    expect(log.list(-1).errorCode).toBe(56)
    expect(log.ask({ _tag: "Close", id: 1 })).toMatchObject([{ _tag: "Closed", failure: expect.any(String) }])
    expect(log.work).toEqual([])
  })

  it("but a read that fails fails alone, and says why", () => {
    const log = new PartitionBench()
    log.ask(append("a"))
    log.feed({ _tag: "Fetch", id: 5, offset: 0, maxBytes: 100, isolation: "committed" })
    expect(log.feed({ _tag: "Failed", id: log.work.pop()!.id, error: failed })).toMatchObject([
      { _tag: "Fetched", id: 5, errorCode: 56, highWatermark: -1 },
      { _tag: "ReadFailed", message: expect.stringContaining("the disk is gone") }
    ])
    expect(valuesOf(log.fetch(0).records)).toEqual(["a"])
  })
})

describe("an idempotent producer", () => {
  const producer = (sequence: number, epoch = 0) => ({ id: 5, epoch, sequence })

  it("gets the first answer again for a batch that it repeats, and nothing is appended", () => {
    const log = new PartitionBench()
    log.ask(sequenced(producer(0), "a", "b"))
    log.ask(sequenced(producer(2), "c"))
    expect(log.ask(sequenced(producer(0), "a", "b"))).toMatchObject([{ _tag: "Appended", baseOffset: 0 }])
    expect(log.values()).toEqual(["a", "b", "c"])
  })

  it("that repeats a batch before the first one is durable waits for it", () => {
    const log = new PartitionBench({ fsync: "always" })
    log.feed(sequenced(producer(0), "a"))
    log.feed(sequenced(producer(0), "a"))
    expect(tags(log.said)).toEqual([])
    log.settle()
    expect(tags(log.said)).toEqual(["Appended", "Appended", "Advanced"])
    expect(log.values()).toEqual(["a"])
  })

  it("is refused with 45 for a gap, and for a batch older than the last five", () => {
    const log = new PartitionBench()
    for (let i = 0; i < 6; i++) log.ask(sequenced(producer(i), `${i}`))
    expect(log.ask(sequenced(producer(7), "x"))).toMatchObject([{ _tag: "Refused", errorCode: 45 }])
    expect(log.ask(sequenced(producer(0), "0"))).toMatchObject([{ _tag: "Refused", errorCode: 45 }])
    expect(log.ask(sequenced(producer(1), "1"))).toMatchObject([{ _tag: "Appended", baseOffset: 1 }])
  })

  it("is refused with 47 for an older epoch, and a new epoch starts at 0", () => {
    const log = new PartitionBench()
    log.ask(sequenced(producer(0, 1), "a"))
    expect(log.ask(sequenced(producer(1, 0), "x"))).toMatchObject([{ _tag: "Refused", errorCode: 47 }])
    expect(log.ask(sequenced(producer(1, 2), "x"))).toMatchObject([{ _tag: "Refused", errorCode: 45 }])
    expect(tags(log.ask(sequenced(producer(0, 2), "b")))).toEqual(["Appended"])
  })

  it("that is not known may start anywhere, and its sequence wraps after 2^31 - 1", () => {
    const log = new PartitionBench()
    expect(tags(log.ask(sequenced(producer(2147483646), "a", "b")))).toEqual(["Appended"])
    expect(tags(log.ask(sequenced(producer(0), "c")))).toEqual(["Appended"])
    expect(tags(log.ask(sequenced(producer(2147483646), "a", "b")))).toEqual(["Appended"])
    expect(log.values()).toEqual(["a", "b", "c"])
  })

  it("is remembered over a restart", () => {
    const log = new PartitionBench({ segmentBytes: 200 })
    for (let i = 0; i < 5; i++) log.ask(sequenced(producer(i), `${i}`))
    const again = new PartitionBench({}, log.disk)
    expect(again.ask(sequenced(producer(4), "4"))).toMatchObject([{ _tag: "Appended", baseOffset: 4 }])
    expect(tags(again.ask(sequenced(producer(5), "5")))).toEqual(["Appended"])
    expect(again.values().length).toBe(6)
  })

  it("that appended least recently is forgotten above the bound", () => {
    const log = new PartitionBench({}, makeMemoryDisk(), 2)
    for (const id of [1, 2, 1, 3]) {
      const sequence = log.state.producers.get(id) === undefined ? 0 : 1
      log.ask(sequenced({ id, epoch: 0, sequence }, "x"))
    }
    expect([1, 2, 3].map((id) => log.state.producers.get(id) !== undefined)).toEqual([true, false, true])
    expect(log.state.producers.size).toBe(2)
  })
})

describe("a fetch", () => {
  it("begins with the whole batch that holds the offset", () => {
    const log = new PartitionBench()
    log.ask(append("a", "b", "c"))
    log.ask(append("d"))
    expect(valuesOf(log.fetch(1).records)).toEqual(["a", "b", "c", "d"])
    expect(valuesOf(log.fetch(3).records)).toEqual(["d"])
  })

  it("gives at least one whole batch, also one larger than asked, and never a torn one", () => {
    const log = new PartitionBench()
    log.ask(append("a".repeat(20_000)))
    log.ask(append("b".repeat(100_000)))
    log.ask(append("c"))
    for (const maxBytes of [0, 1, 100, 20_000, 90_000]) {
      expect(valuesOf(log.fetch(0, maxBytes).records).map((value) => value[0])).toEqual(["a"])
      expect(valuesOf(log.fetch(1, maxBytes).records).map((value) => value[0])).toEqual(["b"])
    }
  })

  it("from the high watermark to the log's end is empty, and beyond it or below its start is out of range", () => {
    const log = new PartitionBench({ fsync: "always" })
    log.ask(append("a"))
    log.feed(append("b"))
    expect(log.state.accepted).toBe(2)
    for (const offset of [1, 2]) {
      log.feed({ _tag: "Fetch", id: offset, offset, maxBytes: 100, isolation: "uncommitted" })
      expect(log.said.at(-1)).toMatchObject({
        _tag: "Fetched",
        id: offset,
        errorCode: 0,
        highWatermark: 1,
        logStart: 0
      })
    }
    expect(log.fetch(3)).toMatchObject({ errorCode: 1, highWatermark: -1, lastStableOffset: -1, logStart: -1 })
    expect(log.fetch(-1).errorCode).toBe(1)
  })

  it("goes on in the next segment", () => {
    const log = new PartitionBench({ segmentBytes: 250 })
    const values = Array.from({ length: 20 }, (_, i) => `value ${i}`)
    for (const value of values) log.ask(append(value))
    expect(log.state.segments.length).toBeGreaterThan(5)
    for (const maxBytes of [1, 150, 10_000]) expect(log.values(maxBytes)).toEqual(values)
  })

  it("finds any offset of a log of many index entries", () => {
    const log = new PartitionBench({ segmentBytes: 60_000 })
    const all: Array<string> = []
    for (let i = 0; i < 300; i++) {
      const values = Array.from({ length: 1 + (i % 3) }, (_, k) => `${i}.${k} ${"x".repeat((i * 37) % 900)}`)
      log.feed(append(...values))
      all.push(...values)
      if (i % 10 === 0) log.settle()
    }
    log.settle()
    for (let offset = 0; offset < all.length; offset++) {
      expect(valuesOf(log.fetch(offset, 3000).records, offset)[0]).toBe(all[offset])
    }
  })

  it("of a file that is no longer what was written takes the log offline", async () => {
    const log = new PartitionBench()
    log.ask(append("a"))
    const path = "orders-0/00000000000000000000.log"
    log.feed({ _tag: "Fetch", id: 1, offset: 0, maxBytes: 1, isolation: "committed" })
    const read = log.work.pop()!
    const said = log.feed({ _tag: "ReadDone", id: read.id, bytes: new Uint8Array(3) })
    expect(said).toMatchObject([
      { _tag: "Fetched", errorCode: 56 },
      { _tag: "WentOffline", message: expect.stringContaining(path) }
    ])
  })
})

describe("looking up an offset", () => {
  const at = (timestamp: number, value = "x") => textRecord(value, timestamp)
  const appended = (log: PartitionBench, ...timestamps: ReadonlyArray<number>) =>
    log.ask({ _tag: "Append", id: 1, acks: -1, batches: [batchOf(timestamps.map((time) => at(time)))] })

  it("gives the high watermark for -1, the log's start for -2, and nothing in an empty log", () => {
    const log = new PartitionBench()
    expect(log.list(-3)).toMatchObject({ errorCode: 0, offset: -1, timestamp: -1 })
    expect(log.list(0)).toMatchObject({ errorCode: 0, offset: -1, timestamp: -1 })
    appended(log, 10, 20)
    expect(log.list(-1)).toMatchObject({ offset: 2, timestamp: -1 })
    expect(log.list(-2)).toMatchObject({ offset: 0, timestamp: -1 })
  })

  it("by time gives the first record of that time or later, inside its batch", () => {
    const log = new PartitionBench({ segmentBytes: 300 })
    appended(log, 10, 20, 30)
    appended(log, 25)
    appended(log, 50, 40)
    appended(log, 60)
    const answers = [0, 10, 11, 30, 31, 50, 51, 60, 61].map((time) => {
      const { offset, timestamp } = log.list(time)
      return [time, offset, timestamp]
    })
    expect(answers).toEqual([
      [0, 0, 10],
      [10, 0, 10],
      [11, 1, 20],
      [30, 2, 30],
      [31, 4, 50],
      [50, 4, 50],
      [51, 6, 60],
      [60, 6, 60],
      [61, -1, -1]
    ])
  })

  it("gives the record with the greatest timestamp for -3", () => {
    const log = new PartitionBench({ segmentBytes: 200 })
    appended(log, 10)
    appended(log, 20, 90, 30)
    appended(log, 40)
    expect(log.list(-3)).toMatchObject({ offset: 2, timestamp: 90 })
  })

  it("agrees with a search through all records", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat(50), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 100, max: 3000 }),
        (batches, segmentBytes) => {
          const log = new PartitionBench({ segmentBytes })
          for (const times of batches) appended(log, ...times)
          const all = batches.flat()
          for (let time = 0; time <= 51; time++) {
            const offset = all.findIndex((other) => other >= time)
            expect(log.list(time)).toMatchObject({ offset, timestamp: offset < 0 ? -1 : all[offset] })
          }
          expect(log.list(-3).offset).toBe(all.indexOf(Math.max(...all)))
        }
      ),
      { numRuns: 40 }
    )
  })

  it("in a batch whose codec is lacking gives the batch's first offset", () => {
    const log = new PartitionBench()
    const compression = { codec: "gzip", compress: gzipSync } as const
    log.ask({ _tag: "Append", id: 1, acks: -1, batches: [batchOf([at(10), at(20)], { compression })] })
    expect(log.list(15)).toMatchObject({ offset: 0, timestamp: 20 })
  })
})

describe("closing", () => {
  it("writes and syncs what waits, and refuses what comes later", () => {
    const log = new PartitionBench({}, makeMemoryDisk({ crashable: true }))
    log.feed(append("a"))
    log.feed(append("b"))
    log.feed({ _tag: "Close", id: 9 })
    expect(log.feed(append("c"))).toMatchObject([{ _tag: "Refused", errorCode: 6 }])
    expect(tags(log.settle())).toEqual(["Appended", "Advanced", "Appended", "Advanced", "Closed"])
    const again = new PartitionBench({}, log.disk.crashed({ bytes: () => 0, entries: "synced" }))
    expect(again.values()).toEqual(["a", "b"])
    expect(again.state.checkpoint.position).toBe(again.state.segments[0]!.size)
  })

  it("a log in which nothing was written touches no file", () => {
    const log = new PartitionBench({}, new PartitionBench().disk.crashed(killed))
    expect(log.feed({ _tag: "Close", id: 9 })).toEqual([{ _tag: "Closed", id: 9 }])
    expect(log.work).toEqual([])
  })
})

describe("describePartition", () => {
  it("draws the log in one line", () => {
    const log = new PartitionBench({ fsync: "always" })
    log.ask(append("a"))
    log.feed(append("b", "c"))
    expect(describePartition(log.state)).toBe(
      `orders-0 start=0 hw=1 synced=1 written=1 end=3 segments=1 pending=${log.state.pendingBytes}B epoch=0 writing`
    )
  })
})
