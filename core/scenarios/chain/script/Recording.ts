import type { ChainInput, ChainOutput, ChainSettings, ChainState, Durable, NodeId } from "../../../chain/index.ts"
import { runPlan, SimulationFailed } from "../../../simulation/index.ts"
import type { Plan, Scenario } from "../../../simulation/index.ts"
import type { ChainModule } from "../ChainModule.ts"

/**
 * What happened to the machines of a run, in its order.
 *
 * - `Start`: a node began to live, from what was on its disk
 * - `Step`: its machine took an input, under these settings, and put out this
 */
export type Recorded =
  | {
      readonly _tag: "Start"
      readonly node: NodeId
      readonly settings: ChainSettings
      readonly durable: Durable
      readonly seed: number
    }
  | {
      readonly _tag: "Step"
      readonly node: NodeId
      readonly settings: ChainSettings
      readonly input: ChainInput
      readonly outputs: ReadonlyArray<ChainOutput>
    }

/** A run, and what it ended with. */
export interface Recording {
  readonly events: ReadonlyArray<Recorded>
  readonly failure: SimulationFailed | undefined
}

/** The same module, with an ear on its machine. */
const overheard = (module: ChainModule, hear: (event: Recorded) => void): ChainModule => ({
  ...module,
  start: (settings, durable, seed) => {
    const { blocks } = durable
    hear({
      _tag: "Start",
      node: settings.id,
      settings: { ...settings },
      durable: { ...durable, blocks: [...blocks] },
      seed
    })
    return module.start(settings, durable, seed)
  },
  chain: {
    wakeAt: module.chain.wakeAt,
    step: (state: ChainState, input) => {
      const { settings } = state
      const transition = module.chain.step(state, input)
      hear({ _tag: "Step", node: settings.id, settings: { ...settings }, input, outputs: transition[1] })
      return transition
    }
  }
})

/** Runs a plan, and takes down what its machines were told and did. */
export const record = (scenarioOf: (module: ChainModule) => Scenario, module: ChainModule, plan: Plan): Recording => {
  let events: Array<Recorded> = []
  const scenario = scenarioOf(overheard(module, (event) => events.push(event)))
  const listening: Scenario = {
    ...scenario,
    run: (simulation) => {
      // A run that fails is made once more for its last events: the last one counts.
      events = []
      scenario.run(simulation)
    }
  }
  try {
    runPlan(listening, plan)
    return { events, failure: undefined }
  } catch (error) {
    if (error instanceof SimulationFailed) return { events, failure: error }
    throw error
  }
}
