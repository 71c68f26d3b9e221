import { describe, expect, it } from "vitest"
import { explore, firstFailure, seedsFrom, SimulationFailed, swarmRates } from "./index.ts"
import { counter, hasty, hopeful, simulateCounter } from "./Counter.ts"

describe("a batch of runs", () => {
  it("gives the same trace for the same seed, and another for another", () => {
    const hashes = new Set(
      seedsFrom(1, 100).map((seed) => {
        const report = simulateCounter(seed)
        expect(simulateCounter(seed)).toEqual(report)
        return report.hash
      })
    )
    expect(hashes.size).toBe(100)
  })

  it("sums up what was seen", () => {
    const summary = explore(seedsFrom(1, 300), (seed) => simulateCounter(seed))
    expect(summary.seeds).toBe(300)
    expect(summary.events).toBeGreaterThan(10_000)
    expect(summary.virtualMs).toBeGreaterThan(1000)
    for (const name of ["crash", "time out", "delay", "repeat", "acknowledged"])
      expect(summary.marks.get(name) ?? 0, name).toBeGreaterThan(10)
  })

  it("finds that a machine acknowledges before it has written", () => {
    const failed = firstFailure(seedsFrom(1, 100), (seed) => simulateCounter(seed, hasty))
    expect(failed?.what).toMatch(/is acknowledged and the disk has/)
    expect(failed?.rerun).toBe(`npm run simulate -- counter --seed ${failed?.seed}`)
  })

  it("finds that a machine takes an unknown outcome for a success", () => {
    const failed = firstFailure(seedsFrom(1, 100), (seed) => simulateCounter(seed, hopeful))
    expect(failed?.what).toMatch(/is acknowledged and the disk has/)
  })

  it("finds that writes which must keep their order are not asked to", () => {
    const failed = firstFailure(seedsFrom(1, 100), (seed) => simulateCounter(seed, counter, false))
    expect(failed?.what).toMatch(/is written over/)
  })

  it("fails where a seed does not repeat its run", () => {
    let count = 0
    const drifting = (seed: number) => ({ ...simulateCounter(seed), hash: `${count++}` })
    expect(() => explore([5], drifting)).toThrow(SimulationFailed)
    expect(() => explore([5], drifting)).toThrow(/does not repeat its run/)
  })

  it("lets through what is no failure of a simulation", () => {
    const broken = () => {
      throw new TypeError("broken")
    }
    expect(() => firstFailure([1], broken)).toThrow(TypeError)
    expect(firstFailure(seedsFrom(1, 3), (seed) => simulateCounter(seed))).toBeUndefined()
  })

  it("draws fault rates from a seed, sometimes none", () => {
    const rates = seedsFrom(1, 200).map(swarmRates)
    expect(rates).toEqual(seedsFrom(1, 200).map(swarmRates))
    expect(rates.filter((one) => one === undefined).length).toBeGreaterThan(15)
    expect(new Set(rates.map((one) => one?.crash)).size).toBe(4)
  })
})
