import { describe, expect, it } from "vitest"
import type * as Cache from "../../../core/journal/read/PartitionCache.ts"
import type * as Recovery from "../../../core/journal/read/Recovery.ts"
import type * as Replication from "../../../core/journal/replicate/Replication.ts"
import type * as Trust from "../../../core/journal/trust/StoreTrust.ts"
import { makeJournalScenario } from "../../../core/scenarios/index.ts"
import { firstFailure, shrink } from "../../../core/simulation/index.ts"
import type { Scenario } from "../../../core/simulation/index.ts"
import { buildMutant, mutants } from "../../../runtimes/simulate/index.ts"
import type { Mutant } from "../../../runtimes/simulate/index.ts"
import { loadModule } from "../../runtimes/simulate/mutants/LoadModule.ts"
import { seedsFor } from "./MutantSeeds.ts"

type Modules = readonly [typeof Recovery, typeof Replication, typeof Cache, typeof Trust]

const entries = [
  "core/journal/read/Recovery.ts",
  "core/journal/replicate/Replication.ts",
  "core/journal/read/PartitionCache.ts",
  "core/journal/trust/StoreTrust.ts"
] as const

const plant = async (mutant: Mutant): Promise<Scenario> => {
  const [{ recovery }, { replication }, { partitionCache }, { storeTrust }] = await buildMutant<Modules>(
    mutant,
    entries,
    loadModule
  )
  return makeJournalScenario({ recovery, replication, cache: partitionCache, trust: storeTrust })
}

const firstOf = (scenario: Scenario, { name }: Mutant) => firstFailure(scenario, seedsFor(scenario, name))

describe("the simulation of the journal", { timeout: 120_000 }, () => {
  /** A planted bug is found by no more seeds than the machines of this package have to pass. */
  it.each(mutants.journal)("finds $name: $why", async (mutant) => {
    expect(firstOf(await plant(mutant), mutant)?.invariant).toMatch(/^(J\d+ |settles: )/)
  })

  it("shrinks what it has found to a story that a person can follow", async () => {
    const mutant = mutants.journal.find(({ name }) => name === "late-answers-taken")
    if (mutant === undefined) throw new Error("There is no such planted bug.")
    const scenario = await plant(mutant)
    const failure = firstOf(scenario, mutant)
    if (failure === undefined) throw new Error("It is not found.")
    let runs = 0
    const { plan } = shrink(scenario, failure, { goOn: () => runs++ < 2000 })
    expect(plan.faults.length + plan.moves.length + plan.chances.length).toBeLessThanOrEqual(15)
  })
})
