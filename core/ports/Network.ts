import * as Data from "effect/Data"
import type { Effect } from "effect/Effect"
import type { Scope } from "effect/Scope"

/** Where somebody listens. `host` is a name or an address without brackets. */
export interface Address {
  readonly host: string
  readonly port: number
}

/**
 * Why a network operation failed.
 *
 * - `Refused`: nobody listens there, or the name is unknown
 * - `Untrusted`: one side does not trust the other, or only one of the two encrypts
 * - `InUse`: somebody listens there already
 * - `Closed`: the connection ended while bytes were still to be moved
 * - `TimedOut`: the deadline passed
 * - `Io`: anything else the operating system said
 */
export type NetworkErrorReason = "Refused" | "Untrusted" | "InUse" | "Closed" | "TimedOut" | "Io"

/** A network operation that failed: which one, with whom, and what the system said. */
export class NetworkError extends Data.TaggedError("NetworkError")<{
  readonly reason: NetworkErrorReason
  readonly operation: "connect" | "listen" | "read" | "write"
  readonly address: Address
  readonly message: string
  readonly cause?: unknown
}> {}

/**
 * A byte stream in both directions, owned by the scope it was opened in.
 *
 * **Details**
 *
 * `read` answers with the next bytes as they come, and with `undefined` once the other side has ended its half; one
 * `read` may be under way at a time, and nothing is read from the system before it is asked for beyond one bounded
 * buffer. `write` completes when the system has taken the bytes, which is the backpressure; writes keep their order.
 */
export interface Connection {
  readonly local: Address
  readonly remote: Address
  readonly read: Effect<Uint8Array | undefined, NetworkError>
  readonly write: (chunks: ReadonlyArray<Uint8Array>) => Effect<void, NetworkError>
}

/** Settings of one connection attempt. `timeoutMs` bounds it. */
export interface ConnectOptions {
  readonly address: Address
  readonly timeoutMs: number
}

/**
 * Byte streams between processes. Framing, reconnection and peers are core code over it.
 *
 * **Details**
 *
 * `listen` binds (port 0 takes a free one) and runs `onConnection` in a fiber of its own for each connection; the
 * connection is closed when that ends. When the scope closes, the listener stops, and the fibers are interrupted and
 * awaited.
 */
export interface Network {
  readonly connect: (options: ConnectOptions) => Effect<Connection, NetworkError, Scope>
  readonly listen: (
    address: Address,
    onConnection: (connection: Connection) => Effect<void>
  ) => Effect<Address, NetworkError, Scope>
}
