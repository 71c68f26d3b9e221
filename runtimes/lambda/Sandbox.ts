import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"

/**
 * What outlives an invocation: opened when it is needed first, and again where that has failed.
 *
 * **Details**
 *
 * `use` gives what is open. `close` releases it, and what is opened after that is released by another `close`.
 */
export interface Kept<A, E> {
  readonly use: Effect.Effect<A, E>
  readonly close: Effect.Effect<void>
}

/** Keeps what a scoped effect opens. */
export const keep = <A, E>(open: Effect.Effect<A, E, Scope.Scope>): Kept<A, E> => {
  let kept: { readonly value: A; readonly scope: Scope.Closeable } | undefined
  const opened = Effect.suspend(() => {
    const scope = Scope.makeUnsafe()
    return Scope.provide(open, scope).pipe(
      Effect.tap((value) =>
        Effect.sync(() => {
          kept = { value, scope }
        })
      ),
      Effect.onExit((exit) => (Exit.isSuccess(exit) ? Effect.void : Scope.close(scope, exit)))
    )
  })
  return {
    use: Effect.suspend(() => (kept === undefined ? opened : Effect.succeed(kept.value))),
    close: Effect.suspend(() => {
      const scope = kept?.scope
      kept = undefined
      return scope === undefined ? Effect.void : Scope.close(scope, Exit.void)
    })
  }
}
