import { describe, expect, it } from "vitest"
import { journalSubjects, makeJournalScenario } from "../../../core/scenarios/index.ts"
import { check, runPlan, seedsFrom } from "../../../core/simulation/index.ts"

const journal = makeJournalScenario(journalSubjects)

describe("the journal under writers, replicators and readers", { timeout: 120_000 }, () => {
  it("tells every reader the journal at one point of the log, and ends with the store as the log has it", () => {
    expect(check(journal).missing).toEqual([])
  })

  it("is the same run from a seed each time, and from the plan that a run leaves behind", () => {
    for (const seed of seedsFrom(3000, 40)) {
      const report = runPlan(journal, { scenario: journal.name, seed })
      expect(runPlan(journal, { scenario: journal.name, seed }).hash).toBe(report.hash)
      expect(runPlan(journal, report.plan).hash).toBe(report.hash)
    }
  })
})
