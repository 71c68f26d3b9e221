import { describe, expect, it } from "vitest"
import { buildMutant, logMutants } from "../../../runtimes/simulate/index.ts"
import { firstFailure, seedsFrom } from "../driver/index.ts"
import { log, simulateLog } from "./LogSim.ts"
import type { Subjects } from "./LogWorld.ts"

type Modules = readonly [
  typeof import("../../../core/broker/PartitionLog.ts"),
  typeof import("../../../core/broker/PartitionState.ts"),
  typeof import("../../../core/storage/Recovery.ts")
]

const entries = ["core/broker/PartitionLog.ts", "core/broker/PartitionState.ts", "core/storage/Recovery.ts"] as const

const seeds = seedsFrom(1, log.seeds)

describe("the simulation of the log finds", { timeout: 120_000 }, () => {
  /** A planted bug is found by no more seeds than the log of this package has to pass. */
  it.each(logMutants)("$name: $why", async (mutant) => {
    const [{ partitionLog }, { openPartitionLog }, { recover }] = await buildMutant<Modules>(mutant, entries)
    const subjects: Subjects = { machine: () => partitionLog, open: openPartitionLog, recover }
    const failed = firstFailure(seeds, (seed) => simulateLog(seed, subjects))
    expect(failed?.rerun).toBe(`npm run simulate -- log --seed ${failed?.seed}`)
  })
})
