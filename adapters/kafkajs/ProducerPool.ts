import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { type KafkaJsProducer, type KafkaJsProducerOptions, makeKafkaJsProducer } from "./KafkaJsProducer.ts"
import { judgeSend, type SendFailure } from "./SendFailure.ts"

interface Held {
  readonly producer: KafkaJsProducer
  users: number
  spoiled: boolean
}

/**
 * The producer in use, connected at the first send and replaced when it is spoiled.
 *
 * **Details**
 *
 * `use` gives its body the current producer. When the body fails with a failure that spoils the producer, the next use
 * gets a new one, with a new producer id; the old one is closed when its last user has ended.
 */
export interface ProducerPool {
  readonly use: <A>(body: (producer: KafkaJsProducer) => Effect.Effect<A, SendFailure>) => Effect.Effect<A, SendFailure>
}

/** Makes a pool; its producers are closed with the scope. */
export const makeProducerPool = Effect.fnUntraced(function* (
  options: KafkaJsProducerOptions
): Effect.fn.Return<ProducerPool, never, Scope.Scope> {
  const scope = yield* Effect.scope
  const turn = Semaphore.makeUnsafe(1)
  const producers = new Set<KafkaJsProducer>()
  let current: Held | undefined
  let closed = false
  const unused = (message: string): SendFailure => judgeSend(new Error(message), { attempts: 0, produced: false })

  const close = (producer: KafkaJsProducer): Effect.Effect<void> =>
    Effect.suspend(() => (producers.delete(producer) ? producer.close : Effect.void))
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
    }).pipe(Effect.onError(() => Effect.forkIn(close(producer), scope)))
    current = { producer, users: 0, spoiled: false }
    return current
  })

  const acquire = Semaphore.withPermit(
    turn,
    Effect.map(Effect.suspend(connect), (held) => {
      held.users++
      return held
    })
  )
  const release = (held: Held): Effect.Effect<void> =>
    Effect.suspend(() => {
      held.users--
      return held.spoiled && held.users === 0 ? Effect.forkIn(close(held.producer), scope) : Effect.void
    })
  const spoil = (held: Held): void => {
    held.spoiled = true
    if (current === held) current = undefined
  }

  return {
    use: (body) =>
      Effect.acquireUseRelease(
        acquire,
        (held) =>
          Effect.tapError(body(held.producer), (failure) =>
            Effect.sync(() => {
              if (failure.spoiled) spoil(held)
            })
          ),
        release
      )
  }
})
