import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Scope } from "effect/Scope"
import { answer, drive, request as driverRequest } from "../machine/index.ts"
import type { Address, Connection, Network, NetworkError } from "../ports/index.ts"
import {
  ApiVersions,
  decodeResponse,
  encodeRequest,
  errorName,
  type Message,
  SaslHandshake
} from "../protocol/index.ts"
import { authenticate } from "./Authenticate.ts"
import { addressName, ClientFailure, type ClientFailureReason } from "./ClientFailure.ts"
import { firstApiVersionsVersion, negotiate, type Negotiated, versionOf } from "./ClientVersions.ts"
import { connectionMachine, openConnection, type ConnectionInput, type ConnectionOutput } from "./ConnectionMachine.ts"
import type { Sasl } from "./Sasl.ts"
import type { SendRequest } from "./SendRequest.ts"

/** A connection on which no byte comes for so long is closed, unless an answer is awaited (as Kafka's clients do). */
const idleMs = 540_000

/** What connections to brokers are opened with; it encrypts them where that is asked for. */
export type BrokerNetwork = Pick<Network, "connect">

/** What a connection to a broker needs to know. All times are in milliseconds. */
export interface ConnectionOptions {
  readonly network: BrokerNetwork
  readonly address: Address
  readonly clientId: string
  /** Who the client says it is; without it the broker is not told. */
  readonly sasl?: Sasl | undefined
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
}

/**
 * A connection to a broker whose versions are known.
 *
 * **Details**
 *
 * Requests are pipelined. One that is interrupted leaves the connection usable. `isOpen` becomes false when another one is
 * to be opened for what follows: what is in flight is still answered. `ended` completes when the connection is of no use
 * any more; every request then fails with `Closed`.
 */
export interface BrokerConnection {
  readonly request: SendRequest
  readonly isOpen: () => boolean
  readonly ended: Effect.Effect<void>
}

const brokenBy = (error: NetworkError): ConnectionInput => ({
  _tag: "Broken",
  reason: error.reason === "TimedOut" || error.reason === "Untrusted" ? error.reason : "Closed",
  detail: error.message
})

/** What each reason means to the person who reads the sentence. */
const sentences: Readonly<Record<ClientFailureReason, (broker: string, detail: string) => string>> = {
  Unreachable: (broker, detail) => `No connection to the broker at ${broker} could be opened: ${detail}`,
  TimedOut: (broker, detail) => `The broker at ${broker} did not answer (${detail}): see whether it is overloaded.`,
  Closed: (broker, detail) => `The connection to the broker at ${broker} has ended (${detail}): ask again.`,
  Unsupported: (broker, detail) => `The broker at ${broker} does not speak this protocol (${detail}): use a newer one.`,
  Foreign: (broker, detail) =>
    `${broker} is probably no Kafka broker, ${detail}: check the address, above all its port, and whether connections to it are encrypted (--tls).`,
  Malformed: (broker, detail) => `What ${broker} sent cannot be read (${detail}): see whether it is a Kafka broker.`,
  Unwelcome: (broker, detail) => `The broker at ${broker} has ended the connection ${detail}.`,
  Untrusted: (_, detail) => detail,
  Unauthorized: (broker, detail) => `The broker at ${broker} does not take the credentials (${detail}): check them.`,
  Invalid: (broker, detail) => `The request to the broker at ${broker} cannot be written: ${detail}`
}

interface Exchange {
  readonly ask: (frame: Uint8Array, timeoutMs: number) => Effect.Effect<Uint8Array, ClientFailure>
  readonly fail: (reason: ClientFailureReason, detail: string, cause?: unknown) => ClientFailure
  readonly isOpen: () => boolean
  readonly tell: (input: Extract<ConnectionInput, { readonly _tag: "Expire" | "Progress" }>) => Effect.Effect<void>
  readonly ended: Effect.Effect<void>
}

/** Runs the machine of one connection: frames go out, the responses that answer them come back. */
const exchangeOver = Effect.fnUntraced(function* (connection: Connection, options: ConnectionOptions) {
  const broker = addressName(options.address)
  const answers = new Map<number, Deferred.Deferred<Uint8Array, ClientFailure>>()
  const ended = Deferred.makeUnsafe<void>()
  let nextId = 1
  let open = true
  let retired = false
  /** Why it has ended, where that says what listens there: it may have been said before anything was asked. */
  let early: { readonly reason: ClientFailureReason; readonly detail: string } | undefined

  const fail = (reason: ClientFailureReason, detail: string, cause?: unknown): ClientFailure =>
    new ClientFailure({
      reason,
      broker,
      message: sentences[reason](broker, detail),
      ...(cause === undefined ? {} : { cause })
    })
  const complete = (id: number, result: Effect.Effect<Uint8Array, ClientFailure>): void => {
    const waiting = answers.get(id)
    answers.delete(id)
    if (waiting !== undefined) Deferred.doneUnsafe(waiting, result)
  }
  const close = (): void => {
    open = false
    Deferred.doneUnsafe(ended, Effect.void)
    for (const id of [...answers.keys()]) complete(id, Effect.fail(fail("Closed", "the client no longer uses it")))
  }
  yield* Effect.addFinalizer(() => Effect.sync(close))

  const perform = (output: ConnectionOutput) => {
    switch (output._tag) {
      case "Answered":
        return answer(() => complete(output.id, Effect.succeed(output.response)))
      case "Failed":
        return answer(() => complete(output.id, Effect.fail(fail(output.reason, output.detail))))
      case "Close":
        return answer(() => {
          if (output.reason === "Foreign" || output.reason === "Unwelcome") early = output
          close()
        })
      case "Retire":
        return answer(() => {
          retired = true
        })
      case "Write":
        return driverRequest<ConnectionInput>(
          "write",
          options.requestTimeoutMs,
          connection.write([output.frame]).pipe(
            Effect.map((): ConnectionInput => ({ _tag: "Written" })),
            Effect.catch((error) => Effect.succeed(brokenBy(error)))
          ),
          () => ({ _tag: "Broken", reason: "TimedOut", detail: "it takes no bytes any more" })
        )
      case "Read":
        return driverRequest<ConnectionInput>(
          "read",
          idleMs,
          connection.read.pipe(
            Effect.map((bytes): ConnectionInput =>
              bytes === undefined
                ? { _tag: "Broken", reason: "Closed", detail: "the broker ended it" }
                : { _tag: "Received", bytes }
            ),
            Effect.catch((error) => Effect.succeed(brokenBy(error)))
          ),
          () => ({ _tag: "Idle" })
        )
    }
  }
  const driver = yield* drive({
    machine: connectionMachine,
    state: openConnection(),
    tick: (now): ConnectionInput => ({ _tag: "Tick", now }),
    perform
  })
  yield* Effect.forkScoped(
    Effect.catchCause(driver.join, (cause) =>
      Effect.sync(() => {
        for (const id of [...answers.keys()]) complete(id, Effect.failCause(cause))
        close()
      })
    )
  )

  const ask = (frame: Uint8Array, timeoutMs: number): Effect.Effect<Uint8Array, ClientFailure> =>
    Effect.suspend(() => {
      if (!open)
        return Effect.fail(
          early === undefined ? fail("Closed", "it is no longer open") : fail(early.reason, early.detail)
        )
      const id = nextId++
      const waiting = Deferred.makeUnsafe<Uint8Array, ClientFailure>()
      answers.set(id, waiting)
      return driver.offer({ _tag: "Send", id, frame, timeoutMs }).pipe(
        Effect.andThen(Deferred.await(waiting)),
        Effect.onInterrupt(() =>
          Effect.suspend(() => (answers.delete(id) ? driver.offer({ _tag: "Abandon", id }) : Effect.void))
        )
      )
    })
  return {
    ask,
    fail,
    isOpen: () => open && !retired,
    tell: driver.offer,
    ended: Deferred.await(ended)
  } satisfies Exchange
})

/** What brokers are told of this client (KIP-511); without a name they refuse to answer. */
export const clientSoftware = { clientSoftwareName: "odradek", clientSoftwareVersion: "1" } as const

/** Asks which versions the broker has, in fewer and fewer words until it understands. */
const handshake = Effect.fnUntraced(function* (exchange: Exchange, options: ConnectionOptions) {
  let version = firstApiVersionsVersion
  while (true) {
    const header = { apiVersion: version, correlationId: 0, clientId: options.clientId }
    const frame = encodeRequest(ApiVersions, header, clientSoftware)
    if (Result.isFailure(frame)) return yield* exchange.fail("Invalid", frame.failure.message, frame.failure)
    const response = yield* exchange.ask(frame.success, options.requestTimeoutMs)
    const said = negotiate(response, version)
    if (Result.isFailure(said)) return yield* exchange.fail("Malformed", said.failure.message, said.failure)
    if (said.success._tag === "Agreed") return said.success.versions
    if (said.success._tag === "Refused") return yield* exchange.fail("Unsupported", errorName(said.success.errorCode))
    version = said.success.version
  }
})

const requestOver =
  (exchange: Exchange, versions: Negotiated, options: ConnectionOptions): SendRequest =>
  <M extends Message>(message: M, body: M["request"]["Input"], timeoutMs: number) =>
    Effect.suspend((): Effect.Effect<M["response"]["Type"], ClientFailure> => {
      const version = versionOf(versions, message, addressName(options.address))
      if (Result.isFailure(version)) return Effect.fail(version.failure)
      const apiVersion = version.success
      const frame = encodeRequest(message, { apiVersion, correlationId: 0, clientId: options.clientId }, body)
      if (Result.isFailure(frame)) {
        return Effect.fail(exchange.fail("Invalid", frame.failure.message, frame.failure))
      }
      return Effect.flatMap(exchange.ask(frame.success, timeoutMs), (response) => {
        const decoded = decodeResponse(message, apiVersion, response)
        return Result.isFailure(decoded)
          ? Effect.fail(exchange.fail("Malformed", decoded.failure.message, decoded.failure))
          : Effect.succeed(decoded.success.body)
      })
    })

/** How a connection that could not be opened is told of. */
const connectReasons: Partial<Record<NetworkError["reason"], ClientFailureReason>> = {
  Untrusted: "Untrusted",
  Closed: "Unwelcome"
}

/** Opens a connection, agrees with the broker on versions and says who the client is, within the two timeouts together. */
export const connectBroker = Effect.fnUntraced(function* (
  options: ConnectionOptions
): Effect.fn.Return<BrokerConnection, ClientFailure, Scope> {
  const { address, connectTimeoutMs, network, requestTimeoutMs, sasl } = options
  const broker = addressName(address)
  const connection = yield* Effect.mapError(
    network.connect({ address, timeoutMs: connectTimeoutMs }),
    (cause) =>
      new ClientFailure({
        reason: connectReasons[cause.reason] ?? "Unreachable",
        broker,
        message: cause.message,
        cause
      })
  )
  const exchange = yield* exchangeOver(connection, options)
  const greet = Effect.gen(function* () {
    const versions = yield* handshake(exchange, options)
    const request = requestOver(exchange, versions, options)
    yield* exchange.tell({ _tag: "Progress", to: sasl === undefined ? "Greeted" : "Used" })
    if (sasl !== undefined && !versions.has(SaslHandshake.apiKey)) {
      const message = `The broker at ${broker} knows no users: leave the credentials out (--sasl), or name another broker.`
      return yield* new ClientFailure({ reason: "Unsupported", broker, message })
    }
    const lifetimeMs = sasl === undefined ? 0 : yield* authenticate(request, sasl, broker, requestTimeoutMs)
    if (lifetimeMs > 0) yield* exchange.tell({ _tag: "Expire", afterMs: lifetimeMs })
    return request
  })
  const request = yield* Effect.timeoutOrElse(greet, {
    duration: requestTimeoutMs,
    orElse: () => Effect.fail(exchange.fail("TimedOut", "its greeting has no end"))
  })
  return { request, isOpen: exchange.isOpen, ended: exchange.ended }
})
