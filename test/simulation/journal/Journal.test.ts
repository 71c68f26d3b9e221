import { describe, expect, it } from "vitest"
import { explore, seedsFrom } from "../driver/index.ts"
import { missingMarks } from "../Scenario.ts"
import { journal } from "./JournalSim.ts"

const seeds = seedsFrom(1, journal.seeds)

describe("the journal under writers, replicators and readers, from a seed", () => {
  it("tells every reader the journal at one point of the log, and ends with the store as the log has it", () => {
    expect(missingMarks(journal, explore(seeds, journal.run))).toEqual([])
  }, 120_000)
})
