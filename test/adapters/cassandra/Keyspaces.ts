import { Client } from "cassandra-driver"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { CassandraStore } from "../../../adapters/cassandra/index.ts"
import type { CassandraStoreOptions } from "../../../adapters/cassandra/index.ts"
import { service } from "../../services/index.ts"

/** How to reach the Cassandra that is started, but for the keyspace. */
export const place = (): Pick<CassandraStoreOptions, "contactPoints" | "localDataCenter" | "credentials"> => {
  const { address, datacenter, login } = service("cassandra")
  return { contactPoints: [address], localDataCenter: datacenter, credentials: login }
}

/** A client of the test's own. */
export const openClient: Effect.Effect<Client, never, Scope> = Effect.acquireRelease(
  Effect.promise(async () => {
    const { contactPoints = [], credentials, localDataCenter } = place()
    const client = new Client({
      contactPoints: [...contactPoints],
      encoding: CassandraStore.valueEncoding,
      ...(localDataCenter === undefined ? {} : { localDataCenter }),
      ...(credentials === undefined ? {} : { credentials: { ...credentials } })
    })
    await client.connect()
    return client
  }),
  (client) => Effect.promise(() => client.shutdown())
)

/** A name that no keyspace has, and that of one that is dropped with the scope. */
export const keyspace = (client: Client): Effect.Effect<string, never, Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => `odradek_${crypto.randomUUID().replaceAll("-", "").slice(0, 20)}`),
    (name) => Effect.promise(() => client.execute(`DROP KEYSPACE IF EXISTS ${name}`))
  )

/** A keyspace of its own with the tables in it, by name, and a client. */
export const journalKeyspace = Effect.gen(function* () {
  const client = yield* openClient
  const name = yield* keyspace(client)
  yield* CassandraStore.open({ keyspace: name, client })
  return { client, keyspace: name }
})
