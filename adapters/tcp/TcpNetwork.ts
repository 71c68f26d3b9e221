import { lookup } from "node:dns/promises"
import { connect as openSocket, createServer, type Server, type Socket } from "node:net"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type { Scope } from "effect/Scope"
import type { Address, Connection, ConnectOptions, Network, NetworkError } from "../../core/ports/index.ts"
import { closeSocket, makeConnection } from "./TcpConnection.ts"
import { networkError, timedOut } from "./TcpError.ts"

/** How often a free port is looked for that is free for every address of a name. */
const portAttempts = 10

const connect = ({ address, timeoutMs }: ConnectOptions): Effect.Effect<Connection, NetworkError, Scope> =>
  Effect.acquireRelease(
    Effect.callback<Socket, NetworkError>((resume) => {
      const socket = openSocket({ host: address.host, port: address.port, allowHalfOpen: true })
      const refused = (cause: unknown) => resume(Effect.fail(networkError("connect", address, cause)))
      socket.once("error", refused)
      socket.once("connect", () => {
        socket.off("error", refused)
        resume(Effect.succeed(socket))
      })
      return Effect.sync(() => socket.destroy())
    }),
    closeSocket,
    { interruptible: true }
  ).pipe(
    Effect.timeoutOrElse({ duration: timeoutMs, orElse: () => Effect.fail(timedOut(address, timeoutMs)) }),
    Effect.map(makeConnection)
  )

/** Every address that a name stands for; a literal stands for itself. */
const addressesOf = (address: Address): Effect.Effect<ReadonlyArray<string>, NetworkError> =>
  Effect.tryPromise({
    try: () => lookup(address.host, { all: true }),
    catch: (cause) => networkError("listen", address, cause)
  }).pipe(Effect.map((found) => [...new Set(found.map((entry) => entry.address))]))

const bind = (address: Address, accept: (socket: Socket) => void): Effect.Effect<Server, NetworkError> =>
  Effect.callback<Server, NetworkError>((resume) => {
    const server = createServer({ allowHalfOpen: true }, accept)
    server.on("error", (cause) => resume(Effect.fail(networkError("listen", address, cause))))
    server.listen({ host: address.host, port: address.port, ipv6Only: true }, () => resume(Effect.succeed(server)))
    return Effect.sync(() => server.close())
  })

const portOf = (server: Server): number => {
  const bound = server.address()
  return bound === null || typeof bound === "string" ? 0 : bound.port
}

const stop = (servers: ReadonlyArray<Server>): Effect.Effect<void> =>
  Effect.sync(() => {
    for (const server of servers) server.close()
  })

/** Binds one port on all addresses; an address family that this machine lacks is left out. */
const bindAll = Effect.fnUntraced(function* (
  address: Address,
  hosts: ReadonlyArray<string>,
  accept: (socket: Socket) => void
) {
  const servers: Array<Server> = []
  let port = address.port
  let lacking: NetworkError | undefined
  for (const host of hosts) {
    const bound = yield* bind({ host, port }, accept).pipe(
      Effect.catchIf(isFamilyLacking, (error) => {
        lacking = error
        return Effect.succeed(undefined)
      }),
      Effect.onError(() => stop(servers))
    )
    if (bound === undefined) continue
    servers.push(bound)
    port = portOf(bound)
  }
  if (servers.length === 0 && lacking !== undefined) return yield* lacking
  return { servers, port }
})

const isFamilyLacking = (error: NetworkError): boolean =>
  error.cause instanceof Error &&
  "code" in error.cause &&
  (error.cause.code === "EADDRNOTAVAIL" || error.cause.code === "EAFNOSUPPORT")

const listen = Effect.fnUntraced(function* (
  address: Address,
  onConnection: (connection: Connection) => Effect.Effect<void>
) {
  const hosts = yield* addressesOf(address)
  const closing: Array<Effect.Effect<void>> = []
  yield* Effect.addFinalizer(() => Effect.all(closing))
  const run = yield* FiberSet.makeRuntime<never, void>()
  const accept = (socket: Socket): void => {
    const connection = makeConnection(socket)
    run(
      Effect.ensuring(
        Effect.suspend(() => onConnection(connection)),
        closeSocket(socket)
      )
    )
  }
  const attempt = bindAll(address, hosts, accept)
  const bound = yield* Effect.acquireRelease(
    address.port === 0 && hosts.length > 1
      ? Effect.retry(attempt, { times: portAttempts, while: (error) => error.reason === "InUse" })
      : attempt,
    ({ servers }) => {
      for (const server of servers) closing.push(closed(server))
      return stop(servers)
    }
  )
  return { host: address.host, port: bound.port }
})

/** Waits until a server that was told to stop has let go of its port and its last connection. */
const closed = (server: Server): Effect.Effect<void> =>
  Effect.callback((resume) => {
    let over = false
    server.once("close", () => {
      over = true
      resume(Effect.void)
    })
    if (over) resume(Effect.void)
  })

/**
 * The `Network` port over TCP (`node:net`).
 *
 * **Details**
 *
 * Listening on a name listens on all of its addresses, so that `localhost` is reached over IPv4 and IPv6. `0.0.0.0` and `::`
 * listen everywhere. Nagle's algorithm is off: every protocol of this package writes whole messages.
 */
export const TcpNetwork: Network = { connect, listen }
