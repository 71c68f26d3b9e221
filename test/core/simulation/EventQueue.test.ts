import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { EventQueue, keyOf, timeOf } from "../../../core/simulation/EventQueue.ts"

const step = fc.oneof(
  fc.record({ time: fc.integer({ min: 0, max: 20 }), tie: fc.integer({ min: 0, max: 3 }) }),
  fc.constant("pop" as const),
  fc.record({ take: fc.nat() })
)

describe("a queue of events", () => {
  it("gives the earliest event first, and of those at one time and tie the one that was added first", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const queue = new EventQueue()
        let plain: Array<{ readonly key: number; readonly name: number }> = []
        let name = 0
        for (const one of steps) {
          if (typeof one === "object" && "time" in one) {
            const key = keyOf(one.time, one.tie)
            queue.push(key, name % 7, name % 5, name % 3, `${name}`, -1, name % 11, name)
            plain.push({ key, name: name++ })
            continue
          }
          plain = plain.toSorted((a, b) => a.key - b.key || a.name - b.name)
          expect(queue.firstKey()).toBe(plain[0]?.key ?? Infinity)
          const at = one === "pop" || plain.length === 0 ? 0 : one.take % plain.length
          const places = queue.places()
          if (one === "pop" || plain.length === 0) expect(queue.pop()).toBe(plain.length > 0)
          else queue.take(places[at] ?? 0)
          const [expected] = plain.splice(at, 1)
          if (expected === undefined) continue
          const { from, key, kind, life, message, payload, target } = queue
          const { name: was } = expected
          expect({ from, key, kind, life, message, payload, target }).toEqual({
            from: was % 11,
            key: expected.key,
            kind: was % 3,
            life: was % 5,
            message: was,
            payload: `${was}`,
            target: was % 7
          })
          expect(queue.size).toBe(plain.length)
        }
      }),
      { numRuns: 100 }
    )
  })

  it("keeps times beyond those that fit into 32 bits", () => {
    const year = 365 * 24 * 3600 * 1000
    expect(timeOf(keyOf(100 * year, 1023))).toBe(100 * year)
  })
})
