import * as Data from "effect/Data"

/** Something that must not happen has; the run ends here. */
export class Violation extends Data.TaggedError("Violation")<{
  readonly invariant: string
  readonly what: string
}> {
  override get message(): string {
    return `${this.invariant}: ${this.what}`
  }
}
