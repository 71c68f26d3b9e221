import * as chain from "../../core/chain/index.ts"
import {
  type GroupsSubjects,
  groupsSubjects,
  type JournalSubjects,
  journalSubjects,
  type LambdaSubjects,
  lambdaSubjects,
  type LogSubjects,
  logSubjects,
  makeChainScenario,
  makeGroupsScenario,
  makeJournalScenario,
  makeLambdaScenario,
  makeLogScenario,
  scriptOf
} from "../../core/scenarios/index.ts"
import type { Plan, Scenario } from "../../core/simulation/index.ts"
import { buildMutant } from "./mutants/BuildMutant.ts"
import { mutants } from "./mutants/Catalogue.ts"
import { loadModule } from "./mutants/LoadModule.ts"
import type { Mutant, MutantSystem } from "./mutants/Mutant.ts"

/** What is simulated, and how the run of a plan is told as a script, where there is a language for that. */
export interface Simulated {
  readonly scenario: Scenario
  readonly script?: (plan: Plan) => string
}

/** A system that can be simulated: as it is, and with a bug planted in it. */
interface System {
  readonly real: Simulated
  readonly planted: (mutant: Mutant) => Promise<Simulated>
}

const named = (scenario: Scenario): Scenario => ({ ...scenario, command: `odradek simulate ${scenario.name}` })

const chainOf = (module: typeof chain): Simulated => ({
  scenario: named(makeChainScenario(module)),
  script: (plan) => scriptOf(makeChainScenario, module, plan)
})

const journalOf = (subjects: JournalSubjects): Simulated => ({ scenario: named(makeJournalScenario(subjects)) })

/** What the journal's scenario takes from the modules of a planted bug. */
type JournalModules = readonly [
  { readonly recovery: JournalSubjects["recovery"] },
  { readonly replication: JournalSubjects["replication"] },
  { readonly partitionCache: JournalSubjects["cache"] },
  { readonly storeTrust: JournalSubjects["trust"] }
]

const logOf = (subjects: LogSubjects): Simulated => ({ scenario: named(makeLogScenario(subjects)) })

/** What the log's scenario takes from the modules of a planted bug. */
type LogModules = readonly [
  { readonly partitionLog: LogSubjects["machine"] },
  { readonly openPartitionLog: LogSubjects["open"] },
  { readonly recover: LogSubjects["recover"] }
]

const groupsOf = (subjects: GroupsSubjects): Simulated => ({ scenario: named(makeGroupsScenario(subjects)) })

/** What the groups' scenario takes from the modules of a planted bug. */
type GroupsModules = readonly [
  { readonly broker: GroupsSubjects["broker"]; readonly startBroker: GroupsSubjects["start"] },
  { readonly groupMember: GroupsSubjects["member"] }
]

const lambdaOf = (subjects: LambdaSubjects): Simulated => ({ scenario: named(makeLambdaScenario(subjects)) })

/** What the functions' scenario takes from the modules of a planted bug. */
type LambdaModules = readonly [
  { readonly eventSourceMapping: LambdaSubjects["mapping"] },
  {
    readonly givenReplication: LambdaSubjects["replication"]
    readonly firstUnstored: LambdaSubjects["firstUnstored"]
  }
]

const systems: Readonly<Record<MutantSystem, System>> = {
  chain: {
    real: chainOf(chain),
    planted: async (mutant) => {
      const [module] = await buildMutant<readonly [typeof chain]>(mutant, ["core/chain/index.ts"], loadModule)
      return chainOf(module)
    }
  },
  journal: {
    real: journalOf(journalSubjects),
    planted: async (mutant) => {
      const [{ recovery }, { replication }, { partitionCache }, { storeTrust }] = await buildMutant<JournalModules>(
        mutant,
        [
          "core/journal/read/Recovery.ts",
          "core/journal/replicate/Replication.ts",
          "core/journal/read/PartitionCache.ts",
          "core/journal/trust/StoreTrust.ts"
        ],
        loadModule
      )
      return journalOf({ recovery, replication, cache: partitionCache, trust: storeTrust })
    }
  },
  log: {
    real: logOf(logSubjects),
    planted: async (mutant) => {
      const [{ partitionLog }, { openPartitionLog }, { recover }] = await buildMutant<LogModules>(
        mutant,
        ["core/broker/PartitionLog.ts", "core/broker/PartitionState.ts", "core/storage/Recovery.ts"],
        loadModule
      )
      return logOf({ machine: partitionLog, open: openPartitionLog, recover })
    }
  },
  groups: {
    real: groupsOf(groupsSubjects),
    planted: async (mutant) => {
      const [{ broker, startBroker }, { groupMember }] = await buildMutant<GroupsModules>(
        mutant,
        ["core/broker/Broker.ts", "core/client/GroupMember.ts"],
        loadModule
      )
      return groupsOf({ broker, start: startBroker, member: groupMember })
    }
  },
  lambda: {
    real: lambdaOf(lambdaSubjects),
    planted: async (mutant) => {
      const [{ eventSourceMapping }, { firstUnstored, givenReplication }] = await buildMutant<LambdaModules>(
        mutant,
        ["core/lambda/EventSourceMapping.ts", "core/journal/replicate/GivenReplication.ts"],
        loadModule
      )
      return lambdaOf({ mapping: eventSourceMapping, replication: givenReplication, firstUnstored })
    }
  }
}

/** The scenario of a system as it is. */
export const scenarioOf = (system: MutantSystem): Scenario => systems[system].real.scenario

/** What is simulated of a system: as it is, or with the bug of this name planted in it. */
export const simulatedOf = async (system: MutantSystem, mutant: string | undefined): Promise<Simulated> => {
  const { planted, real } = systems[system]
  if (mutant === undefined) return real
  const found = mutants[system].find(({ name }) => name === mutant)
  if (found === undefined) throw new Error(`No bug ${mutant} can be planted in ${system}.`)
  return planted(found)
}
