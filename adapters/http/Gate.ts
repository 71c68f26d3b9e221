import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { Problem } from "./Problem.ts"

/** Lets in so many at once, each until its scope closes; others are told to come back. */
export interface Gate {
  readonly enter: Effect.Effect<void, Problem, Scope>
  /** How many are in. */
  readonly size: () => number
}

/** A gate for so many; `what` says in the plural who they are. */
export const makeGate = (limit: number, what: string): Gate => {
  let size = 0
  return {
    enter: Effect.acquireRelease(
      Effect.suspend(() => {
        if (size >= limit) {
          const message = `There are ${limit} ${what} already, and no more are let in; come back in a moment.`
          return Effect.fail(new Problem({ kind: "busy", message, details: { limit } }))
        }
        size++
        return Effect.void
      }),
      () =>
        Effect.sync(() => {
          size--
        })
    ),
    size: () => size
  }
}
