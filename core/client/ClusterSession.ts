import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { answer, type Driver, drive, request as driverRequest } from "../machine/index.ts"
import type { Address } from "../ports/index.ts"
import { Metadata } from "../protocol/index.ts"
import type { ConnectionOptions } from "./BrokerConnection.ts"
import { type BrokerSession, makeBrokerSession } from "./BrokerSession.ts"
import { addressName, ClientFailure, isLasting } from "./ClientFailure.ts"
import type { FetchConfig } from "./FetchMachine.ts"
import {
  type MetadataAnswer,
  type MetadataConfig,
  type MetadataInput,
  metadataMachine,
  type MetadataOutput,
  type MetadataQuestion,
  type MetadataState,
  nothingKnown,
  recall
} from "./MetadataMachine.ts"

/** What a session with a cluster needs to know. */
export interface ClusterOptions extends Omit<ConnectionOptions, "address"> {
  readonly bootstrap: ReadonlyArray<Address>
  readonly metadata: MetadataConfig
  readonly fetch: FetchConfig
}

/**
 * What this process has with a cluster: the metadata, and a session with each broker that it uses.
 *
 * **Details**
 *
 * `ask` has no deadline of its own. `lastFailure` is why the last attempt to load metadata failed, until one succeeds.
 */
export interface ClusterSession {
  readonly ask: (question: MetadataQuestion) => Effect.Effect<MetadataAnswer>
  /** The answer as far as it is known; `undefined` when the brokers have to be asked. */
  readonly recall: (now: number, question: MetadataQuestion) => MetadataAnswer | undefined
  readonly brokerAt: (address: Address) => Effect.Effect<BrokerSession>
  /** Where to ask what any broker answers, in the order in which to try. */
  readonly sources: () => ReadonlyArray<Address>
  readonly lastFailure: () => ClientFailure | undefined
}

/** Where to ask for metadata: at connected brokers first, then at the others that are known, then where it all began. */
export const metadataSources = (
  brokers: Iterable<Address>,
  bootstrap: ReadonlyArray<Address>,
  isConnected: (address: Address) => boolean
): ReadonlyArray<Address> => {
  const byName = new Map([...brokers, ...bootstrap].map((address) => [addressName(address), address]))
  const all = [...byName.values()]
  return [...all.filter(isConnected), ...all.filter((address) => !isConnected(address))]
}

/** Opens nothing yet: connections come with the first question. */
export const makeClusterSession = Effect.fnUntraced(function* (
  options: ClusterOptions
): Effect.fn.Return<ClusterSession, never, Scope.Scope> {
  const scope = yield* Effect.scope
  const sessions = new Map<string, BrokerSession>()
  const turn = Semaphore.makeUnsafe(1)
  const answers = new Map<number, Deferred.Deferred<MetadataAnswer>>()
  let nextQuestion = 1
  let closed = false
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      closed = true
      for (const waiting of answers.values()) Deferred.doneUnsafe(waiting, Effect.succeed(ended))
      answers.clear()
    })
  )

  const brokerAt = (address: Address): Effect.Effect<BrokerSession> =>
    Effect.suspend(() => {
      const name = addressName(address)
      const known = sessions.get(name)
      if (known !== undefined) return Effect.succeed(known)
      return Semaphore.withPermit(
        turn,
        Effect.suspend(() => {
          const meanwhile = sessions.get(name)
          if (meanwhile !== undefined) return Effect.succeed(meanwhile)
          return Effect.tap(
            Scope.provide(makeBrokerSession({ ...options, address }, options.fetch), scope),
            (session) => Effect.sync(() => sessions.set(name, session))
          )
        })
      )
    })

  const isConnected = (address: Address) => sessions.get(addressName(address))?.isConnected() === true
  const sources = () => metadataSources(driver.state().brokers.values(), options.bootstrap, isConnected)

  const load = Effect.fnUntraced(function* (topics: ReadonlyArray<string> | null, create: boolean) {
    const body = {
      topics: topics === null ? null : topics.map((name) => ({ name })),
      allowAutoTopicCreation: create
    }
    let failure: ClientFailure | undefined
    for (const address of sources()) {
      const session = yield* brokerAt(address)
      const loaded = yield* Effect.result(session.request(Metadata, body))
      if (loaded._tag === "Success") return loaded.success
      if (failure === undefined || isLasting(loaded.failure)) failure = loaded.failure
      // The others know the same users, and may count how often somebody is wrong.
      if (failure.reason === "Unauthorized") break
    }
    return yield* failure ?? nowhere
  })

  const perform = (output: MetadataOutput) => {
    if (output._tag === "Answer") {
      return answer(() => {
        const waiting = answers.get(output.id)
        answers.delete(output.id)
        if (waiting !== undefined) Deferred.doneUnsafe(waiting, Effect.succeed(output.answer))
      })
    }
    const { create, topics } = output
    const attempts = options.bootstrap.length + driver.state().brokers.size
    return driverRequest<MetadataInput>(
      undefined,
      (options.connectTimeoutMs + 2 * options.requestTimeoutMs) * Math.max(1, attempts),
      load(topics, create).pipe(
        Effect.tap((response) => forget(response.brokers)),
        Effect.map((response): MetadataInput => ({ _tag: "Loaded", topics, response })),
        Effect.catch((failure) => Effect.succeed<MetadataInput>({ _tag: "LoadFailed", failure }))
      ),
      () => ({ _tag: "LoadFailed", failure: nowhere })
    )
  }

  /** Ends the sessions with addresses at which the cluster has no broker. */
  const forget = (brokers: ReadonlyArray<Address>): Effect.Effect<void> => {
    const there = new Set(brokers.map(addressName))
    const gone = [...sessions].filter(([name]) => !there.has(name))
    return Effect.forEach(
      gone,
      ([name, session]) => {
        sessions.delete(name)
        return session.release
      },
      { discard: true }
    )
  }

  const driver: Driver<MetadataState, MetadataInput> = yield* drive({
    machine: metadataMachine,
    state: nothingKnown(options.metadata),
    tick: (now): MetadataInput => ({ _tag: "Tick", now }),
    perform
  })
  yield* Effect.forkScoped(
    Effect.catchCause(driver.join, (cause) =>
      Effect.sync(() => {
        for (const waiting of answers.values()) Deferred.doneUnsafe(waiting, Effect.failCause(cause))
        answers.clear()
      })
    )
  )

  return {
    ask: (question) =>
      Effect.suspend(() => {
        if (closed) return Effect.succeed(ended)
        const id = nextQuestion++
        const waiting = Deferred.makeUnsafe<MetadataAnswer>()
        answers.set(id, waiting)
        return driver.offer({ _tag: "Ask", id, question }).pipe(
          Effect.andThen(Deferred.await(waiting)),
          Effect.onInterrupt(() =>
            Effect.suspend(() => (answers.delete(id) ? driver.offer({ _tag: "Cancel", id }) : Effect.void))
          )
        )
      }),
    recall: (now, question) => recall(driver.state(), now, question),
    brokerAt,
    sources,
    lastFailure: () => driver.state().lastFailure
  }
})

const nowhere = new ClientFailure({
  reason: "Unreachable",
  broker: "",
  message: "No broker answered in time: name one that runs."
})

const ended: MetadataAnswer = {
  _tag: "Failed",
  failure: new ClientFailure({ reason: "Invalid", broker: "", message: "The client is closed: make a new one." })
}
