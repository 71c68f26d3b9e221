import type { Socket } from "node:net"
import * as Effect from "effect/Effect"
import type { Address, Connection, NetworkError } from "../../core/ports/index.ts"
import { networkError } from "./TcpError.ts"

/** Bytes that are read ahead of the caller before the system's own window fills up. */
const readAhead = 256 * 1024

/** The address as a person writes it: an IPv4 address that came in through an IPv6 socket loses its prefix. */
export const addressOf = (host: string | undefined, port: number | undefined): Address => ({
  host: (host ?? "").replace(/^::ffff:/, ""),
  port: port ?? 0
})

/** A connection over an open socket. The socket's owner ends it with `closeSocket`. */
export const makeConnection = (socket: Socket): Connection => {
  const local = addressOf(socket.localAddress, socket.localPort)
  const remote = addressOf(socket.remoteAddress, socket.remotePort)
  const chunks: Array<Uint8Array> = []
  let buffered = 0
  let ended = false
  let broken: NetworkError | undefined
  let wake: (() => void) | undefined

  const signal = () => {
    const waiting = wake
    wake = undefined
    waiting?.()
  }
  socket.setNoDelay(true)
  socket.on("data", (chunk: Uint8Array) => {
    chunks.push(chunk)
    buffered += chunk.length
    if (buffered >= readAhead) socket.pause()
    signal()
  })
  socket.on("end", () => {
    ended = true
    signal()
  })
  socket.on("error", (cause) => {
    broken = networkError("read", remote, cause)
    signal()
  })
  socket.on("close", () => {
    ended = true
    signal()
  })

  /** What `read` answers now; `undefined` when it has to wait. */
  const next = (): Effect.Effect<Uint8Array | undefined, NetworkError> | undefined => {
    const chunk = chunks.shift()
    if (chunk !== undefined) {
      buffered -= chunk.length
      if (socket.isPaused() && buffered < readAhead) socket.resume()
      return Effect.succeed(chunk)
    }
    if (broken !== undefined) return Effect.fail(broken)
    return ended ? Effect.succeed(undefined) : undefined
  }

  const read = Effect.suspend(
    () =>
      next() ??
      Effect.callback<Uint8Array | undefined, NetworkError>((resume) => {
        wake = () => resume(Effect.suspend(() => next() ?? read))
        return Effect.sync(() => {
          wake = undefined
        })
      })
  )

  const write = (parts: ReadonlyArray<Uint8Array>) =>
    Effect.callback<void, NetworkError>((resume) => {
      const taken = (error: Error | null | undefined) =>
        resume(error == null ? Effect.void : Effect.fail(networkError("write", remote, error)))
      socket.cork()
      const last = parts.length - 1
      parts.forEach((part, i) => (i === last ? socket.write(part, taken) : socket.write(part)))
      socket.uncork()
      if (last < 0) resume(Effect.void)
    })

  return { local, remote, read, write }
}

/**
 * Ends a socket, at once: what the system has taken is still sent, and what is only queued here is dropped.
 *
 * **Details**
 *
 * Bytes are queued here only if somebody was interrupted while writing, and may then never be taken.
 */
export const closeSocket = (socket: Socket): Effect.Effect<void> =>
  Effect.sync(() => {
    if (socket.writableLength === 0 && !socket.connecting) socket.destroySoon()
    else socket.destroy()
  })
