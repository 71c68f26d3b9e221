import * as Data from "effect/Data"

/**
 * Why a sandbox has not answered.
 *
 * - `NoHandler`: the file exports no such function
 * - `NotLoaded`: the file cannot be loaded
 * - `NotStarted`: no process can be started
 * - `Exited`: the process has ended, by itself, or because it was killed
 */
export type SandboxFailureReason = "NoHandler" | "NotLoaded" | "NotStarted" | "Exited"

/** A sandbox that does not answer any more. `message` is one sentence that says why. */
export class SandboxFailure extends Data.TaggedError("SandboxFailure")<{
  readonly reason: SandboxFailureReason
  readonly message: string
}> {}
