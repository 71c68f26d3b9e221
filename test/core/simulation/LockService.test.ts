import { describe, expect, it } from "vitest"
import { check, drawTrace, readPlan, runPlan, shrink } from "../../../core/simulation/index.ts"
import type { Scenario, SimulationFailed, TraceEvent } from "../../../core/simulation/index.ts"
import { forgetfulServer, hastyServer, makeLock } from "./LockService.ts"
import { failureOf } from "./Memory.ts"

const hasty = makeLock(hastyServer)

/** A kept plan of the lock, run again and drawn whole. */
const draw = (scenario: Scenario, kept: string): string => {
  const events: Array<TraceEvent> = []
  const plan = readPlan(kept)
  let failure: SimulationFailed | undefined
  try {
    runPlan(scenario, plan, { watch: (event) => events.push(event) })
  } catch (error) {
    failure = error as SimulationFailed
  }
  return drawTrace({ title: scenario.name, nodes: ["server", "c1", "c2"], events, failure, plan })
}

it("a lock service never gives its lock to two", () => void check(makeLock()))

describe("a bug that is planted in a lock service", () => {
  const failed = failureOf(() => check(hasty))

  it("is found, and shrunk to the crash and the few moves that it needs", () => {
    expect(failed.invariant).toBe("one holder")
    expect(failed.plan.faults.map(({ kind }) => kind)).toEqual(["crash"])
    expect(failed.plan.moves.length).toBeLessThanOrEqual(3)
    expect(failed.plan.chances).toEqual([])
    expect(failed.plan.knobs).toMatchObject({ loss: 0, latency: 1, writing: 1, shuffle: 0 })
    expect(failed.events).toBeLessThan(60)
  })

  it("is explained by a message with the table, the plan, and how to run it again", () => {
    const lines = failed.message.split("\n")
    expect(lines[0]).toBe(`one holder: ${failed.what}`)
    expect(lines[1]).toMatch(/^lock, seed \d+: 1 faults, [23] moves and 0 chances are enough; \d+ events/)
    expect(lines[2]).toMatch(/^first found with: runPlan\(lock, \{"scenario":"lock","seed":\d+\}\)$/)
    const table = lines.filter((line) => /^ +\d+ /.test(line)).join("\n")
    expect(table).toMatch(
      /server +→ c\d #\d+ Granted[^]*server +† crash[^]*server +\^ start[^]*server +→ c\d #\d+ Granted/
    )
    const kept = readPlan(lines.at(-1) ?? "")
    expect(failureOf(() => runPlan(hasty, kept))).toMatchObject({ invariant: "one holder", hash: failed.hash })
  })

  it("is drawn from its plan, also when that was kept as text", () => {
    const html = draw(hasty, JSON.stringify(failed.plan))
    expect(html).toMatch(/^<!doctype html>[^]*one holder/)
    expect(draw(makeLock(), JSON.stringify(failed.plan))).not.toContain("one holder")
  })

  it("needs no fault where it needs none", () => {
    const forgetful = failureOf(() => check(makeLock(forgetfulServer)))
    expect(forgetful.plan.faults).toEqual([])
    expect(forgetful.plan.moves.length).toBeLessThanOrEqual(3)
  })

  it("is shrunk for as long as is wanted, and stays the same failure", () => {
    const first = failureOf(() => check(hasty, { shrinkRuns: 0 }))
    let left = 40
    const shrunk = shrink(hasty, first, { goOn: () => left-- > 0 })
    expect(shrunk.runs).toBeLessThanOrEqual(40)
    expect(shrunk.failure.invariant).toBe("one holder")
    const size = ({ chances, faults, moves }: typeof first.plan) => chances.length + faults.length + moves.length
    expect(size(shrunk.plan)).toBeLessThan(size(first.plan))
    expect(size(first.plan)).toBeGreaterThan(size(failed.plan))
  })
})

describe("a check", () => {
  it("fails where a whole batch has not met what it should", () => {
    const unmet = failureOf(() => check({ ...makeLock(), seeds: 5, marks: { "a comet": 1 } }))
    expect(unmet.invariant).toBe("marks")
    expect(unmet.message).toMatch(
      /a comet: 0 times, not 1\.\nrun it again with: check\(lock, \{ first: 1, seeds: 5 \}\)/
    )
    expect(check({ ...makeLock(), seeds: 5, marks: { "a comet": 1 } }, { seeds: 4 }).seeds).toBe(4)
  })

  it("of no seeds is none", () => {
    for (const seeds of [0, -1, 1.5, NaN]) expect(() => check(makeLock(), { seeds })).toThrow("shows nothing")
  })

  it("says of a failure that its plan does not bring about again what is wrong with the scenario", () => {
    let runs = 0
    const forgetful = (): boolean => ++runs === 1
    const run: Scenario["run"] = ({ fail }) => (forgetful() ? fail("a coin", "It fell on its edge.") : undefined)
    const failed = failureOf(() => check({ name: "coin", knobs: {}, seeds: 5, marks: {}, run }))
    expect(failed.invariant).toBe("a coin")
    expect(failed.message).toContain("The plan does not repeat the run: something in it is not from its seed.")
  })
})
