import { describe, expect, it } from "vitest"
import type * as PartitionLog from "../../../core/broker/PartitionLog.ts"
import type * as PartitionState from "../../../core/broker/PartitionState.ts"
import { makeLogScenario } from "../../../core/scenarios/index.ts"
import { firstFailure } from "../../../core/simulation/index.ts"
import type * as Recovery from "../../../core/storage/Recovery.ts"
import { buildMutant, mutants } from "../../../runtimes/simulate/index.ts"
import { loadModule } from "../../runtimes/simulate/mutants/LoadModule.ts"
import { seedsFor } from "./MutantSeeds.ts"

type Modules = readonly [typeof PartitionLog, typeof PartitionState, typeof Recovery]

const entries = ["core/broker/PartitionLog.ts", "core/broker/PartitionState.ts", "core/storage/Recovery.ts"] as const

describe("the simulation of the log finds", { timeout: 120_000 }, () => {
  /** A planted bug is found by no more seeds than the log of this package has to pass. */
  it.each(mutants.log)("$name: $why", async (mutant) => {
    const [{ partitionLog }, { openPartitionLog }, { recover }] = await buildMutant<Modules>(
      mutant,
      entries,
      loadModule
    )
    const scenario = makeLogScenario({ machine: partitionLog, open: openPartitionLog, recover })
    expect(firstFailure(scenario, seedsFor(scenario, mutant.name))?.invariant).toMatch(/^(L[1-8] |settles: )/)
  })
})
