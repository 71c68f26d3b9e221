import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import { type Address, type Connection, type Network, NetworkError } from "../../core/ports/index.ts"

/** Bytes that one direction of a connection holds before its writer waits. */
const capacity = 64 * 1024

/** The first port that is given out where the caller does not care. */
const firstFreePort = 49_152

const networkError = (
  reason: NetworkError["reason"],
  operation: NetworkError["operation"],
  address: Address,
  message: string
): NetworkError => new NetworkError({ reason, operation, address, message })

/** One direction of a connection: a bounded queue of bytes with one reader and writers that take turns. */
class Pipe {
  readonly #chunks: Array<Uint8Array> = []
  readonly #waiting = new Set<() => void>()
  #buffered = 0
  #ended = false
  #dropped = false

  #changed(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  #change: Effect.Effect<void> = Effect.callback<void>((resume) => {
    const wake = () => resume(Effect.void)
    this.#waiting.add(wake)
    return Effect.sync(() => this.#waiting.delete(wake))
  })

  /** The writer has ended: what is queued can still be read. */
  end(): void {
    this.#ended = true
    this.#changed()
  }

  /** The reader has gone: nothing can be written any more. */
  drop(): void {
    this.#dropped = true
    this.#chunks.length = 0
    this.#changed()
  }

  readonly read: Effect.Effect<Uint8Array | undefined> = Effect.suspend(() => {
    const chunk = this.#chunks.shift()
    if (chunk !== undefined) {
      this.#buffered -= chunk.length
      this.#changed()
      return Effect.succeed(chunk)
    }
    return this.#ended ? Effect.succeed(undefined) : Effect.andThen(this.#change, this.read)
  })

  write(bytes: Uint8Array, to: Address): Effect.Effect<void, NetworkError> {
    return Effect.suspend(() => {
      if (this.#ended || this.#dropped) {
        return Effect.fail(
          networkError("Closed", "write", to, `The connection to ${name(to)} has ended: connect again.`)
        )
      }
      if (this.#buffered >= capacity) return Effect.andThen(this.#change, this.write(bytes, to))
      const room = Math.min(capacity - this.#buffered, bytes.length)
      if (room > 0) {
        this.#chunks.push(bytes.slice(0, room))
        this.#buffered += room
        this.#changed()
      }
      return room === bytes.length ? Effect.void : this.write(bytes.subarray(room), to)
    })
  }
}

const name = ({ host, port }: Address): string => `${host}:${port}`

/** One end of a connection, and what ends it. */
interface End {
  readonly connection: Connection
  readonly close: Effect.Effect<void>
}

const makeEnd = (local: Address, remote: Address, incoming: Pipe, outgoing: Pipe): End => ({
  connection: {
    local,
    remote,
    read: incoming.read,
    write: (chunks) => Effect.forEach(chunks, (chunk) => outgoing.write(chunk, remote), { discard: true })
  },
  close: Effect.sync(() => {
    outgoing.end()
    incoming.drop()
  })
})

/**
 * A `Network` inside one process: its listeners are reached by its own `connect` and by nobody else.
 *
 * **When to use**
 *
 * Tests without sockets, and several parts of one process that speak a network protocol with each other.
 */
const make = (): Network => {
  const listeners = new Map<number, (end: End) => void>()
  let nextPort = firstFreePort
  const freePort = (): number => {
    while (listeners.has(nextPort)) nextPort++
    return nextPort++
  }
  return {
    connect: ({ address }) =>
      Effect.map(
        Effect.acquireRelease(
          Effect.suspend(() => {
            const accept = listeners.get(address.port)
            if (accept === undefined) {
              const message = `Cannot connect to ${name(address)}: nobody listens there in this process.`
              return Effect.fail(networkError("Refused", "connect", address, message))
            }
            const local = { host: "memory", port: freePort() }
            const [there, back] = [new Pipe(), new Pipe()]
            accept(makeEnd(address, local, there, back))
            return Effect.succeed(makeEnd(local, address, back, there))
          }),
          ({ close }) => close
        ),
        ({ connection }) => connection
      ),
    listen: Effect.fnUntraced(function* (address, onConnection) {
      const run = yield* FiberSet.makeRuntime<never, void>()
      const port = address.port === 0 ? freePort() : address.port
      if (listeners.has(port)) {
        const message = `Cannot listen on ${name(address)}: somebody listens there already, choose another port.`
        return yield* networkError("InUse", "listen", address, message)
      }
      yield* Effect.acquireRelease(
        Effect.sync(() =>
          listeners.set(port, ({ close, connection }) =>
            run(
              Effect.ensuring(
                Effect.suspend(() => onConnection(connection)),
                close
              )
            )
          )
        ),
        () => Effect.sync(() => listeners.delete(port))
      )
      return { host: address.host, port }
    })
  }
}

export const MemoryNetwork = { make }
