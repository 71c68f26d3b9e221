import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import type { Address, Connection } from "../ports/index.ts"
import {
  apis,
  ApiVersions,
  decodeRequest,
  encodeResponse,
  encodeUnsupportedApiVersions,
  FrameSplitter,
  type Request
} from "../protocol/index.ts"
import type { AnyCall, AnyReply, CallId } from "./Call.ts"

/** Produce requests of one connection that may be in hand at once. */
const maxPipelined = 64

/** What became of a call: its reply, no reply because none was wanted, or the end of the connection. */
export type CallEnd = AnyReply | "NoReply" | "Close"

/** Where the requests of all connections go. */
export interface Hub {
  /** Hands a request over and returns what will hold its end. */
  readonly submit: (
    call: Omit<AnyCall, "id">
  ) => Effect.Effect<{ readonly id: CallId; readonly end: Deferred.Deferred<CallEnd> }>
  /** Says that nobody waits for the call any more. */
  readonly abandon: (id: CallId) => Effect.Effect<void>
}

/** What holds for all connections. `bytesInHand` has one permit a byte, `maxBytesInHand` of them. */
export interface SessionOptions {
  readonly hub: Hub
  readonly advertised: (connection: Connection) => Address
  readonly maxFrameSize: number
  readonly bytesInHand: Semaphore.Semaphore
  readonly maxBytesInHand: number
  readonly idleTimeoutMs: number
}

/** A request in hand: what it weighs, and the call that it has become, if it has. */
interface Pending {
  readonly weight: number
  id: CallId | undefined
}

/** What answers a request in hand. */
interface Due {
  readonly pending: Pending
  readonly frame: Effect.Effect<Uint8Array | "NoReply" | "Close">
}

const idle = "Idle"

/**
 * Serves one connection until either side ends it.
 *
 * **Details**
 *
 * Requests are handled one at a time and answered in their order; only produce requests that follow each other are taken
 * together, because partitions keep their order anyway. What cannot be read (a frame that is too large, a request in no
 * layout that is known, bytes of TLS) closes the connection without an answer, but for ApiVersions, which is answered in
 * its version 0. A connection without a request in hand is closed after `idleTimeoutMs`, and so is one that has not taken
 * an answer in that time.
 */
export const serveConnection = (connection: Connection, options: SessionOptions): Effect.Effect<void> =>
  Effect.flatMap(Queue.bounded<Due>(maxPipelined), (answers) => {
    const session = new Session(connection, options, answers)
    return Effect.raceFirst(session.readAll, session.writeAll).pipe(Effect.ensuring(session.release))
  })

class Session {
  readonly #connection: Connection
  readonly #options: SessionOptions
  readonly #splitter: FrameSplitter
  readonly #advertised: Address
  readonly #pending = new Set<Pending>()
  readonly #quiet = Latch.makeUnsafe(true)
  readonly #answers: Queue.Queue<Due>
  #onlyProduce = true

  constructor(connection: Connection, options: SessionOptions, answers: Queue.Queue<Due>) {
    this.#answers = answers
    this.#connection = connection
    this.#options = options
    this.#splitter = new FrameSplitter(options.maxFrameSize)
    this.#advertised = options.advertised(connection)
  }

  readonly readAll: Effect.Effect<void> = Effect.gen({ self: this }, function* () {
    while (true) {
      const chunk = yield* this.#readChunk
      if (chunk === undefined) return
      if (chunk === idle) {
        if (this.#pending.size === 0) return
        continue
      }
      const { error, frames } = this.#splitter.push(chunk)
      for (const frame of frames) if (!(yield* this.#take(frame))) return yield* this.#finish
      if (error !== undefined) return yield* Effect.logDebug(error.message)
    }
  })

  readonly writeAll: Effect.Effect<void> = Effect.gen({ self: this }, function* () {
    while (true) {
      const { frame: due, pending } = yield* Queue.take(this.#answers)
      const frame = yield* due
      if (frame === "Close") return
      if (frame !== "NoReply") {
        const taken = yield* Effect.timeoutOption(this.#connection.write([frame]), this.#options.idleTimeoutMs)
        if (Option.isNone(taken)) return
      }
      yield* this.#done(pending)
    }
  }).pipe(Effect.catchTag("NetworkError", () => Effect.void))

  /** Gives back what is still held when the connection has ended. */
  readonly release: Effect.Effect<void> = Effect.suspend(() =>
    Effect.forEach(
      [...this.#pending],
      (pending) =>
        Effect.andThen(
          pending.id === undefined ? Effect.void : this.#options.hub.abandon(pending.id),
          this.#done(pending)
        ),
      { discard: true }
    )
  )

  get #readChunk(): Effect.Effect<Uint8Array | typeof idle | undefined> {
    return Effect.timeoutOption(this.#connection.read, this.#options.idleTimeoutMs).pipe(
      Effect.map((read) => (Option.isSome(read) ? read.value : idle)),
      Effect.catchTag("NetworkError", () => Effect.succeed(undefined))
    )
  }

  #done(pending: Pending): Effect.Effect<void> {
    if (!this.#pending.delete(pending)) return Effect.void
    if (this.#pending.size === 0) Latch.openUnsafe(this.#quiet)
    return Semaphore.release(this.#options.bytesInHand, pending.weight)
  }

  /** Lets the answers that are due go out before the connection closes. */
  get #finish(): Effect.Effect<void> {
    return Effect.timeoutOption(Latch.await(this.#quiet), this.#options.idleTimeoutMs)
  }

  /** Takes one request in hand; false when the connection cannot go on. */
  readonly #take = Effect.fnUntraced({ self: this }, function* (this: Session, frame: Uint8Array) {
    const decoded = decodeRequest(frame)
    if (Result.isFailure(decoded)) {
      const error = decoded.failure
      if (error._tag !== "UnsupportedRequest" || error.apiKey !== ApiVersions.apiKey) {
        yield* Effect.logDebug(error.message)
        return false
      }
      const pending = yield* this.#admit(frame.length, false)
      const refusal = Effect.succeed(encodeUnsupportedApiVersions(error.correlationId))
      yield* Queue.offer(this.#answers, { pending, frame: refusal })
      return true
    }
    const request = decoded.success
    const pending = yield* this.#admit(frame.length, request.name === "Produce")
    const { end, id } = yield* this.#options.hub.submit(this.#callOf(request))
    pending.id = id
    const answered = Effect.flatMap(Deferred.await(end), (ended) => this.#encode(request, ended))
    yield* Queue.offer(this.#answers, { pending, frame: answered })
    return true
  })

  /** Waits for this request's turn, and for memory, which `release` gives back however the connection ends. */
  #admit(size: number, isProduce: boolean): Effect.Effect<Pending> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        const turn = isProduce && this.#onlyProduce ? Effect.void : Latch.await(this.#quiet)
        const weight = Math.min(size, this.#options.maxBytesInHand)
        return Effect.andThen(restore(turn), restore(Semaphore.take(this.#options.bytesInHand, weight))).pipe(
          Effect.map(() => {
            const pending: Pending = { weight, id: undefined }
            this.#onlyProduce = isProduce
            this.#pending.add(pending)
            Latch.closeUnsafe(this.#quiet)
            return pending
          })
        )
      })
    )
  }

  #callOf(request: Request): Omit<AnyCall, "id"> {
    return {
      name: request.name,
      version: request.header.apiVersion,
      clientId: request.header.clientId ?? "",
      clientHost: `/${this.#connection.remote.host}`,
      advertised: this.#advertised,
      body: request.body
    } as Omit<AnyCall, "id">
  }

  /** The frame that answers a request, if one is wanted. */
  #encode(request: Request, end: CallEnd): Due["frame"] {
    if (typeof end === "string") return Effect.succeed(end)
    const encoded = encodeResponse(apis[end.name], request.header, end.body)
    return Result.isSuccess(encoded)
      ? Effect.succeed(encoded.success)
      : Effect.as(Effect.logError(encoded.failure.message), "Close")
  }
}
