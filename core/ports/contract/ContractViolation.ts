import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { show } from "./Show.ts"

/** An adapter broke its port's contract: what was looked at, what the contract says, and what the adapter gave. */
export class ContractViolation extends Data.TaggedError("ContractViolation")<{
  readonly what: string
  readonly expected: string
  readonly actual: string
}> {
  override get message(): string {
    return `The adapter breaks its port's contract: ${this.what} should be ${this.expected}, and is ${this.actual}.`
  }
}

/** Longest part of a value that is worth printing. */
const excerptLength = 400

/** The part of `text` around the place where it begins to differ from the other text. */
const excerpt = (text: string, differsAt: number): string => {
  if (text.length <= excerptLength) return text
  const start = Math.max(0, Math.min(differsAt - excerptLength / 4, text.length - excerptLength))
  const end = start + excerptLength
  return `${start > 0 ? "…" : ""}${text.slice(start, end)}${end < text.length ? "…" : ""}`
}

/** Fails with a {@link ContractViolation} unless both values have the same content. */
export const expectEqual = (what: string, actual: unknown, expected: unknown): Effect.Effect<void, ContractViolation> =>
  Effect.suspend(() => {
    const is = show(actual)
    const should = show(expected)
    if (is === should) return Effect.void
    let at = 0
    while (is[at] === should[at]) at++
    return Effect.fail(new ContractViolation({ what, expected: excerpt(should, at), actual: excerpt(is, at) }))
  })

/** Fails with a {@link ContractViolation} unless `effect` fails with an error of this `reason`. */
export const expectFailure = <A, E extends { readonly reason: string }, R>(
  what: string,
  reason: E["reason"],
  effect: Effect.Effect<A, E, R>
): Effect.Effect<void, ContractViolation, R> =>
  Effect.matchEffect(effect, {
    onFailure: (error) => expectEqual(what, `failed with ${error.reason}`, `failed with ${reason}`),
    onSuccess: (value) => expectEqual(what, `succeeded with ${show(value)}`, `failed with ${reason}`)
  })
