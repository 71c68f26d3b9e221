import { lookup } from "node:dns/promises"
import type { Server, Socket } from "node:net"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type { Scope } from "effect/Scope"
import type { Address, Connection, ConnectOptions, Network, NetworkError } from "../../core/ports/index.ts"
import { closeSocket, makeConnection } from "./TcpConnection.ts"
import { connectError, networkError, timedOut } from "./TcpError.ts"

/** How often a free port is looked for that is free for every address of a name. */
const portAttempts = 10

/**
 * How sockets are opened and taken, with or without encryption.
 *
 * **Details**
 *
 * `open` begins to connect; the socket tells by `ready` that it can be used. `serve` makes a server that is not bound yet,
 * with sockets that can be used; `refused` is told of each that could not, in a sentence. `drop` ends what the server
 * holds of sockets that it has not handed over.
 */
export interface Transport {
  readonly open: (address: Address) => Socket
  readonly ready: "connect" | "secureConnect"
  readonly serve: (accept: (socket: Socket) => void, refused: (message: string) => void) => Serving
}

/** See {@link Transport}. */
export interface Serving {
  readonly server: Server
  readonly drop: () => void
}

/** Opens connections over sockets. */
export const connectOver =
  ({ open, ready }: Pick<Transport, "open" | "ready">) =>
  ({ address, timeoutMs }: ConnectOptions): Effect.Effect<Connection, NetworkError, Scope> => {
    const encrypts = ready === "secureConnect"
    return Effect.acquireRelease(
      Effect.callback<Socket, NetworkError>((resume) => {
        const socket = open(address)
        const refused = (cause: unknown) => resume(Effect.fail(connectError(address, cause, encrypts)))
        socket.once("error", refused)
        socket.once(ready, () => {
          socket.off("error", refused)
          resume(Effect.succeed(socket))
        })
        return Effect.sync(() => socket.destroy())
      }),
      closeSocket,
      { interruptible: true }
    ).pipe(
      Effect.timeoutOrElse({ duration: timeoutMs, orElse: () => Effect.fail(timedOut(address, timeoutMs, encrypts)) }),
      Effect.map(makeConnection)
    )
  }

/** Every address that a name stands for; a literal stands for itself. */
const addressesOf = (address: Address): Effect.Effect<ReadonlyArray<string>, NetworkError> =>
  Effect.tryPromise({
    try: () => lookup(address.host, { all: true }),
    catch: (cause) => networkError("listen", address, cause)
  }).pipe(Effect.map((found) => [...new Set(found.map((entry) => entry.address))]))

const bind = (address: Address, serve: () => Serving): Effect.Effect<Serving, NetworkError> =>
  Effect.callback<Serving, NetworkError>((resume) => {
    const serving = serve()
    const { server } = serving
    server.on("error", (cause) => resume(Effect.fail(networkError("listen", address, cause))))
    server.listen({ host: address.host, port: address.port, ipv6Only: true }, () => resume(Effect.succeed(serving)))
    return Effect.sync(() => server.close())
  })

const portOf = (server: Server): number => {
  const bound = server.address()
  return bound === null || typeof bound === "string" ? 0 : bound.port
}

const stop = (servings: ReadonlyArray<Serving>): Effect.Effect<void> =>
  Effect.sync(() => {
    for (const { drop, server } of servings) {
      server.close()
      drop()
    }
  })

/** Binds one port on all addresses; an address family that this machine lacks is left out. */
const bindAll = Effect.fnUntraced(function* (address: Address, hosts: ReadonlyArray<string>, serve: () => Serving) {
  const servings: Array<Serving> = []
  let port = address.port
  let lacking: NetworkError | undefined
  for (const host of hosts) {
    const bound = yield* bind({ host, port }, serve).pipe(
      Effect.catchIf(isFamilyLacking, (error) => {
        lacking = error
        return Effect.succeed(undefined)
      }),
      Effect.onError(() => stop(servings))
    )
    if (bound === undefined) continue
    servings.push(bound)
    port = portOf(bound.server)
  }
  if (servings.length === 0 && lacking !== undefined) return yield* lacking
  return { servings, port }
})

const isFamilyLacking = (error: NetworkError): boolean =>
  error.cause instanceof Error &&
  "code" in error.cause &&
  (error.cause.code === "EADDRNOTAVAIL" || error.cause.code === "EAFNOSUPPORT")

const listenOver = ({ serve }: Transport): Network["listen"] =>
  Effect.fnUntraced(function* (address: Address, onConnection: (connection: Connection) => Effect.Effect<void>) {
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
    const refused = (message: string): void => void run(Effect.logWarning(message))
    const attempt = bindAll(address, hosts, () => serve(accept, refused))
    const bound = yield* Effect.acquireRelease(
      address.port === 0 && hosts.length > 1
        ? Effect.retry(attempt, { times: portAttempts, while: (error) => error.reason === "InUse" })
        : attempt,
      ({ servings }) => {
        for (const { server } of servings) closing.push(closed(server))
        return stop(servings)
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

/** The `Network` port over sockets. */
export const networkOver = (transport: Transport): Network => ({
  connect: connectOver(transport),
  listen: listenOver(transport)
})
