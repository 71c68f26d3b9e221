import * as Data from "effect/Data"

/** A command that was used in a way that makes no sense. `message` is one sentence that says what to give instead. */
export class UseError extends Data.TaggedError("UseError")<{ readonly message: string }> {}
