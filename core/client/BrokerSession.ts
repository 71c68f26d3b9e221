import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { answer, drive, request as driverRequest } from "../machine/index.ts"
import { errorName, Fetch, type Message } from "../protocol/index.ts"
import type { ConnectionOptions } from "./BrokerConnection.ts"
import { addressName, ClientFailure } from "./ClientFailure.ts"
import { type ConnectionSlot, makeConnectionSlot } from "./ConnectionSlot.ts"
import { type FetchConfig, type FetchInput, fetchMachine, type FetchOutput, noReads } from "./FetchMachine.ts"
import { fetchBody } from "./FetchPlan.ts"
import type { FetchedPartition } from "./PageDecoder.ts"

/** A read of one partition at the broker that leads it. */
export interface PartitionRead {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly maxBytes: number
  readonly maxWaitMs: number
}

/**
 * What this process has with one broker: two connections at most, opened when they are first used.
 *
 * **Details**
 *
 * One that expires is replaced before that, and is there beside its successor until what is in flight is answered.
 * `request` goes over the connection whose requests are answered at once. `fetch` answers with what the broker said of the
 * partition, which may be an error code.
 */
export interface BrokerSession {
  readonly request: <M extends Message>(
    message: M,
    body: M["request"]["Input"]
  ) => Effect.Effect<M["response"]["Type"], ClientFailure>
  readonly fetch: (read: PartitionRead) => Effect.Effect<FetchedPartition, ClientFailure>
  /** Whether the connection for requests is open. */
  readonly isConnected: () => boolean
  /** Closes the connections and fails what is under way. */
  readonly release: Effect.Effect<void>
}

/** Makes the session of one broker, which ends with the scope or when it is released. */
export const makeBrokerSession = Effect.fnUntraced(function* (
  options: ConnectionOptions,
  fetchConfig: FetchConfig
): Effect.fn.Return<BrokerSession, never, Scope.Scope> {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const broker = addressName(options.address)
  const now = yield* Scope.provide(makeConnectionSlot(options), scope)
  const follow = yield* Scope.provide(makeConnectionSlot(options), scope)
  const reads = new Map<number, Deferred.Deferred<FetchedPartition, ClientFailure>>()
  let nextRead = 1
  let released = false

  const failure = (reason: ClientFailure["reason"], message: string): ClientFailure =>
    new ClientFailure({ reason, broker, message })
  const gone = () => failure("Closed", `The broker at ${broker} is no longer part of the cluster: ask again.`)

  const complete = (id: number, result: Effect.Effect<FetchedPartition, ClientFailure>): void => {
    const waiting = reads.get(id)
    reads.delete(id)
    if (waiting !== undefined) Deferred.doneUnsafe(waiting, result)
  }
  yield* Scope.addFinalizer(
    scope,
    Effect.sync(() => {
      released = true
      for (const id of [...reads.keys()]) complete(id, Effect.fail(gone()))
    })
  )

  const over = <M extends Message>(slot: ConnectionSlot, message: M, body: M["request"]["Input"], timeoutMs: number) =>
    Effect.flatMap(slot.get, (connection) => connection.request(message, body, timeoutMs))

  const runFetch = (output: Extract<FetchOutput, { readonly _tag: "Fetch" }>) => {
    const { fetch, lane, maxWaitMs, plan } = output
    const timeoutMs = maxWaitMs + options.requestTimeoutMs
    const failed = (reason: ClientFailure): FetchInput => ({ _tag: "FetchFailed", fetch, failure: reason })
    return driverRequest<FetchInput>(
      undefined,
      timeoutMs + options.connectTimeoutMs + options.requestTimeoutMs,
      over(lane === "now" ? now : follow, Fetch, fetchBody(plan, maxWaitMs), timeoutMs).pipe(
        Effect.map(({ errorCode, responses }): FetchInput => {
          if (errorCode === 0) return { _tag: "Fetched", fetch, responses }
          return failed(failure("Closed", `The broker at ${broker} refused a fetch with ${errorName(errorCode)}.`))
        }),
        Effect.catch((reason) => Effect.succeed(failed(reason)))
      ),
      () => failed(failure("TimedOut", `The broker at ${broker} did not answer a fetch in time: see whether it runs.`))
    )
  }

  const driver = yield* Scope.provide(
    drive({
      machine: fetchMachine,
      state: noReads(fetchConfig),
      tick: (at): FetchInput => ({ _tag: "Tick", now: at }),
      perform: (output: FetchOutput) => {
        switch (output._tag) {
          case "Fetch":
            return runFetch(output)
          case "Answered":
            return answer(() => complete(output.id, Effect.succeed(output.fetched)))
          case "Failed":
            return answer(() => {
              const missing = `The broker at ${broker} left a partition out of its answer: ask again.`
              complete(output.id, Effect.fail(output.failure ?? failure("Closed", missing)))
            })
        }
      }
    }),
    scope
  )
  yield* Effect.forkIn(
    Effect.catchCause(driver.join, (cause) =>
      Effect.sync(() => {
        released = true
        for (const id of [...reads.keys()]) complete(id, Effect.failCause(cause))
      })
    ),
    scope
  )

  return {
    request: (message, body) => over(now, message, body, options.requestTimeoutMs),
    fetch: (read) =>
      Effect.suspend(() => {
        if (released) return Effect.fail(gone())
        const id = nextRead++
        const waiting = Deferred.makeUnsafe<FetchedPartition, ClientFailure>()
        reads.set(id, waiting)
        return driver.offer({ _tag: "Read", id, ...read }).pipe(
          Effect.andThen(Deferred.await(waiting)),
          Effect.onInterrupt(() =>
            Effect.suspend(() => (reads.delete(id) ? driver.offer({ _tag: "Cancel", id }) : Effect.void))
          )
        )
      }),
    isConnected: now.isOpen,
    release: Scope.close(scope, Exit.void)
  }
})
