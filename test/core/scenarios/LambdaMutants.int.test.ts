import { describe, expect, it } from "vitest"
import type * as GivenReplication from "../../../core/journal/replicate/GivenReplication.ts"
import type * as EventSourceMapping from "../../../core/lambda/EventSourceMapping.ts"
import { makeLambdaScenario } from "../../../core/scenarios/index.ts"
import { firstFailure } from "../../../core/simulation/index.ts"
import { buildMutant, mutants } from "../../../runtimes/simulate/index.ts"
import { loadModule } from "../../runtimes/simulate/mutants/LoadModule.ts"
import { seedsFor } from "./MutantSeeds.ts"

type Modules = readonly [typeof EventSourceMapping, typeof GivenReplication]

const entries = ["core/lambda/EventSourceMapping.ts", "core/journal/replicate/GivenReplication.ts"] as const

describe("the simulation of a function that replicates finds", { timeout: 300_000 }, () => {
  /** A planted bug is found by no more seeds than the machines of this package have to pass. */
  it.each(mutants.lambda)("$name: $why", async (mutant) => {
    const [{ eventSourceMapping }, { firstUnstored, givenReplication }] = await buildMutant<Modules>(
      mutant,
      entries,
      loadModule
    )
    const scenario = makeLambdaScenario({ mapping: eventSourceMapping, replication: givenReplication, firstUnstored })
    expect(firstFailure(scenario, seedsFor(scenario, mutant.name))?.invariant).toMatch(/^(E[1-4] |settles: |throws )/)
  })
})
