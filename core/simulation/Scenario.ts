import type { Simulation } from "./Simulation.ts"

/**
 * Machines, their workload, and what must hold of them: what a simulation runs.
 *
 * **Details**
 *
 * - `knobs`: the values that a seed draws one of for each knob; the first is the calm one (0 and 1 for no and yes). A run
 *   in which everything is equally likely hides what only extremes bring about: name tiny and huge values
 * - `seeds`: how many runs a batch has
 * - `marks`: how often at least a batch must have come to each mark
 * - `run`: builds nodes, runs the workload and settles; it fails through `simulation.fail`. It is called once for each
 *   run, and must make everything anew
 * - `command`: the command that runs the scenario, where there is one; ` --seed` and the seed are added to it
 */
export interface Scenario {
  readonly name: string
  readonly knobs: Readonly<Record<string, ReadonlyArray<number>>>
  readonly seeds: number
  readonly marks: Readonly<Record<string, number>>
  readonly run: (simulation: Simulation) => void
  readonly command?: string
}
