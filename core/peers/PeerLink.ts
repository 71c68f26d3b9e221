import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Result from "effect/Result"
import type { Scope } from "effect/Scope"
import type { Address, Connection, Network, NetworkError } from "../ports/index.ts"
import { Backoff } from "./Backoff.ts"
import { FrameDecoder, frameHeader, type FrameTooLarge } from "./Framing.ts"
import type { Greeter } from "./Greeter.ts"
import { decodeWelcome, encodeHello, type Greeted, maxHelloBytes, peerVersions } from "./Hello.ts"
import { showAddress } from "./PeerAddress.ts"
import { type PeerError, peerError, peerErrorOf, type PeerErrorReason } from "./PeerError.ts"
import type { PeerSettings } from "./PeerSettings.ts"
import { SendQueue } from "./SendQueue.ts"

/**
 * How the link to a peer is.
 *
 * **Details**
 *
 * `connectedSince` is in milliseconds since the epoch, and there only while the link is. `incarnation` is what the peer
 * last said. `queued` frames of `queuedBytes` wait; `sent` and `dropped` count frames since the link was made, those that
 * were under way when a connection ended among the first.
 */
export interface PeerStatus {
  readonly id: number
  readonly address: string
  readonly connectedSince: number | undefined
  readonly incarnation: number | undefined
  readonly queued: number
  readonly queuedBytes: number
  readonly sent: number
  readonly dropped: number
  readonly attempts: number
  readonly lastError: PeerError | undefined
}

/** What a link is made of. */
export interface LinkOptions {
  readonly network: Network
  readonly greeter: Greeter
  /** Where this node is reached, as `host:port`; empty where it is not known. */
  readonly advertised: () => string
  readonly id: number
  readonly address: Address
  readonly seed: number
  readonly settings: PeerSettings
}

/** After so many failures in a row it is told of what may pass by itself. */
const patience = 5

/** What may pass by itself, as a peer that is not started yet; the others are told of at once. */
const passing: ReadonlyArray<PeerErrorReason> = ["Unreachable", "TimedOut", "Closed"]

/** A frame without content asks whether the other side is there, and is answered with the same. */
export const keepAlive = frameHeader(0)

/**
 * The way to one peer: a connection that is opened anew whenever it has ended, and the frames that wait for it.
 *
 * **Details**
 *
 * Frames go only from the side that has opened the connection; the other side has one of its own.
 */
export class PeerLink {
  readonly #options: LinkOptions
  readonly #address: string
  readonly #queue: SendQueue
  readonly #backoff: Backoff
  readonly #wake = Latch.makeUnsafe(false)
  #asks = false
  #connectedSince: number | undefined
  #incarnation: number | undefined
  #sent = 0
  #tooLarge = 0
  #attempts = 0
  #lastError: PeerError | undefined
  #failures = 0
  #told: PeerErrorReason | undefined

  constructor(options: LinkOptions) {
    const { maxBackoffMs, minBackoffMs, queueBytes, queueFrames } = options.settings
    this.#options = options
    this.#address = showAddress(options.address)
    this.#queue = new SendQueue({ frames: queueFrames, bytes: queueBytes })
    this.#backoff = new Backoff({ minMs: minBackoffMs, maxMs: maxBackoffMs }, options.seed)
  }

  /** Where the peer is. */
  get address(): Address {
    return this.#options.address
  }

  /** Puts a frame behind those that wait, at once; one that the other side would not take is dropped. */
  send(frame: Uint8Array): void {
    if (frame.length > this.#options.settings.maxFrameBytes) {
      this.#tooLarge++
      return
    }
    this.#queue.push(frame)
    Latch.openUnsafe(this.#wake)
  }

  status(): PeerStatus {
    return {
      id: this.#options.id,
      address: this.#address,
      connectedSince: this.#connectedSince,
      incarnation: this.#incarnation,
      queued: this.#queue.length,
      queuedBytes: this.#queue.bytes,
      sent: this.#sent,
      dropped: this.#queue.dropped + this.#tooLarge,
      attempts: this.#attempts,
      lastError: this.#lastError
    }
  }

  /** Connects, sends, and connects again, until it is interrupted. */
  readonly run: Effect.Effect<never> = Effect.forever(
    Effect.suspend(() => {
      this.#attempts++
      return Effect.scoped(this.#session).pipe(
        Effect.catch((error) => {
          this.#connectedSince = undefined
          this.#lastError = error
          return Effect.andThen(this.#tell(error), Effect.sleep(this.#backoff.next()))
        })
      )
    })
  )

  /** Tells once of each outage, and again where its reason is another. */
  #tell({ message, reason }: PeerError): Effect.Effect<void> {
    this.#failures++
    if (this.#told === reason || (passing.includes(reason) && this.#failures < patience)) return Effect.void
    this.#told = reason
    if (reason === "OtherFounders" && !this.#options.greeter.isNews(this.#options.id)) return Effect.void
    return Effect.logWarning(message)
  }

  #error(reason: PeerErrorReason, detail: string): PeerError {
    return peerError(reason, this.#options.id, this.#address, detail)
  }

  #errorOf(reason: PeerErrorReason, cause: NetworkError | FrameTooLarge): PeerError {
    return peerErrorOf(reason, this.#options.id, this.#address, cause)
  }

  /** What is said of a connection that the other side has ended. */
  get #ended(): string {
    return this.#connectedSince === undefined
      ? "it hung up on the greeting, and its log may say why"
      : "the other side has ended it"
  }

  readonly #broken = (error: NetworkError): PeerError =>
    error.reason === "Closed"
      ? this.#error("Closed", this.#ended)
      : this.#errorOf(error.operation === "connect" ? "Unreachable" : "Closed", error)

  readonly #session: Effect.Effect<void, PeerError, Scope> = Effect.gen({ self: this }, function* () {
    const { address, greeter, network, settings } = this.#options
    const timeoutMs = settings.connectTimeoutMs
    const connection = yield* Effect.mapError(network.connect({ address, timeoutMs }), this.#broken)
    const { self } = greeter
    const greeted = this.#greet(connection, self)
    this.#incarnation = yield* this.#inTime(timeoutMs, "it did not answer the greeting", greeted)
    this.#connectedSince = yield* Clock.currentTimeMillis
    this.#lastError = undefined
    this.#backoff.reset()
    this.#failures = 0
    if (this.#told !== undefined) yield* Effect.logInfo(`Node ${this.#options.id} at ${this.#address} is reached now.`)
    this.#told = undefined
    // Who was greeted without the founders is greeted anew once they are known, since it may be of another cluster.
    const outdated = self.founders === "" ? greeter.known : Effect.never
    yield* Effect.raceAllFirst([this.#write(connection), this.#listen(connection), this.#ask, outdated])
    this.#connectedSince = undefined
  })

  #inTime<A>(duration: number, late: string, effect: Effect.Effect<A, PeerError>): Effect.Effect<A, PeerError> {
    return Effect.timeoutOrElse(effect, {
      duration,
      orElse: () => Effect.fail(this.#error("TimedOut", `${late} within ${duration} ms`))
    })
  }

  #read(connection: Connection): Effect.Effect<Uint8Array, PeerError> {
    return Effect.flatMap(Effect.mapError(connection.read, this.#broken), (chunk) =>
      chunk === undefined ? Effect.fail(this.#error("Closed", this.#ended)) : Effect.succeed(chunk)
    )
  }

  /** Says who this is, and gives the incarnation of the node that was reached. */
  readonly #greet = Effect.fnUntraced(
    { self: this },
    function* (this: PeerLink, connection: Connection, self: Greeted) {
      const { id } = this.#options
      const hello = encodeHello({
        minVersion: peerVersions.min,
        maxVersion: peerVersions.max,
        clusterId: self.clusterId,
        from: self.id,
        incarnation: self.incarnation,
        to: id,
        address: this.#options.advertised(),
        founders: self.founders
      })
      // Who is no peer may hang up in the middle of it; what it said before that tells more than that it did.
      yield* Effect.ignore(connection.write([frameHeader(hello.length), hello]))
      const decoder = new FrameDecoder(maxHelloBytes)
      while (true) {
        const { error, frames } = decoder.push(yield* this.#read(connection))
        if (error !== undefined) return yield* this.#errorOf("NotAPeer", error)
        if (frames[0] === undefined) continue
        const welcome = decodeWelcome(frames[0])
        if (Result.isFailure(welcome) || welcome.success === undefined) {
          return yield* this.#error("NotAPeer", "its answer to the greeting is none")
        }
        if (welcome.success._tag === "Welcome") return welcome.success.incarnation
        return yield* this.#error(welcome.success.reason, welcome.success.detail)
      }
    }
  )

  /** Writes what waits, in as few pieces as it may. */
  #write(connection: Connection): Effect.Effect<never, PeerError> {
    const { silenceMs, writeBytes } = this.#options.settings
    return Effect.forever(
      Effect.suspend(() => {
        const chunks: Array<Uint8Array> = []
        if (this.#asks) chunks.push(keepAlive)
        this.#asks = false
        const frames = this.#queue.take(writeBytes)
        for (const frame of frames) chunks.push(frameHeader(frame.length), frame)
        if (chunks.length === 0) {
          Latch.closeUnsafe(this.#wake)
          return Latch.await(this.#wake)
        }
        this.#sent += frames.length
        const written = Effect.mapError(connection.write(chunks), this.#broken)
        return this.#inTime(silenceMs, "it took no bytes", written)
      })
    )
  }

  /** Hears the answers to what {@link #ask} asks. */
  #listen(connection: Connection): Effect.Effect<never, PeerError> {
    return Effect.forever(this.#inTime(this.#options.settings.silenceMs, "it has said nothing", this.#read(connection)))
  }

  /** Asks from time to time whether the other side is still there. */
  get #ask(): Effect.Effect<never> {
    return Effect.forever(
      Effect.andThen(
        Effect.sleep(this.#options.settings.keepAliveMs),
        Effect.sync(() => {
          this.#asks = true
          Latch.openUnsafe(this.#wake)
        })
      )
    )
  }
}
