import * as chain from "../../core/chain/index.ts"
import { type ChainModule, makeChainScenario } from "../../core/scenarios/index.ts"
import type { Scenario } from "../../core/simulation/index.ts"
import { buildMutant, type LoadModule } from "./mutants/BuildMutant.ts"
import { mutants } from "./mutants/Catalogue.ts"
import { loadModule } from "./mutants/LoadModule.ts"
import type { Mutant, MutantSystem } from "./mutants/Mutant.ts"

/** A system that can be simulated: as it is, and with a bug planted in it. */
interface System {
  readonly scenario: Scenario
  readonly planted: (mutant: Mutant, load: LoadModule) => Promise<Scenario>
}

const named = (scenario: Scenario): Scenario => ({ ...scenario, command: `odradek simulate ${scenario.name}` })

const systems = {
  chain: {
    scenario: named(makeChainScenario(chain)),
    planted: async (mutant, load) => {
      const [module] = await buildMutant<readonly [ChainModule]>(mutant, ["core/chain/index.ts"], load)
      return makeChainScenario(module)
    }
  }
} satisfies Partial<Record<MutantSystem, System>>

/** A system that can be simulated. */
export type SystemName = keyof typeof systems

/** The scenario of a system as it is. */
export const scenarioOf = (system: SystemName): Scenario => systems[system].scenario

/** The scenario of a system with a bug planted in it. */
export const plantedScenario = async (system: SystemName, name: string): Promise<Scenario> => {
  const mutant = mutants[system].find((one) => one.name === name)
  if (mutant === undefined) throw new Error(`The ${system} has no planted bug ${name}.`)
  return named(await systems[system].planted(mutant, loadModule))
}
