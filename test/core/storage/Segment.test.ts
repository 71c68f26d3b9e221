import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type BatchHeader, encodeBatch, readBatchHeader } from "../../../core/log/index.ts"
import { indexInterval, Segment } from "../../../core/storage/index.ts"
import { textRecord } from "../log/Arbitraries.ts"

const batch = (baseOffset: number, count: number, size: number, time: number): BatchHeader => {
  const records = Array.from({ length: count }, (_, i) => textRecord(i === 0 ? "x".repeat(size) : "", time))
  return Result.getOrThrow(readBatchHeader(encodeBatch(records, { baseOffset })))
}

const shape = fc.record({ count: fc.integer({ min: 1, max: 5 }), size: fc.nat(6000), time: fc.nat(1000) })

const filled = (base: number, shapes: ReadonlyArray<{ count: number; size: number; time: number }>) => {
  const segment = new Segment(base)
  const placed: Array<{ readonly batch: BatchHeader; readonly position: number }> = []
  for (const { count, size, time } of shapes) {
    const next = batch(segment.endOffset, count, size, time)
    placed.push({ batch: next, position: segment.size })
    segment.append(next)
  }
  return { segment, placed }
}

describe("a segment's index", () => {
  it("leads to the beginning of a batch, at most an interval before the one that holds the offset", () => {
    fc.assert(
      fc.property(fc.nat(1e12), fc.array(shape, { minLength: 1, maxLength: 40 }), (base, shapes) => {
        const { segment, placed } = filled(base, shapes)
        for (const { batch, position } of placed) {
          for (const offset of [batch.baseOffset, batch.lastOffset]) {
            const from = segment.positionOf(offset)
            expect(placed.some((other) => other.position === from)).toBe(true)
            expect(from).toBeLessThanOrEqual(position)
            expect(position - from).toBeLessThan(indexInterval)
          }
        }
      }),
      { numRuns: 50 }
    )
  })

  it("leads to a position before the first batch of a time, with nothing of that time before it", () => {
    fc.assert(
      fc.property(fc.array(shape, { minLength: 1, maxLength: 40 }), fc.nat(1000), (shapes, time) => {
        const { segment, placed } = filled(0, shapes)
        const first = placed.find(({ batch }) => batch.maxTimestamp >= time)
        const from = segment.positionOfTime(time)
        if (first !== undefined) expect(from).toBeLessThanOrEqual(first.position)
        expect(placed.some(({ position, batch }) => position < from && batch.maxTimestamp >= time)).toBe(false)
      }),
      { numRuns: 50 }
    )
  })

  it("reads back from its files as it was, and not when a byte of them changes", () => {
    const shapes = Array.from({ length: 60 }, (_, i) => ({ count: 1 + (i % 4), size: i * 100, time: (i * 7) % 50 }))
    const { segment, placed } = filled(40, shapes)
    const index = segment.encodeIndex()
    const timeIndex = segment.encodeTimeIndex()
    const read = Segment.decode(40, index, timeIndex)!
    const looks = (of: Segment) => [
      of.size,
      of.endOffset,
      of.maxTimestamp,
      of.maxTimestampBase,
      ...placed.map(({ batch }) => of.positionOf(batch.baseOffset)),
      ...shapes.map(({ time }) => of.positionOfTime(time))
    ]
    expect(looks(read)).toEqual(looks(segment))
    expect(Segment.decode(41, index, timeIndex)).toBeUndefined()
    for (let at = 0; at < index.length; at++) {
      const changed = index.slice()
      changed[at] = changed[at]! ^ 1
      expect(Segment.decode(40, changed, timeIndex)).toBeUndefined()
      expect(Segment.decode(40, index.subarray(0, at), timeIndex)).toBeUndefined()
    }
    const other = filled(40, shapes.slice(1)).segment
    expect(Segment.decode(40, index, other.encodeTimeIndex())).toBeUndefined()
  })

  it("takes further batches after it was read", () => {
    const { segment } = filled(0, [{ count: 1, size: 5000, time: 1 }])
    const read = Segment.decode(0, segment.encodeIndex(), segment.encodeTimeIndex())!
    for (let i = 0; i < 40; i++) read.append(batch(read.endOffset, 1, 5000, i))
    expect(read.positionOf(41)).toBe(read.positionOf(40))
    expect(read.positionOf(40)).toBeGreaterThan(39 * 5000)
  })
})
