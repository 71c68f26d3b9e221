import { describe, expect, it } from "vitest"
import type * as PartitionLog from "../../../core/broker/PartitionLog.ts"
import type * as PartitionState from "../../../core/broker/PartitionState.ts"
import type * as Recovery from "../../../core/storage/Recovery.ts"
import { buildMutant } from "../../../runtimes/simulate/mutants/BuildMutant.ts"
import { mutants } from "../../../runtimes/simulate/mutants/Catalogue.ts"
import { loadModule } from "../../runtimes/simulate/mutants/LoadModule.ts"
import { firstFailure, seedsFrom } from "../driver/index.ts"
import { log, simulateLog } from "./LogSim.ts"
import type { Subjects } from "./LogWorld.ts"

type Modules = readonly [typeof PartitionLog, typeof PartitionState, typeof Recovery]

const entries = ["core/broker/PartitionLog.ts", "core/broker/PartitionState.ts", "core/storage/Recovery.ts"] as const

const seeds = seedsFrom(1, log.seeds)

describe("the simulation of the log finds", { timeout: 120_000 }, () => {
  /** A planted bug is found by no more seeds than the log of this package has to pass. */
  it.each(mutants.log)("$name: $why", async (mutant) => {
    const [{ partitionLog }, { openPartitionLog }, { recover }] = await buildMutant<Modules>(
      mutant,
      entries,
      loadModule
    )
    const subjects: Subjects = { machine: () => partitionLog, open: openPartitionLog, recover }
    const failed = firstFailure(seeds, (seed) => simulateLog(seed, subjects))
    expect(failed?.rerun).toBe(`npm run simulate -- log --seed ${failed?.seed}`)
  })
})
