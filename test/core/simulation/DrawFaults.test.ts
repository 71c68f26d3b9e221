import { describe, expect, it } from "vitest"
import { runPlan } from "../../../core/simulation/index.ts"
import type { FaultKind, PlannedFault, Scenario } from "../../../core/simulation/index.ts"
import { World } from "./Memory.ts"

const kinds: ReadonlyArray<FaultKind> = [
  "crash",
  "crash the leader",
  "crash at an effect",
  "crash at an output",
  "wipe",
  "pause",
  "clock step",
  "clock drift",
  "halves",
  "one way",
  "isolate",
  "bridge",
  "ring",
  "swizzle",
  "slow",
  "loss",
  "duplicate",
  "reorder",
  "sync fails",
  "disk full",
  "rot",
  "misdirect"
]

const names = ["a", "b", "c", "d", "e"]

const scenario = (some: ReadonlyArray<FaultKind>, gapMs = 20): Scenario => ({
  name: "faults",
  knobs: {},
  seeds: 1,
  marks: {},
  run: (simulation) => {
    const world = new World(simulation)
    for (const name of names) world.node(name)
    simulation.nemesis({ nodes: names, kinds: some, gapMs })
    simulation.run({ moves: 0, gapMs: 0, horizonMs: 3000 }, [])
  }
})

const drawn = (some: ReadonlyArray<FaultKind>, seed: number, gapMs?: number): ReadonlyArray<PlannedFault> =>
  runPlan(scenario(some, gapMs), { scenario: "faults", seed }).plan.faults

const seeds = Array.from({ length: 60 }, (_, seed) => seed)

describe("a nemesis", () => {
  it("draws about as many faults as its gap says, and none without one", () => {
    const counts = seeds.map((seed) => drawn(kinds, seed, 50).length)
    const mean = counts.reduce((sum, one) => sum + one, 0) / counts.length
    expect(mean).toBeGreaterThan(30)
    expect(mean).toBeLessThan(120)
    expect(drawn(kinds, 1, 0)).toEqual([])
  })

  it("comes to every kind, each in some runs and not in others", () => {
    const without = new Map<string, number>()
    for (const seed of seeds) {
      const shapes = new Set(
        drawn(kinds, seed).map((fault) => {
          if (fault.kind === "cut") return fault.shape
          if (fault.kind === "burst") return fault.of
          if (fault.kind !== "crash") return fault.kind
          return fault.leader === true ? "leader" : (fault.after ?? "crash")
        })
      )
      for (const shape of shapes) without.set(shape ?? "", (without.get(shape ?? "") ?? 0) + 1)
    }
    expect(without.size).toBe(kinds.length)
    for (const [shape, times] of without) {
      expect(times, shape).toBeGreaterThan(10)
      expect(times, shape).toBeLessThan(50)
    }
  })

  it("draws the faults of a kind whatever the other kinds are", () => {
    const pauses = (other: FaultKind, seed: number) =>
      drawn(["pause", other], seed).filter(({ kind }) => kind === "pause")
    expect(seeds.flatMap((seed) => pauses("rot", seed))).toEqual(seeds.flatMap((seed) => pauses("halves", seed)))
    expect(seeds.flatMap((seed) => pauses("rot", seed)).length).toBeGreaterThan(100)
  })

  it("cuts a bridge so that one node sees both sides, which do not see each other", () => {
    const cut = seeds
      .slice(0, 9)
      .flatMap((seed) => drawn(["bridge"], seed))
      .find(({ kind }) => kind === "cut")
    if (cut?.kind !== "cut") return expect.unreachable("no cut is drawn")
    const seen = (name: string) => names.filter((other) => other !== name && !cut.links.includes(`${name}>${other}`))
    expect(names.map((name) => seen(name).length).toSorted()).toEqual([2, 2, 2, 2, 4])
  })

  it("cuts a ring so that each node sees two others", () => {
    const cut = seeds
      .slice(0, 9)
      .flatMap((seed) => drawn(["ring"], seed))
      .find(({ kind }) => kind === "cut")
    if (cut?.kind !== "cut") return expect.unreachable("no cut is drawn")
    const seen = (name: string) => names.filter((other) => other !== name && !cut.links.includes(`${name}>${other}`))
    expect(names.map((name) => seen(name).length)).toEqual([2, 2, 2, 2, 2])
  })

  it("clogs several nodes in a swizzle, and lets them go in another order", () => {
    const clogs = drawn(["swizzle"], 3, 400).filter((fault) => fault.kind === "clog")
    expect(new Set(clogs.map(({ at }) => at)).size).toBeGreaterThan(2)
    const begun = clogs.toSorted((a, b) => a.at - b.at)
    const ended = clogs.toSorted((a, b) => a.until - b.until)
    expect(begun).not.toEqual(ended)
  })
})
