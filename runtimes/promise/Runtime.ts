import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"

/**
 * Where messages for people go: one line each, such as an event that is left out because its number was taken.
 * `console.warn` by default.
 */
export type Log = (line: string) => void

const toLog = (log: Log) =>
  Logger.layer([Logger.make(({ message }) => log(Array.isArray(message) ? message.join(" ") : String(message)))])

/** Something opened from a promise, with what it owns. */
export interface Opened<A> {
  readonly value: A
  readonly run: <B, E>(effect: Effect.Effect<B, E>) => Promise<B>
  readonly close: () => Promise<void>
}

/**
 * Opens a scoped effect for people who do not use effects: failures reject with the tagged error itself, and `close`
 * releases everything, once, whoever calls it and however often.
 */
export const open = async <A, E>(
  effect: Effect.Effect<A, E, Scope.Scope>,
  log: Log = console.warn
): Promise<Opened<A>> => {
  const scope = Scope.makeUnsafe()
  const run = <B, F>(one: Effect.Effect<B, F>): Promise<B> => Effect.runPromise(Effect.provide(one, toLog(log)))
  let closing: Promise<void> | undefined
  const close = () => (closing ??= run(Scope.close(scope, Exit.void)))
  try {
    return { value: await run(Scope.provide(effect, scope)), run, close }
  } catch (error) {
    await close()
    throw error
  }
}
