import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import { type KafkaJsProducer, type KafkaJsProducerOptions, makeKafkaJsProducer } from "./KafkaJsProducer.ts"
import { judgeSend, type SendFailure } from "./SendFailure.ts"

/** A producer of the pool, in use by so many. */
export interface Held {
  readonly producer: KafkaJsProducer
  users: number
  spoiled: boolean
}

/**
 * The producer in use, connected at the first send and replaced when it is spoiled.
 *
 * **Details**
 *
 * `acquire` answers with a promise only when there is something to wait for. What it gives is released when the send has
 * ended; a failure that spoils the producer lets the next one have a new one, with a new producer id, and the old one is
 * closed when its last user has released it.
 */
export interface ProducerPool {
  readonly acquire: () => Result.Result<Held, SendFailure> | Promise<Result.Result<Held, SendFailure>>
  readonly release: (held: Held, failure?: SendFailure) => void
}

/** Makes a pool; its producers are closed with the scope. */
export const makeProducerPool = Effect.fnUntraced(function* (
  options: KafkaJsProducerOptions
): Effect.fn.Return<ProducerPool, never, Scope.Scope> {
  const scope = yield* Effect.scope
  const run = Effect.runPromiseWith(yield* Effect.context<never>())
  const producers = new Set<KafkaJsProducer>()
  let current: Held | undefined
  let connecting: Promise<unknown> = Promise.resolve()
  let closed = false
  const unused = (message: string): SendFailure => judgeSend(new Error(message), { attempts: 0, produced: false })

  const close = (producer: KafkaJsProducer): Effect.Effect<void> =>
    Effect.suspend(() => (producers.delete(producer) ? producer.close : Effect.void))
  const closeSoon = (producer: KafkaJsProducer) => Effect.forkIn(close(producer), scope)
  yield* Scope.addFinalizer(
    scope,
    Effect.suspend(() => {
      closed = true
      return Effect.forEach([...producers], close, { concurrency: "unbounded", discard: true })
    })
  )

  const connect = Effect.fnUntraced(function* () {
    if (closed) return yield* Effect.fail(unused("the log is closed"))
    if (current !== undefined) return current
    const { connected, producer } = makeKafkaJsProducer(options)
    producers.add(producer)
    yield* Effect.timeoutOrElse(connected, {
      duration: options.sendTimeoutMs,
      orElse: () => Effect.fail(unused(`the producer was not connected within ${options.sendTimeoutMs} ms`))
    }).pipe(Effect.onError(() => closeSoon(producer)))
    current = { producer, users: 0, spoiled: false }
    return current
  })

  const use = (held: Held): Held => {
    held.users++
    return held
  }

  /** Connects a producer, one caller after the other: who comes later most often finds it there. */
  const connectInTurn = (): Promise<Result.Result<Held, SendFailure>> => {
    const connected = connecting.then(() => run(Effect.result(Effect.map(Effect.suspend(connect), use))))
    connecting = connected.catch(() => undefined)
    return connected
  }

  return {
    acquire: () => (current === undefined || closed ? connectInTurn() : Result.succeed(use(current))),
    release: (held, failure) => {
      held.users--
      if (failure?.spoiled === true) {
        held.spoiled = true
        if (current === held) current = undefined
      }
      if (held.spoiled && held.users === 0) void run(closeSoon(held.producer))
    }
  }
})
