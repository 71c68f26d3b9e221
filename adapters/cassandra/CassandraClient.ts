import type { ConnectionOptions } from "node:tls"
import type { Client, ClientOptions } from "cassandra-driver"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { describeKeyspace, lateRequest, refusal, requestFailure } from "./CassandraError.ts"
import type { KeyspacePlace, RequestFailure } from "./CassandraError.ts"
import type { Cassandra } from "./CassandraModule.ts"
import { closeForgottenNodes, lookForNodesOnce } from "./ControlConnection.ts"

/** How a node shows that it is who it says, and this program that it is who it says; all are PEM. */
export interface CassandraTls {
  readonly ca?: string | Uint8Array
  readonly cert?: string | Uint8Array
  readonly key?: string | Uint8Array
  /** The name in the nodes' certificates, where it is not the one that they are reached by. */
  readonly serverName?: string
}

/** What a client is made from. */
export interface ClientSettings {
  readonly contactPoints: ReadonlyArray<string>
  readonly localDataCenter?: string | undefined
  readonly credentials?: { readonly username: string; readonly password: string } | undefined
  readonly tls?: CassandraTls | undefined
  readonly requestMs: number
}

const buffer = (pem: string | Uint8Array): string | Buffer => (typeof pem === "string" ? pem : Buffer.from(pem))

const sslOptions = ({ ca, cert, key, serverName }: CassandraTls): ConnectionOptions => ({
  rejectUnauthorized: true,
  ...(ca === undefined ? {} : { ca: buffer(ca) }),
  ...(cert === undefined ? {} : { cert: buffer(cert) }),
  ...(key === undefined ? {} : { key: buffer(key) }),
  ...(serverName === undefined ? {} : { servername: serverName })
})

/** How the driver has to take and give values: 64-bit integers as `bigint`, maps as `Map`. */
export const valueEncoding = { useBigIntAsLong: true, map: Map, useUndefinedAsUnset: true } as const

/** How long the driver waits before it connects to a lost node again: at first, and at most, in milliseconds. */
const [firstWaitMs, longestWaitMs] = [1000, 30_000]

const clientOptions = ({ policies }: Cassandra, settings: ClientSettings): ClientOptions => {
  const { contactPoints, credentials, requestMs, tls } = settings
  return {
    contactPoints: [...contactPoints],
    encoding: valueEncoding,
    socketOptions: { connectTimeout: requestMs },
    policies: {
      reconnection: new policies.reconnection.ExponentialReconnectionPolicy(firstWaitMs, longestWaitMs, false)
    },
    ...(credentials === undefined ? {} : { credentials: { ...credentials } }),
    ...(tls === undefined ? {} : { sslOptions: sslOptions(tls) })
  }
}

/** A client with the connecting of it, which cannot be stopped. */
interface Connecting {
  readonly client: Client
  readonly begun: Promise<void>
}

/** When the driver looks for nodes again, in milliseconds, after it failed in a way of which it does not know. */
const againMs = 1000

/** How long it may take to shut a client down, in milliseconds. */
const closeMsOf = (requestMs: number): number => Math.min(1000, requestMs / 2)

/**
 * Shuts a client down, and waits for that as long as may be.
 *
 * **Details**
 *
 * The driver passes over a client that is still connecting: it is shut down when it is connected, if it ever is.
 */
const shutDown = ({ begun, client }: Connecting, requestMs: number): Effect.Effect<void> =>
  Effect.asVoid(
    Effect.timeoutOption(
      Effect.ignore(Effect.tryPromise(() => begun.then(() => client.shutdown()))),
      closeMsOf(requestMs)
    )
  )

/** A client that is connected, and shut down with the scope. */
const connected = (
  { Client: DriverClient }: Cassandra,
  options: ClientOptions,
  place: KeyspacePlace,
  requestMs: number
): Effect.Effect<Client, RequestFailure, Scope> =>
  Effect.gen(function* () {
    const failure = (cause: unknown): RequestFailure => requestFailure("open", place, cause)
    const begin = (): Connecting => {
      const client = new DriverClient(options)
      lookForNodesOnce(client, againMs)
      closeForgottenNodes(client)
      return { client, begun: client.connect() }
    }
    const { begun, client } = yield* Effect.acquireRelease(Effect.try({ try: begin, catch: failure }), (connecting) =>
      shutDown(connecting, requestMs)
    )
    yield* Effect.tryPromise({ try: () => begun, catch: failure })
    return client
  })

/** The data centre that all nodes are in. */
const onlyDataCenter = (
  module: Cassandra,
  settings: ClientSettings,
  place: KeyspacePlace
): Effect.Effect<string, RequestFailure> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { RoundRobinPolicy } = module.policies.loadBalancing
      const options = clientOptions(module, settings)
      const policies = { ...options.policies, loadBalancing: new RoundRobinPolicy() }
      const client = yield* connected(module, { ...options, policies }, place, settings.requestMs)
      const names = [...new Set(client.hosts.values().map(({ datacenter }) => datacenter))]
      const [only] = names
      if (only !== undefined && names.length === 1) return only
      const message = `${describeKeyspace(place)} is in the data centres ${names.join(", ")}: say which one is near.`
      return yield* Effect.fail(refusal("Failed", "open", message))
    })
  )

/**
 * Opens a client, which the scope closes.
 *
 * **Details**
 *
 * The driver sends a request to a replica of the near data centre. It repeats none but those that may be repeated. It fails
 * with `Unreachable` in twice the time of a request at the latest.
 */
export const openClient = (
  module: Cassandra,
  settings: ClientSettings,
  place: KeyspacePlace
): Effect.Effect<Client, RequestFailure, Scope> => {
  const { requestMs } = settings
  const opened = Effect.gen(function* () {
    const localDataCenter = settings.localDataCenter ?? (yield* onlyDataCenter(module, settings, place))
    return yield* connected(module, { ...clientOptions(module, settings), localDataCenter }, place, requestMs)
  })
  const deadline = 2 * requestMs - closeMsOf(requestMs)
  return Effect.timeoutOrElse(opened, {
    duration: deadline,
    orElse: () => Effect.fail(lateRequest("open", place, deadline))
  })
}
