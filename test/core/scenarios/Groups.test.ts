import { describe, expect, it } from "vitest"
import { groupsSubjects, makeGroupsScenario } from "../../../core/scenarios/index.ts"
import { check, runPlan, seedsFrom } from "../../../core/simulation/index.ts"

const groups = makeGroupsScenario(groupsSubjects)

describe("a group with its members, on a broker that ends at times", { timeout: 300_000 }, () => {
  it("tells its members what they may be told, loses no offset, and comes to rest", () => {
    expect(check(groups).missing).toEqual([])
  })

  it("is the same run from a seed each time, and from the plan that a run leaves behind", () => {
    for (const seed of seedsFrom(3000, 40)) {
      const report = runPlan(groups, { scenario: groups.name, seed })
      expect(runPlan(groups, { scenario: groups.name, seed }).hash).toBe(report.hash)
      expect(runPlan(groups, report.plan).hash).toBe(report.hash)
    }
  })
})
