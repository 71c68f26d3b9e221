import { describe, expect, it } from "vitest"
import { logSubjects, makeLogScenario } from "../../../core/scenarios/index.ts"
import { check, runPlan, seedsFrom } from "../../../core/simulation/index.ts"

const log = makeLogScenario(logSubjects)

describe("a partition's log on a disk that fails", { timeout: 120_000 }, () => {
  it("answers every client once and right, and keeps what it promised", () => {
    expect(check(log).missing).toEqual([])
  })

  it("is the same run from a seed each time, and from the plan that a run leaves behind", () => {
    for (const seed of seedsFrom(3000, 40)) {
      const report = runPlan(log, { scenario: log.name, seed })
      expect(runPlan(log, { scenario: log.name, seed }).hash).toBe(report.hash)
      expect(runPlan(log, report.plan).hash).toBe(report.hash)
    }
  })
})
