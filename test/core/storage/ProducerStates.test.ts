import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type BatchHeader, encodeBatch, encodeControlBatch, readBatchHeader } from "../../../core/log/index.ts"
import { ProducerStates } from "../../../core/storage/index.ts"
import { textRecord } from "../log/Arbitraries.ts"

const batch = (id: number, epoch: number, sequence: number, baseOffset: number, count = 1): BatchHeader =>
  Result.getOrThrow(
    readBatchHeader(
      encodeBatch(
        Array.from({ length: count }, () => textRecord("x")),
        { baseOffset, producer: { id, epoch, sequence } }
      )
    )
  )

const some = fc.array(fc.tuple(fc.nat(20), fc.nat(3), fc.integer({ min: 0, max: 2147483647 })), { maxLength: 60 })

const fold = (appends: ReadonlyArray<readonly [id: number, epoch: number, sequence: number]>): ProducerStates => {
  const states = new ProducerStates(8)
  appends.forEach(([id, epoch, sequence], offset) => states.append(batch(id, epoch, sequence, offset)))
  return states
}

describe("the state of idempotent producers", () => {
  it("reads back from a snapshot as it was, also in what it forgets next", () => {
    fc.assert(
      fc.property(some, some, (before, after) => {
        const states = fold(before)
        const read = ProducerStates.decode(states.encode(77), 77, 8)!
        const copy = states.copy()
        for (const [id, epoch, sequence] of after) {
          for (const each of [states, read, copy]) each.append(batch(id, epoch, sequence, 1000))
        }
        expect(read.encode(1)).toEqual(states.encode(1))
        expect(copy.encode(1)).toEqual(states.encode(1))
      }),
      { numRuns: 50 }
    )
  })

  it("is not read from a snapshot that is changed, cut, or of another offset", () => {
    const bytes = fold([
      [1, 0, 0],
      [2, 1, 5]
    ]).encode(77)
    expect(ProducerStates.decode(bytes, 78, 8)).toBeUndefined()
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice()
      changed[at] = changed[at]! ^ 0x20
      expect(ProducerStates.decode(changed, 77, 8)).toBeUndefined()
      expect(ProducerStates.decode(bytes.subarray(0, at), 77, 8)).toBeUndefined()
    }
  })

  it("does not change with what is judged, nor with batches of plain producers", () => {
    const states = fold([[1, 0, 0]])
    const before = states.encode(0)
    states.judge(batch(1, 0, 1, 0))
    states.judge(batch(9, 0, 0, 0))
    states.append(batch(-1, 0, 0, 5))
    expect(states.encode(0)).toEqual(before)
  })

  it("keeps its sequence over the marker that ends a transaction", () => {
    const states = fold([[1, 0, 4]])
    const marker = { type: "commit", producerId: 1, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 0 } as const
    states.append(Result.getOrThrow(readBatchHeader(encodeControlBatch(marker))))
    expect(states.judge(batch(1, 0, 5, 0))._tag).toBe("New")
    expect(states.judge(batch(1, 0, 4, 0))._tag).toBe("Duplicate")
  })
})
