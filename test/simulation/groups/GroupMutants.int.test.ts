import { describe, expect, it } from "vitest"
import type * as Broker from "../../../core/broker/Broker.ts"
import type * as GroupMember from "../../../core/client/GroupMember.ts"
import { buildMutant } from "../../../runtimes/simulate/mutants/BuildMutant.ts"
import { mutants } from "../../../runtimes/simulate/mutants/Catalogue.ts"
import { loadModule } from "../../runtimes/simulate/mutants/LoadModule.ts"
import { firstFailure, seedsFrom } from "../driver/index.ts"
import { groups, simulateGroups } from "./GroupSim.ts"
import type { Subjects } from "./GroupWorld.ts"

type Modules = readonly [typeof Broker, typeof GroupMember]

const entries = ["core/broker/Broker.ts", "core/client/GroupMember.ts"] as const

const seeds = seedsFrom(1, groups.seeds)

describe("the simulation of a group finds", { timeout: 120_000 }, () => {
  /** A planted bug is found by no more seeds than the machines of this package have to pass. */
  it.each(mutants.groups)("$name: $why", async (mutant) => {
    const [{ broker, startBroker }, { groupMember }] = await buildMutant<Modules>(mutant, entries, loadModule)
    const subjects: Subjects = { broker: () => broker, start: startBroker, member: () => groupMember }
    const failed = firstFailure(seeds, (seed) => simulateGroups(seed, subjects))
    expect(failed?.rerun).toBe(`npm run simulate -- groups --seed ${failed?.seed}`)
  })
})
