import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

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
  /** Runs the stream anew for each iteration; one that is left early releases what it holds. */
  readonly iterate: <B, E>(stream: Stream.Stream<B, E>) => AsyncIterable<B>
  /** Opens something that uses this, and is closed before it. */
  readonly open: <B, E>(effect: Effect.Effect<B, E, Scope.Scope>) => Promise<Opened<B>>
  /** Whether it is closed, or being closed. */
  readonly isClosed: () => boolean
  readonly close: () => Promise<void>
}

const openIn = async <A, E>(
  scope: Scope.Closeable,
  effect: Effect.Effect<A, E, Scope.Scope>,
  log: Log
): Promise<Opened<A>> => {
  const logger = toLog(log)
  const run = <B, F>(one: Effect.Effect<B, F>): Promise<B> => Effect.runPromise(Effect.provide(one, logger))
  let closing: Promise<void> | undefined
  const close = () => (closing ??= run(Scope.close(scope, Exit.void)))
  try {
    const value = await run(Scope.provide(effect, scope))
    return {
      value,
      run,
      iterate: (stream) => Stream.toAsyncIterable(Stream.provide(stream, logger)),
      open: (inner) => openIn(Scope.forkUnsafe(scope), inner, log),
      isClosed: () => closing !== undefined,
      close
    }
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * Opens a scoped effect for people who do not use effects: failures reject with the tagged error itself, and `close`
 * releases everything, once, whoever calls it and however often.
 */
export const open = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>, log: Log = console.warn): Promise<Opened<A>> =>
  openIn(Scope.makeUnsafe(), effect, log)
