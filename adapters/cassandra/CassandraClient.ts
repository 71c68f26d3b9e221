import type { ConnectionOptions } from "node:tls"
import type { Client, ClientOptions } from "cassandra-driver"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { describeKeyspace, lateRequest, refusal, requestFailure } from "./CassandraError.ts"
import type { KeyspacePlace, RequestFailure } from "./CassandraError.ts"
import type { Cassandra } from "./CassandraModule.ts"

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

const clientOptions = (settings: ClientSettings): ClientOptions => {
  const { contactPoints, credentials, requestMs, tls } = settings
  return {
    contactPoints: [...contactPoints],
    encoding: valueEncoding,
    socketOptions: { connectTimeout: requestMs },
    ...(credentials === undefined ? {} : { credentials: { ...credentials } }),
    ...(tls === undefined ? {} : { sslOptions: sslOptions(tls) })
  }
}

const shutDown = (client: Client): Effect.Effect<void> => Effect.ignore(Effect.tryPromise(() => client.shutdown()))

/** A client that is connected, and shut down with the scope. */
const connected = (
  { Client: DriverClient }: Cassandra,
  options: ClientOptions,
  place: KeyspacePlace,
  requestMs: number
): Effect.Effect<Client, RequestFailure, Scope> =>
  Effect.gen(function* () {
    const client = yield* Effect.acquireRelease(
      Effect.try({
        try: () => new DriverClient(options),
        catch: (cause) => requestFailure("open", place, cause)
      }),
      shutDown
    )
    const deadline = 2 * requestMs
    yield* Effect.timeoutOrElse(
      Effect.tryPromise({ try: () => client.connect(), catch: (cause) => requestFailure("open", place, cause) }),
      { duration: deadline, orElse: () => Effect.fail(lateRequest("open", place, deadline)) }
    )
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
      const policies = { loadBalancing: new RoundRobinPolicy() }
      const client = yield* connected(module, { ...clientOptions(settings), policies }, place, settings.requestMs)
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
 * The driver sends a request to a replica of the near data centre. It repeats none but those that may be repeated.
 */
export const openClient = (
  module: Cassandra,
  settings: ClientSettings,
  place: KeyspacePlace
): Effect.Effect<Client, RequestFailure, Scope> =>
  Effect.gen(function* () {
    const localDataCenter = settings.localDataCenter ?? (yield* onlyDataCenter(module, settings, place))
    const options = { ...clientOptions(settings), localDataCenter }
    return yield* connected(module, options, place, settings.requestMs)
  })
