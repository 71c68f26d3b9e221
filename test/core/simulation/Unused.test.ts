import { describe, expect, it } from "vitest"
import { type Plan, type PlannedFault, runPlan, unusedOf } from "../../../core/simulation/index.ts"
import { makeLock } from "./LockService.ts"

const lock = makeLock()

const unused = (plan: Omit<Plan, "scenario" | "seed">): ReadonlyArray<string> => {
  const nodes = new Set<string>()
  const whole: Plan = { scenario: "lock", seed: 1, moves: [], faults: [], chances: [], ...plan }
  const report = runPlan(lock, whole, { watch: ({ node }) => nodes.add(node) })
  return unusedOf(whole, report.plan, nodes)
}

describe("what of a plan is never used", () => {
  it("is nothing of what a run left behind", () => {
    const { plan } = runPlan(lock, { scenario: "lock", seed: 4 })
    expect(plan.faults.length * plan.moves.length * plan.chances.length).toBeGreaterThan(0)
    const again = runPlan(lock, plan)
    expect(again.plan).toEqual(plan)
    expect(unused({ ...plan, knobs: plan.knobs })).toEqual([])
  })

  it("is a move that no workload has, or that comes too late", () => {
    const want = { at: 1, name: "want", seed: 1 }
    expect(unused({ moves: [want, { ...want, name: "wnat" }, { ...want, at: 1e9 }, { ...want, phase: 7 }] })).toEqual([
      "moves[1] (wnat) never began",
      "moves[2] (want) never began",
      "moves[3] (want) never began"
    ])
  })

  it("is a fault of a node or a link that does not exist, or that comes too late", () => {
    const cut: PlannedFault = { at: 1, kind: "cut", links: ["server>c1", "c1>c9", "x>server"], until: 5 }
    const pause: PlannedFault = { at: 1, kind: "pause", node: "sever", until: 5 }
    const crash: PlannedFault = { at: 1, kind: "crash", node: "sever", leader: true, power: true, downMs: 1 }
    const late: PlannedFault = { ...pause, node: "server", at: 1e9, until: 1e9 }
    expect(unused({ faults: [cut, pause, crash, late, { ...pause, node: "server" }] })).toEqual([
      "faults[0] (cut): there is no link c1>c9, x>server",
      "faults[1] (pause): there is no node sever",
      "faults[3] (pause): never began"
    ])
  })

  it("is a chance of a stream that never was, or that had fewer occasions", () => {
    const moves = [{ at: 1, name: "want", seed: 1 }]
    const chances = [
      { stream: "loss c1>server", nth: 9999 },
      { stream: "los c1>server", nth: 0 }
    ]
    expect(unused({ moves, chances })).toEqual([
      "chances[0] (loss c1>server, 9999) was never taken",
      "chances[1] (los c1>server, 0) was never taken"
    ])
  })
})

it("a chance that a plan has twice happens once, and stops none after it", () => {
  const chances = [0, 0, 1].map((nth) => ({ stream: "loss c1>server", nth }))
  const knobs = { clients: 2, faults: 0, loss: 20, latency: 1, writing: 1, gap: 20, shuffle: 0 }
  const moves = [0, 1, 2, 3, 4, 5].map((at) => ({ at: 200 * at, name: "want", seed: 2 * at }))
  const { plan } = runPlan(lock, { scenario: "lock", seed: 1, knobs, moves, faults: [], chances })
  expect(plan.chances).toEqual(chances.slice(1))
})
