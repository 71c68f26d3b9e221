import * as Data from "effect/Data"

/** A line of a script that means nothing, or something that is not so. */
export class ScriptError extends Data.TaggedError("ScriptError")<{
  readonly reason: "Syntax" | "Expectation"
  readonly command: string
  readonly detail: string
}> {
  override get message(): string {
    return this.reason === "Syntax"
      ? `The command "${this.command}" cannot be carried out: ${this.detail}.`
      : `The script expects "${this.command}", but ${this.detail}.`
  }
}
