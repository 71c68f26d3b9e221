import type { Socket } from "node:net"
import { FrameSplitter } from "../../core/protocol/index.ts"

const prefixLength = 4
const correlationIdLength = 4

const withLength = (frame: Uint8Array): Buffer => {
  const whole = Buffer.allocUnsafe(prefixLength + frame.length)
  whole.writeInt32BE(frame.length)
  whole.set(frame, prefixLength)
  return whole
}

/**
 * Lets the listeners of a socket have whole frames only, each with its length; a frame that cannot be one ends the socket.
 *
 * **Details**
 *
 * kafkajs 2.2.4 keeps the part of a frame that came before a connection broke, and takes for the rest of it what comes on
 * the next one. It then answers requests with what is no answer to them, or throws where nobody can catch it, which ends
 * the process; so does a frame without a correlation id.
 */
export const onlyWholeFrames = (socket: Socket): void => {
  const splitter = new FrameSplitter()
  const emit = socket.emit.bind(socket)
  const isWhole = (chunk: Uint8Array): chunk is Buffer =>
    splitter.buffered === 0 &&
    chunk.length >= prefixLength + correlationIdLength &&
    Buffer.isBuffer(chunk) &&
    chunk.readInt32BE() === chunk.length - prefixLength
  const deliver = (chunk: Uint8Array): void => {
    if (isWhole(chunk)) {
      emit("data", chunk)
      return
    }
    const { error, frames } = splitter.push(chunk)
    for (const frame of frames) {
      if (socket.destroyed) return
      if (frame.length < correlationIdLength) {
        socket.destroy(new Error(`a response of ${frame.length} bytes came, which is none`))
        return
      }
      emit("data", withLength(frame))
    }
    if (error !== undefined) socket.destroy(error)
  }
  socket.emit = ((event: string, ...args: ReadonlyArray<unknown>) => {
    const [chunk] = args
    if (event !== "data" || !(chunk instanceof Uint8Array)) return emit(event, ...args)
    if (!socket.destroyed) deliver(chunk)
    return true
  }) as Socket["emit"]
}
