import type { Socket } from "node:net"
import { FrameSplitter } from "../../core/protocol/index.ts"

const prefixLength = 4
const correlationIdLength = 4

/** Whether this is one frame, with a correlation id, and nothing else. */
const isWhole = (chunk: Uint8Array): boolean =>
  chunk.length >= prefixLength + correlationIdLength &&
  Buffer.isBuffer(chunk) &&
  chunk.readInt32BE() === chunk.length - prefixLength

/**
 * Ends a socket on which a frame comes that cannot be an answer, before its listeners see it.
 *
 * **Details**
 *
 * `@platformatic/kafka` 2.12 reads the correlation id of a frame that is too short to have one, and throws where nobody can
 * catch it, which ends the process. It also collects whatever a frame says it has, without a bound.
 */
export const onlyRealFrames = (socket: Socket): void => {
  const splitter = new FrameSplitter()
  const emit = socket.emit.bind(socket)
  socket.emit = ((event: string, ...args: ReadonlyArray<unknown>) => {
    const [chunk] = args
    if (event !== "data" || !(chunk instanceof Uint8Array)) return emit(event, ...args)
    if (socket.destroyed) return true
    if (splitter.buffered === 0 && isWhole(chunk)) return emit(event, chunk)
    const { error, frames } = splitter.push(chunk)
    const short = frames.find(({ length }) => length < correlationIdLength)
    if (error === undefined && short === undefined) return emit(event, ...args)
    socket.destroy(error ?? new Error(`a response of ${short?.length} bytes came, which is none`))
    return true
  }) as Socket["emit"]
}
