import { expect, it } from "vitest"
import { type CompletePlan, readPlan } from "../../../../../core/simulation/index.ts"
import { planJson } from "../../../../../runtimes/node/cli/simulate/PlanText.ts"

const plan: CompletePlan = {
  scenario: "chain",
  seed: 7,
  knobs: { nodes: 3, loss: 0.5 },
  faults: [
    { at: 3, kind: "crash", node: "n1", power: true, downMs: 10 },
    { at: 5, kind: "cut", links: ["n1>n2", "n2>n1"], until: 9 }
  ],
  moves: [{ at: 1, name: "propose", seed: 4_294_967_295 }],
  chances: []
}

it("a plan is written with a line for each of its parts, and read as it was", () => {
  const text = planJson(plan)
  expect(readPlan(text)).toEqual(plan)
  expect(text.split("\n").filter((line) => line.includes('"at"')).length).toBe(3)
  expect(text).toContain('"chances": []\n}\n')
})
