import { describe, expect, it } from "vitest"
import type * as Cache from "../../../core/journal/PartitionCache.ts"
import type * as Recovery from "../../../core/journal/Recovery.ts"
import type * as Replication from "../../../core/journal/Replication.ts"
import { buildMutant } from "../../../runtimes/simulate/mutants/BuildMutant.ts"
import { mutants } from "../../../runtimes/simulate/mutants/Catalogue.ts"
import { loadModule } from "../../runtimes/simulate/mutants/LoadModule.ts"
import { firstFailure, seedsFrom } from "../driver/index.ts"
import { journal, simulateJournal } from "./JournalSim.ts"
import type { Subjects } from "./JournalWorld.ts"

type Modules = readonly [typeof Recovery, typeof Replication, typeof Cache]

const entries = ["core/journal/Recovery.ts", "core/journal/Replication.ts", "core/journal/PartitionCache.ts"] as const

const seeds = seedsFrom(1, journal.seeds)

describe("the simulation of the journal finds", { timeout: 120_000 }, () => {
  /** A planted bug is found by no more seeds than the machines of this package have to pass. */
  it.each(mutants.journal)("$name: $why", async (mutant) => {
    const [{ recovery }, { replication }, { partitionCache }] = await buildMutant<Modules>(mutant, entries, loadModule)
    const subjects: Subjects = {
      recovery: () => recovery,
      replication: () => replication,
      cache: () => partitionCache
    }
    const failed = firstFailure(seeds, (seed) => simulateJournal(seed, subjects))
    expect(failed?.rerun).toBe(`npm run simulate -- journal --seed ${failed?.seed}`)
  })
})
