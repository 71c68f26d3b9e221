import { describe, expect, it } from "vitest"
import { Recovery, Replication } from "../../core/journal/index.ts"
import { simulate } from "./JournalSim.ts"
import type { SimReport, Subjects } from "./JournalSim.ts"
import { headFirst, pointerFirst, trusting, unconfirmed, unrepairedDelete } from "./PlantedBugs.ts"

const real: Subjects = { recovery: () => Recovery.recovery, replication: () => Replication.replication }

const only = process.env["JOURNAL_SEED"]
const seeds = only === undefined ? Array.from({ length: 2000 }, (_, at) => at + 1) : [Number(only)]

/** The first seed that finds a planted bug; it may look at as many as the test of the real machines does. */
const found = (subjects: Partial<Subjects>): string | undefined => {
  for (const seed of seeds) {
    try {
      simulate(seed, { ...real, ...subjects })
    } catch (error) {
      return String(error)
    }
  }
  return undefined
}

describe("the journal under writers, replicators and readers, from a seed", () => {
  it("tells every reader the journal at one point of the log, and ends with the store as the log has it", () => {
    const reports = seeds.map((seed) => simulate(seed, real))
    const sum = (part: keyof SimReport) => reports.reduce((total, report) => total + report[part], 0)
    if (only !== undefined) return expect(sum("reads")).toBeGreaterThan(0)
    expect(sum("reads")).toBeGreaterThan(20_000)
    expect(sum("crashes")).toBeGreaterThan(2000)
    expect(sum("changed")).toBeGreaterThan(100)
    expect(sum("lost")).toBeGreaterThan(10)
  })

  it("gives the same run for the same seed", () => {
    expect(simulate(7, real)).toEqual(simulate(7, real))
  })
})

describe.skipIf(only !== undefined)("the simulation finds", () => {
  it("a replicator that moves the pointer before it writes what the pointer promises", () => {
    expect(found({ replication: pointerFirst })).toMatch(/JOURNAL_SEED=/)
  })

  it("a replicator that does not repair a redelivered delete", () => {
    expect(found({ replication: unrepairedDelete })).toMatch(/JOURNAL_SEED=/)
  })

  it("a reader that reads the head before the pointer", () => {
    expect(found({ recovery: headFirst })).toMatch(/JOURNAL_SEED=/)
  })

  it("a reader that does not look whether the store has moved on beneath it", () => {
    expect(found({ recovery: trusting })).toMatch(/JOURNAL_SEED=/)
  })

  it("a reader that takes the tail for a journal's beginning without asking for the pointer again", () => {
    expect(found({ recovery: unconfirmed })).toMatch(/JOURNAL_SEED=/)
  })
})
