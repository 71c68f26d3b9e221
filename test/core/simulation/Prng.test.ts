import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { makePrng } from "../../../core/simulation/index.ts"
import type { Prng } from "../../../core/simulation/index.ts"

const draw = (random: Prng, count = 20): ReadonlyArray<number> =>
  Array.from({ length: count }, () => random.below(1_000_000))

describe("a pseudo-random generator", () => {
  it("gives the same numbers for the same seed, and others for another", () => {
    expect(draw(makePrng(7))).toEqual(draw(makePrng(7)))
    expect(draw(makePrng(8))).not.toEqual(draw(makePrng(7)))
  })

  it("gives numbers that no platform changes", () => {
    expect(draw(makePrng(1), 4)).toEqual([377207, 257823, 226415, 695583])
  })

  it("stays below its bound and reaches every number below it", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 20 }), (seed, bound) => {
        const random = makePrng(seed)
        const seen = new Set(Array.from({ length: 400 }, () => random.below(bound)))
        expect([...seen].toSorted((a, b) => a - b)).toEqual(Array.from({ length: bound }, (_, at) => at))
      }),
      { numRuns: 50 }
    )
  })

  it("is right in as many cases as the percentage says", () => {
    const random = makePrng(3)
    const count = (percent: number) =>
      Array.from({ length: 20_000 }, () => random.chance(percent)).filter(Boolean).length
    expect(count(0)).toBe(0)
    expect(count(100)).toBe(20_000)
    expect(Math.abs(count(25) - 5000)).toBeLessThan(300)
    expect(Math.abs(count(0.5) - 100)).toBeLessThan(50)
  })

  it("derives a stream from the seed and the name, whatever was drawn before", () => {
    const drawn = makePrng(7)
    draw(drawn)
    expect(draw(drawn.stream("disk"))).toEqual(draw(makePrng(7).stream("disk")))
    expect(draw(drawn.stream("disk"))).not.toEqual(draw(drawn.stream("link")))
    expect(draw(drawn.stream("disk"))).not.toEqual(draw(makePrng(8).stream("disk")))
  })

  it("refuses to pick from nothing", () => {
    expect(() => makePrng(1).pick([])).toThrow(RangeError)
  })
})
