import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { type BrokerConnection, connectBroker, type ConnectionOptions } from "./BrokerConnection.ts"
import type { ClientFailure } from "./ClientFailure.ts"

/** The pause before a connection is tried again, in milliseconds: doubled with each failure in a row up to the bound. */
const backoffMs = 50
const maxBackoffMs = 1000

/**
 * The place of one connection to a broker.
 *
 * **Details**
 *
 * `get` answers with the connection that is open, or opens one; those that ask meanwhile wait for the same attempt. After
 * a failed attempt the next one is held back for a while.
 */
export interface ConnectionSlot {
  readonly get: Effect.Effect<BrokerConnection, ClientFailure>
  readonly isOpen: () => boolean
}

/** Makes a slot whose connections are closed with the scope. */
export const makeConnectionSlot = Effect.fnUntraced(function* (
  options: ConnectionOptions
): Effect.fn.Return<ConnectionSlot, never, Scope.Scope> {
  const owner = yield* Effect.scope
  const turn = Semaphore.makeUnsafe(1)
  let current: BrokerConnection | undefined
  let failures = 0
  let notBefore = 0

  const open = Effect.uninterruptibleMask(
    Effect.fnUntraced(function* (restore) {
      const scope = yield* Scope.fork(owner)
      const connection = yield* restore(Scope.provide(connectBroker(options), scope)).pipe(
        Effect.onExit((exit) => (Exit.isSuccess(exit) ? Effect.void : Scope.close(scope, exit)))
      )
      yield* Effect.forkIn(Effect.andThen(connection.ended, Scope.close(scope, Exit.void)), owner)
      return connection
    })
  )

  const isOpen = (): boolean => current !== undefined && current.isOpen()

  const connect = Effect.gen(function* () {
    if (current !== undefined && current.isOpen()) return current
    const now = yield* Clock.currentTimeMillis
    if (notBefore > now) yield* Effect.sleep(notBefore - now)
    const connection = yield* Effect.tapError(open, () =>
      Effect.map(Clock.currentTimeMillis, (at) => {
        notBefore = at + Math.min(maxBackoffMs, backoffMs * 2 ** Math.min(failures++, 16))
      })
    )
    failures = 0
    current = connection
    return connection
  })

  return {
    get: Effect.suspend(() =>
      current !== undefined && current.isOpen() ? Effect.succeed(current) : Semaphore.withPermit(turn, connect)
    ),
    isOpen
  }
})
