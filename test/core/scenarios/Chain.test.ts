import { describe, expect, it } from "vitest"
import * as chain from "../../../core/chain/index.ts"
import { makeChainScenario } from "../../../core/scenarios/index.ts"
import { check, exhaust, firstFailure, missingMarks, runPlan, seedsFrom } from "../../../core/simulation/index.ts"
import type { PlannedFault, Scenario } from "../../../core/simulation/index.ts"

const scenario = makeChainScenario(chain)

/** The calm value of every knob. */
const calm = Object.fromEntries(Object.entries(scenario.knobs).map(([name, values]) => [name, values[0] ?? 0]))

const withKnobs = (knobs: Scenario["knobs"]): Scenario => ({
  ...scenario,
  knobs: { ...scenario.knobs, ...knobs }
})

/** A leader with a slow clock is cut off from the others, who go on proposing. */
const slowLeader = (seed: number, node: string, perMille: number) => {
  const links = ["n1", "n2", "n3"].filter((one) => one !== node).flatMap((one) => [`${one}>${node}`, `${node}>${one}`])
  const faults: ReadonlyArray<PlannedFault> = [
    { at: 250, kind: "clock drift", node, perMille, until: 3000 },
    { at: 400, kind: "cut", links, until: 2000 }
  ]
  const moves = Array.from({ length: 150 }, (_, at) => ({ at: 10 * at, name: "propose", seed: at }))
  const knobs = { ...calm, lease: 20, spreadMs: 2, shuffle: 0, moves: 150, moveGapMs: 30 }
  return { scenario: "chain", seed, knobs, faults, moves, chances: [] }
}

const found = (perMille: number): ReadonlyArray<string> => {
  const invariants = new Set<string>()
  for (const seed of seedsFrom(1, 5)) {
    for (const node of ["n1", "n2", "n3"]) {
      try {
        runPlan(scenario, slowLeader(seed, node, perMille))
      } catch (error) {
        invariants.add(Object(error).invariant)
      }
    }
  }
  return [...invariants]
}

describe("Chain", () => {
  it("keeps its promises under everything that can go wrong with it", { timeout: 120_000 }, () => {
    const { marks } = check(scenario, { seeds: 150 })
    expect(
      missingMarks({ ...scenario, marks: { fork: 1, "snapshot installed": 1, "members changed": 1 } }, marks)
    ).toEqual([])
  })

  it("commits what is proposed where nothing goes wrong", () => {
    for (const seed of seedsFrom(1, 5)) {
      const { marks } = runPlan(scenario, { scenario: "chain", seed, knobs: calm, faults: [] })
      expect([...marks.keys()].filter((mark) => mark !== "asked again")).toEqual([])
    }
  })

  it("keeps them with its records, snapshots and messages as bytes, on disks that tear and rot", () => {
    const bytes = withKnobs({ bytes: [1], focus: [0, 3] })
    expect(firstFailure(bytes, seedsFrom(1, 20))?.message).toBeUndefined()
  })

  it("does the same from the same seed, also with every message through bytes", () => {
    for (const seed of seedsFrom(1, 15)) {
      const first = runPlan(scenario, { scenario: "chain", seed })
      expect(runPlan(scenario, { scenario: "chain", seed }).hash).toBe(first.hash)
      expect(runPlan(scenario, first.plan).hash).toBe(first.hash)
      expect(runPlan(scenario, { scenario: "chain", seed }, { encoded: true }).hash).toBe(first.hash)
    }
  })

  it("keeps them in every order of the first events of two nodes and a proposal", () => {
    const knobs = { nodes: 2, heartbeatMs: 40, moves: 20, moveGapMs: 10 }
    const moves = [{ at: 0, name: "propose", seed: 1 }]
    const { complete, states, violation } = exhaust(scenario, { maxEvents: 14, plan: { knobs, moves } })
    expect(violation?.message).toBeUndefined()
    expect(complete).toBe(true)
    expect(states).toBeGreaterThan(1000)
  })

  it("reads what is there by a lease while clocks drift within its bound", () => {
    expect(found(-100)).toEqual([])
  })

  it("shows what is read by a lease beyond that bound to be stale", () => {
    expect(found(-300)).toEqual(["S12 linearizable"])
  })
})
