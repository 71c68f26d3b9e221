import { describe, expect, it } from "vitest"
import { Backoff } from "../../../core/peers/index.ts"

const settings = { minMs: 50, maxMs: 1000 }
const waits = (backoff: Backoff, count: number) => Array.from({ length: count }, () => backoff.next())

describe("the wait between attempts", () => {
  it("doubles up to its bound, and is between half of that and all of it", () => {
    for (let seed = 0; seed < 100; seed++) {
      waits(new Backoff(settings, seed), 50).forEach((wait, failures) => {
        const whole = Math.min(1000, 50 * 2 ** failures)
        expect(wait).toBeGreaterThanOrEqual(Math.floor(whole / 2))
        expect(wait).toBeLessThanOrEqual(whole)
      })
    }
  })

  it("begins anew after a success", () => {
    const backoff = new Backoff(settings, 1)
    waits(backoff, 10)
    backoff.reset()
    expect(backoff.next()).toBeLessThanOrEqual(50)
  })

  it("is the same for the same seed, and differs between seeds", () => {
    const of = (seed: number) => waits(new Backoff(settings, seed), 10)
    expect(of(7)).toEqual(of(7))
    expect(new Set(Array.from({ length: 100 }, (_, seed) => of(seed).join())).size).toBe(100)
  })
})
