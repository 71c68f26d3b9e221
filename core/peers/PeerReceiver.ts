import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { Connection, NetworkError } from "../ports/index.ts"
import { FrameDecoder, frameHeader } from "./Framing.ts"
import type { Greeter } from "./Greeter.ts"
import { decodeHello, encodeWelcome, type Hello, maxHelloBytes } from "./Hello.ts"
import { keepAlive } from "./PeerLink.ts"
import type { PeerSettings } from "./PeerSettings.ts"

/** Takes a frame of a peer; until it has ended nothing more is read from that connection. */
export type OnFrame = (from: number, incarnation: number, frame: Uint8Array) => Effect.Effect<void>

/** What a connection that a peer has opened is served with. `welcomed` wraps what follows a greeting. */
export interface ReceiverOptions {
  readonly greeter: Greeter
  readonly settings: PeerSettings
  readonly onFrame: OnFrame
  readonly welcomed: (hello: Hello, receiving: Effect.Effect<void>) => Effect.Effect<void>
}

/**
 * Serves a connection that somebody has opened, until it ends, says something that cannot be, or is silent for too long.
 *
 * **Details**
 *
 * Nothing is taken from who is refused in the greeting. Frames are handed over one at a time, in order.
 */
export const receive = (connection: Connection, options: ReceiverOptions): Effect.Effect<void> =>
  Effect.gen(function* () {
    const hello = yield* readHello(connection, options)
    if (hello === undefined) return
    const welcome = yield* options.greeter.answer(hello)
    yield* writeFrame(connection, encodeWelcome(welcome), options.settings)
    if (welcome._tag === "Refused") return
    yield* options.welcomed(hello, Effect.catch(readFrames(connection, hello, options), logged))
  }).pipe(Effect.catch(logged))

const logged = (error: NetworkError): Effect.Effect<void> => Effect.logDebug(error.message)

/** The next bytes; `undefined` at the end, and when none come in time. */
const readChunk = (connection: Connection, timeoutMs: number): Effect.Effect<Uint8Array | undefined, NetworkError> =>
  Effect.map(Effect.timeoutOption(connection.read, timeoutMs), Option.getOrUndefined)

const writeFrame = (connection: Connection, content: Uint8Array, { silenceMs }: PeerSettings) =>
  Effect.timeoutOption(connection.write([frameHeader(content.length), content]), silenceMs)

/** Reads who is there; `undefined` when that is nobody who can be understood. */
const readHello = Effect.fnUntraced(function* (connection: Connection, { settings }: ReceiverOptions) {
  const decoder = new FrameDecoder(maxHelloBytes)
  while (true) {
    const chunk = yield* readChunk(connection, settings.connectTimeoutMs)
    if (chunk === undefined) return undefined
    const { error, frames } = decoder.push(chunk)
    if (error !== undefined) {
      yield* Effect.logDebug(`A connection from ${connection.remote.host} is closed: ${error.message}`)
      return undefined
    }
    if (frames[0] === undefined) continue
    const hello = decodeHello(frames[0])
    // Who greets waits for the answer: nothing follows a greeting.
    return Result.isSuccess(hello) && frames.length === 1 && decoder.buffered === 0 ? hello.success : undefined
  }
})

const readFrames = Effect.fnUntraced(function* (connection: Connection, hello: Hello, options: ReceiverOptions) {
  const { onFrame, settings } = options
  const decoder = new FrameDecoder(settings.maxFrameBytes)
  while (true) {
    const chunk = yield* readChunk(connection, settings.silenceMs)
    if (chunk === undefined) return
    const { error, frames } = decoder.push(chunk)
    for (const frame of frames) {
      if (frame.length > 0) yield* onFrame(hello.from, hello.incarnation, frame)
      else if (Option.isNone(yield* Effect.timeoutOption(connection.write([keepAlive]), settings.silenceMs))) return
    }
    if (error !== undefined) return yield* Effect.logWarning(`Node ${hello.from} is cut off: ${error.message}`)
  }
})
