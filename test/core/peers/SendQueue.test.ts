import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { SendQueue } from "../../../core/peers/index.ts"

const frame = (first: number, length = 1): Uint8Array => new Uint8Array(length).fill(first)
const firsts = (frames: ReadonlyArray<Uint8Array>): ReadonlyArray<number | undefined> => frames.map(([first]) => first)

describe("a queue of frames to send", () => {
  it("drops the oldest beyond its count, and counts them", () => {
    const queue = new SendQueue({ frames: 2, bytes: 100 })
    for (const first of [1, 2, 3, 4]) queue.push(frame(first))
    expect(firsts(queue.take(100))).toEqual([3, 4])
    expect(queue.dropped).toBe(2)
  })

  it("drops the oldest beyond its bytes", () => {
    const queue = new SendQueue({ frames: 100, bytes: 10 })
    for (const first of [1, 2, 3]) queue.push(frame(first, 4))
    expect([firsts(queue.take(100)), queue.dropped]).toEqual([[2, 3], 1])
  })

  it("keeps the newest frame, also where that alone is too large", () => {
    const queue = new SendQueue({ frames: 100, bytes: 10 })
    queue.push(frame(1))
    queue.push(frame(2, 50))
    expect(firsts(queue.take(1))).toEqual([2])
  })

  it("gives as many as fit, and one at least", () => {
    const queue = new SendQueue({ frames: 100, bytes: 100 })
    for (const first of [1, 2, 3]) queue.push(frame(first, 4))
    expect([firsts(queue.take(9)), firsts(queue.take(1)), firsts(queue.take(9))]).toEqual([[1, 2], [3], []])
  })

  it("gives what was not dropped in order, and knows how much waits", () => {
    const operation = fc.oneof(
      fc.record({ push: fc.integer({ min: 0, max: 6 }) }),
      fc.record({ take: fc.integer({ min: 1, max: 12 }) })
    )
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const queue = new SendQueue({ frames: 5, bytes: 16 })
        let waiting: Array<Uint8Array> = []
        let dropped = 0
        const size = () => waiting.reduce((sum, { length }) => sum + length, 0)
        for (const one of operations) {
          if ("push" in one) {
            const pushed = new Uint8Array(one.push)
            queue.push(pushed)
            waiting.push(pushed)
            while (waiting.length > 1 && (waiting.length > 5 || size() > 16)) {
              waiting.shift()
              dropped++
            }
          } else {
            const taken = queue.take(one.take)
            expect(taken.every((each, i) => each === waiting[i])).toBe(true)
            waiting = waiting.slice(taken.length)
          }
          expect([queue.length, queue.bytes, queue.dropped]).toEqual([waiting.length, size(), dropped])
        }
      })
    )
  })

  it("gives everything in order when far more passes through it than ever waits", () => {
    const queue = new SendQueue({ frames: 3000, bytes: 1 << 20 })
    let next = 0
    for (let i = 0; i < 10_000; i++) {
      queue.push(frame(i % 256))
      if (i % 3 > 0 || i > 2000) for (const [first] of queue.take(1)) expect(first).toBe(next++ % 256)
    }
    for (const [first] of queue.take(1 << 20)) expect(first).toBe(next++ % 256)
    expect([next, queue.dropped]).toEqual([10_000, 0])
  })
})
