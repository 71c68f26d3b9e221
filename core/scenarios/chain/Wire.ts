import * as Result from "effect/Result"
import { FrameDecoder, frameHeader } from "../../peers/index.ts"
import type { MessageCodec, Prng } from "../../simulation/index.ts"
import type { ChainModule } from "./ChainModule.ts"
import type { Envelope } from "./Envelope.ts"

/** Who its sender says that it is stands in front of each message, as in the hello of a connection. */
const incarnationBytes = 8

/** Messages as the bytes that the package's nodes send. */
export const envelopeCodec = (module: ChainModule): MessageCodec<Envelope> => ({
  encode: ({ incarnation, message }) => {
    const content = module.encodeMessage(message)
    const bytes = new Uint8Array(incarnationBytes + content.length)
    new DataView(bytes.buffer).setFloat64(0, incarnation)
    bytes.set(content, incarnationBytes)
    return bytes
  },
  decode: (bytes) => {
    const incarnation = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0)
    const message = Result.getOrThrow(module.decodeMessage(bytes.subarray(incarnationBytes)))
    return { _tag: message._tag, incarnation, message }
  }
})

/** Sends a message through a stream that arrives in pieces of any size, and gives what comes out of it. */
export const throughStream = (codec: MessageCodec<Envelope>, random: Prng, envelope: Envelope): Envelope => {
  const content = codec.encode(envelope)
  const stream = new Uint8Array(4 + content.length)
  stream.set(frameHeader(content.length))
  stream.set(content, 4)
  const decoder = new FrameDecoder()
  const frames: Array<Uint8Array> = []
  for (let at = 0; at < stream.length;) {
    const end = Math.min(stream.length, at + 1 + random.below(40))
    frames.push(...decoder.push(stream.subarray(at, end)).frames)
    at = end
  }
  const [frame] = frames
  if (frames.length !== 1 || frame === undefined) throw new TypeError(`${frames.length} frames come out of one.`)
  return codec.decode(frame)
}
