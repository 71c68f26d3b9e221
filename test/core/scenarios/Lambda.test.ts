import { describe, expect, it } from "vitest"
import { lambdaSubjects, makeLambdaScenario } from "../../../core/scenarios/index.ts"
import { check, runPlan, seedsFrom } from "../../../core/simulation/index.ts"

const lambda = makeLambdaScenario(lambdaSubjects)

describe("a function that replicates, behind an event source mapping", { timeout: 300_000 }, () => {
  it("loses nothing and doubles nothing, whatever the mapping hands over, to how many, and how often", () => {
    expect(check(lambda).missing).toEqual([])
  })

  it("is the same run from a seed each time, and from the plan that a run leaves behind", () => {
    for (const seed of seedsFrom(3000, 40)) {
      const report = runPlan(lambda, { scenario: lambda.name, seed })
      expect(runPlan(lambda, { scenario: lambda.name, seed }).hash).toBe(report.hash)
      expect(runPlan(lambda, report.plan).hash).toBe(report.hash)
    }
  })
})
