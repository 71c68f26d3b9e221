import * as Data from "effect/Data"
import { showEvent } from "./Trace.ts"
import type { TraceEvent } from "./Trace.ts"

interface Parts {
  readonly seed: number
  readonly what: string
  readonly hash: string
  readonly trace: ReadonlyArray<TraceEvent>
  readonly rerun: string
  readonly cause?: unknown
}

/**
 * A run in which something happened that must not happen.
 *
 * **Details**
 *
 * `what` says what was violated, `trace` holds the last events before it, `hash` is the trace hash of the run so far,
 * and `rerun` the command that gives the same run again. `message` is all of them as text.
 */
export class SimulationFailed extends Data.TaggedError("SimulationFailed")<Parts & { readonly message: string }> {}

/** Makes a {@link SimulationFailed} with its message. */
export const simulationFailed = (parts: Parts): SimulationFailed => {
  const tail = parts.trace.map((event) => `\n${showEvent(event)}`).join("")
  const message = `${parts.what}\nseed ${parts.seed}, trace ${parts.hash}; run it again with: ${parts.rerun}${tail}`
  return new SimulationFailed({ ...parts, message })
}
