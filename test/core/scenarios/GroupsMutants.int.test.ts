import { describe, expect, it } from "vitest"
import type * as Broker from "../../../core/broker/Broker.ts"
import type * as GroupMember from "../../../core/client/GroupMember.ts"
import { makeGroupsScenario } from "../../../core/scenarios/index.ts"
import { firstFailure } from "../../../core/simulation/index.ts"
import { buildMutant, mutants } from "../../../runtimes/simulate/index.ts"
import { loadModule } from "../../runtimes/simulate/mutants/LoadModule.ts"
import { seedsFor } from "./MutantSeeds.ts"

type Modules = readonly [typeof Broker, typeof GroupMember]

const entries = ["core/broker/Broker.ts", "core/client/GroupMember.ts"] as const

describe("the simulation of a group finds", { timeout: 300_000 }, () => {
  /** A planted bug is found by no more seeds than the machines of this package have to pass. */
  it.each(mutants.groups)("$name: $why", async (mutant) => {
    const [{ broker, startBroker }, { groupMember }] = await buildMutant<Modules>(mutant, entries, loadModule)
    const scenario = makeGroupsScenario({ broker, start: startBroker, member: groupMember })
    expect(firstFailure(scenario, seedsFor(scenario, mutant.name))?.invariant).toMatch(/^(G[1-9] |settles: |throws )/)
  })
})
