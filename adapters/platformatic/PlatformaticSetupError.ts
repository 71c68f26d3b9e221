import * as Data from "effect/Data"

/**
 * A log on `@platformatic/kafka` that could not be made: the package is not installed, or cannot be loaded. `message` is
 * one sentence that says what to do.
 */
export class PlatformaticSetupError extends Data.TaggedError("PlatformaticSetupError")<{
  readonly reason: "NotInstalled"
  readonly message: string
  readonly cause?: unknown
}> {}
