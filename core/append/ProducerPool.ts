import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import type { Producer } from "./Producer.ts"
import type { SendFailure } from "./SendFailure.ts"

/** Opens a producer, which is closed with the scope. */
export type OpenProducer = Effect.Effect<Producer, SendFailure, Scope.Scope>

/** A producer of the pool, in use by so many. */
export interface Held {
  readonly producer: Producer
  readonly close: Effect.Effect<void>
  users: number
  spoiled: boolean
}

type Use = (held: Result.Result<Held, SendFailure>) => void

/**
 * The producer in use, opened at the first send and replaced when it is spoiled.
 *
 * **Details**
 *
 * `acquire` calls back at once when there is nothing to wait for. What it gives is released when the send has ended; a
 * failure that spoils the producer lets the next one have a new one, with a new producer id, and the old one is closed
 * when its last user has released it.
 */
export interface ProducerPool {
  readonly acquire: (use: Use) => void
  readonly release: (held: Held, failure?: SendFailure) => void
}

const notOpened = (message: string): SendFailure => ({
  reason: "Unreachable",
  type: undefined,
  spoiled: true,
  cause: new Error(message)
})

/** Makes a pool, which waits so many milliseconds for a producer to open; its producers are closed with the scope. */
export const makeProducerPool = Effect.fnUntraced(function* (
  open: OpenProducer,
  openTimeoutMs: number
): Effect.fn.Return<ProducerPool, never, Scope.Scope> {
  const scope = yield* Scope.fork(yield* Effect.scope, "parallel")
  const run = Effect.runForkWith(yield* Effect.context<never>())
  let waiting: Array<Use> = []
  let current: Held | undefined
  let closed = false
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      closed = true
    })
  )

  const openOne = Effect.gen(function* () {
    const own = yield* Scope.fork(scope)
    const close = Scope.close(own, Exit.void)
    const producer = yield* Effect.timeoutOrElse(Scope.provide(open, own), {
      duration: openTimeoutMs,
      orElse: () => Effect.fail(notOpened(`the producer was not connected within ${openTimeoutMs} ms`))
    }).pipe(Effect.onError(() => Effect.forkIn(close, scope)))
    return { producer, close, users: 0, spoiled: false } satisfies Held
  })

  const opened = (exit: Exit.Exit<Held, SendFailure>): void => {
    const uses = waiting
    waiting = []
    if (Exit.isSuccess(exit)) {
      current = exit.value
      for (const use of uses) give(exit.value, use)
      return
    }
    const failure = Result.getOrElse(Cause.findError(exit.cause), (cause) => notOpened(Cause.pretty(cause)))
    for (const use of uses) use(Result.fail(failure))
  }

  const give = (held: Held, use: Use): void => {
    held.users++
    use(Result.succeed(held))
  }

  return {
    acquire: (use) => {
      if (closed) return use(Result.fail(notOpened("the log is closed")))
      if (current !== undefined) return give(current, use)
      waiting.push(use)
      if (waiting.length === 1)
        run(
          Effect.forkIn(
            Effect.onExit(openOne, (exit) => Effect.sync(() => opened(exit))),
            scope
          )
        )
    },
    release: (held, failure) => {
      held.users--
      if (failure?.spoiled === true) {
        held.spoiled = true
        if (current === held) current = undefined
      }
      if (held.spoiled && held.users === 0) run(Effect.forkIn(held.close, scope))
    }
  }
})
