import * as Data from "effect/Data"
import type { CompletePlan } from "./Plan.ts"
import type { TraceEvent } from "./TraceEvent.ts"

/**
 * A run in which something happened that must not happen.
 *
 * **Details**
 *
 * `invariant` names what was violated and is the class of the failure, `what` says how. `plan` gives the same run again;
 * `hash` and `events` are those of the run until then, `trace` its last events, and `rerun` says how to repeat it.
 * `cause` is what was thrown, where that was no violation. `message` is all of them as text.
 */
export class SimulationFailed extends Data.TaggedError("SimulationFailed")<{
  readonly invariant: string
  readonly what: string
  readonly plan: CompletePlan
  readonly hash: string
  readonly events: number
  readonly trace: ReadonlyArray<TraceEvent>
  readonly rerun: string
  readonly cause?: unknown
  readonly message: string
}> {}
