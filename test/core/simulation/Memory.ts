import type { Answer, Machine } from "../../../core/machine/index.ts"
import { runPlan, SimulationFailed, task } from "../../../core/simulation/index.ts"
import type {
  Meaning,
  Node,
  NodeOptions,
  Plan,
  Report,
  RunPlanOptions,
  Scenario,
  Simulation,
  Task,
  TaskOptions
} from "../../../core/simulation/index.ts"

/** An input brings its own outputs, and an output its own meaning, so that a test says all in one place. */
export type MemoryInput =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Do"; readonly outputs: ReadonlyArray<Meaning<MemoryInput>> }
  | { readonly _tag: "Done"; readonly name: string }
  | { readonly _tag: "Late"; readonly name: string }
  | { readonly _tag: "Heard"; readonly from: string; readonly text: string }
type MemoryOutput = Meaning<MemoryInput>

export interface MemoryState {
  readonly heard: ReadonlyArray<string>
  readonly wakeAt: number | undefined
}

export type MemoryNode = Node<MemoryState, MemoryInput>

const saidOf = (input: MemoryInput): string => {
  switch (input._tag) {
    case "Tick":
      return `Tick ${input.now}`
    case "Do":
      return "Do"
    case "Heard":
      return `${input.from}: ${input.text}`
    default:
      return `${input._tag} ${input.name}`
  }
}

/** Remembers what it was told. */
export const memory: Machine<MemoryState, MemoryInput, MemoryOutput> = {
  step: (state, input) => {
    const wakeAt = input._tag === "Tick" && input.now >= (state.wakeAt ?? Infinity) ? undefined : state.wakeAt
    return [{ heard: [...state.heard, saidOf(input)], wakeAt }, input._tag === "Do" ? input.outputs : []]
  },
  wakeAt: (state) => state.wakeAt
}

export const does = (...outputs: ReadonlyArray<Meaning<MemoryInput> | Answer>): MemoryInput => ({ _tag: "Do", outputs })

/** What the node heard since its last start, without the time. */
export const heardBy = (node: MemoryNode): ReadonlyArray<string> =>
  node.state().heard.filter((one) => !one.startsWith("Tick") && one !== "Do")

/** A simulation of nodes that remember, and what took effect. */
export class World {
  readonly effects: Array<string> = []
  readonly simulation: Simulation

  constructor(simulation: Simulation) {
    this.simulation = simulation
  }

  node(
    name = "memory",
    options: Partial<NodeOptions<MemoryState, MemoryInput, MemoryOutput, string>> & { readonly wakeAt?: number } = {}
  ): MemoryNode {
    const { wakeAt, ...rest } = options
    return this.simulation.node<MemoryState, MemoryInput, MemoryOutput, string>({
      name,
      boot: () => ({
        machine: memory,
        state: { heard: [], wakeAt },
        tick: (now) => ({ _tag: "Tick", now }),
        perform: (output) => output,
        received: (from, text) => ({ _tag: "Heard", from, text })
      }),
      ...rest
    })
  }

  task(name: string, resource?: string, options: TaskOptions<MemoryInput> = {}): Task<MemoryInput> {
    const act = (): MemoryInput => {
      this.effects.push(name)
      return { _tag: "Done", name }
    }
    return task(resource, act, options)
  }
}

/** A scenario that is one body, without knobs. */
export const scenarioOf = (body: (world: World) => void): Scenario => ({
  name: "memory",
  knobs: {},
  seeds: 1,
  marks: {},
  run: (simulation) => body(new World(simulation))
})

/** Runs a body once; what a test expects in it is thrown as it is. */
export const runWorld = (
  body: (world: World) => void,
  plan: Omit<Partial<Plan>, "scenario"> = {},
  options: RunPlanOptions = {}
): Report => {
  try {
    return runPlan(scenarioOf(body), { scenario: "memory", seed: 1, ...plan }, options)
  } catch (error) {
    throw error instanceof SimulationFailed && error.cause !== undefined ? error.cause : error
  }
}

export const failureOf = (run: () => unknown): SimulationFailed => {
  try {
    run()
  } catch (error) {
    if (error instanceof SimulationFailed) return error
    throw error
  }
  throw new Error("It does not fail.")
}

export const someSeeds: ReadonlyArray<number> = Array.from({ length: 200 }, (_, seed) => seed)

/** How many different things the seeds bring about. */
export const outcomes = (body: (world: World) => ReadonlyArray<string>): ReadonlySet<string> => {
  const seen = new Set<string>()
  for (const seed of someSeeds) runWorld((world) => void seen.add(body(world).join(" ")), { seed })
  return seen
}
