import type { PlannedChance } from "./Chance.ts"
import type { PlannedFault } from "./PlannedFault.ts"

/**
 * Something that the workload does.
 *
 * **Details**
 *
 * `at` is in milliseconds since the beginning of its phase: the first `run` of a scenario is phase 0 (where it is left
 * out), the next one phase 1. `seed` is the move's own randomness.
 */
export interface PlannedMove {
  readonly at: number
  readonly name: string
  readonly seed: number
  readonly phase?: number
}

/**
 * All that decides a run: plain data, to be kept as JSON.
 *
 * **Details**
 *
 * What is left out is drawn from the seed. The plan of a finished run, and that of a failure, leaves nothing out, so that
 * a run from it draws nothing but latencies and gives the same hash. Taking a fault, a move or a chance out of it shifts
 * nothing else.
 */
export interface Plan {
  readonly scenario: string
  readonly seed: number
  readonly knobs?: Readonly<Record<string, number>>
  readonly moves?: ReadonlyArray<PlannedMove>
  readonly faults?: ReadonlyArray<PlannedFault>
  readonly chances?: ReadonlyArray<PlannedChance>
}

/** A plan that leaves nothing out. */
export type CompletePlan = Required<Plan>
