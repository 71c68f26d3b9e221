import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
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
  readonly use: <A>(
    body: (producer: KafkaJsProducer) => Promise<Result.Result<A, SendFailure>>
  ) => Promise<Result.Result<A, SendFailure>>
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

  /** Connects a producer, one caller after the other: who comes later most often finds it there. */
  const connectInTurn = (): Promise<Result.Result<Held, SendFailure>> => {
    const connected = connecting.then(() => run(Effect.result(connect())))
    connecting = connected.catch(() => undefined)
    return connected
  }
  const spoil = (held: Held): void => {
    held.spoiled = true
    if (current === held) current = undefined
  }

  return {
    use: async (body) => {
      const found = current === undefined || closed ? await connectInTurn() : Result.succeed(current)
      if (Result.isFailure(found)) return Result.fail(found.failure)
      const held = found.success
      held.users++
      try {
        const result = await body(held.producer)
        if (Result.isFailure(result) && result.failure.spoiled) spoil(held)
        return result
      } finally {
        held.users--
        if (held.spoiled && held.users === 0) await run(closeSoon(held.producer))
      }
    }
  }
})
