import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ddmin } from "../../../core/simulation/Ddmin.ts"

const goOn = () => true

/** Sets of items each of which is a cause of its own: the test fails when one of them is there as a whole. */
const causes = fc
  .integer({ min: 1, max: 9 })
  .chain((size) =>
    fc.tuple(
      fc.constant(Array.from({ length: size }, (_, at) => at)),
      fc.array(fc.uniqueArray(fc.nat(size - 1), { maxLength: 5 }), { minLength: 1, maxLength: 3 })
    )
  )

const without = (items: ReadonlyArray<number>, item: number) => items.filter((other) => other !== item)

describe("minimising delta debugging", () => {
  it("finds the items that make it fail together", () => {
    const items = Array.from({ length: 100 }, (_, at) => at)
    expect(ddmin(items, (kept) => kept.includes(17) && kept.includes(71), goOn)).toEqual([17, 71])
  })

  it("needs few tries for a single cause among many items", () => {
    let tries = 0
    const items = Array.from({ length: 1024 }, (_, at) => at)
    const fails = (kept: ReadonlyArray<number>) => {
      tries++
      return kept.includes(700)
    }
    expect(ddmin(items, fails, goOn)).toEqual([700])
    expect(tries).toBeLessThanOrEqual(21)
  })

  it("tries nothing at all first", () => {
    const tried: Array<ReadonlyArray<string>> = []
    const fails = (kept: ReadonlyArray<string>) => {
      tried.push(kept)
      return true
    }
    expect(ddmin(["a", "b", "c"], fails, goOn)).toEqual([])
    expect(tried).toEqual([[]])
  })

  it("asks nothing where there is nothing to take away", () => {
    const fails = () => {
      throw new Error("asked")
    }
    expect(ddmin([], fails, goOn)).toEqual([])
  })

  it("gives a failing subset of which no item can be left out, whatever makes the test fail", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer(), (size, seed) => {
        const items = Array.from({ length: size }, (_, at) => at)
        // Any function of subsets, monotone or not, that fails for the whole.
        const fails = (kept: ReadonlyArray<number>) => {
          const bits = kept.reduce((mask, item) => mask | (1 << item), 0)
          return kept.length === size || ((Math.imul(bits ^ seed, 0x9e3779b1) >>> 13) & 3) === 0
        }
        const result = ddmin(items, fails, goOn)
        expect(fails(result)).toBe(true)
        for (const item of result) expect(fails(without(result, item))).toBe(false)
      }),
      { numRuns: 500 }
    )
  })

  it("gives one of the smallest failing subsets where more items never make the failure go away", () => {
    fc.assert(
      fc.property(causes, ([items, sets]) => {
        const fails = (kept: ReadonlyArray<number>) => sets.some((set) => set.every((item) => kept.includes(item)))
        fc.pre(fails(items))
        const minimal = sets.filter(
          (set) => !sets.some((other) => other.length < set.length && other.every((item) => set.includes(item)))
        )
        const result = ddmin(items, fails, goOn)
        expect(minimal.map((set) => set.toSorted((a, b) => a - b))).toContainEqual(result)
      }),
      { numRuns: 500 }
    )
  })

  it("never tries the same subset twice, nor the whole", () => {
    fc.assert(
      fc.property(causes, ([items, sets]) => {
        const tried: Array<string> = [items.join()]
        ddmin(
          items,
          (kept) => {
            tried.push(kept.join())
            return sets.some((set) => set.every((item) => kept.includes(item)))
          },
          goOn
        )
        expect(new Set(tried).size).toBe(tried.length)
      }),
      { numRuns: 500 }
    )
  })

  it("stops with what still fails once it is told to, and asks before each try", () => {
    fc.assert(
      fc.property(causes, fc.nat(20), ([items, sets], limit) => {
        let tries = 0
        const fails = (kept: ReadonlyArray<number>) => sets.some((set) => set.every((item) => kept.includes(item)))
        fc.pre(fails(items))
        const counted = (kept: ReadonlyArray<number>) => {
          tries++
          return fails(kept)
        }
        expect(fails(ddmin(items, counted, () => tries < limit))).toBe(true)
        expect(tries).toBeLessThanOrEqual(limit)
      })
    )
  })
})
