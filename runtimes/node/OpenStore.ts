import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { JournalStore, JournalStoreError } from "../../core/ports/index.ts"
import { cassandraAddress, parseCassandraAddress } from "./CassandraAddress.ts"
import { dynamoDbAddress, parseDynamoDbAddress } from "./DynamoDbAddress.ts"
import { openCassandra } from "./OpenCassandra.ts"
import { openPostgres } from "./OpenPostgres.ts"
import { parsePostgresAddress, postgresAddress } from "./PostgresAddress.ts"
import { shownAddress } from "./ShownAddress.ts"

/**
 * Why an address opens no store.
 *
 * - `UnknownScheme`: nothing here opens stores of that kind
 * - `Incomplete`: the scheme is known, and what has to follow it is missing or something else
 */
export type StoreAddressReason = "UnknownScheme" | "Incomplete"

/** An address that opens no store. `message` is one sentence that says what to write. */
export class StoreAddressError extends Data.TaggedError("StoreAddressError")<{
  readonly reason: StoreAddressReason
  readonly address: string
  readonly message: string
}> {}

/** The addresses that {@link openStore} knows, for people. */
export const storeAddresses = `sqlite:FILE, ${cassandraAddress}, ${dynamoDbAddress}, ${postgresAddress}, or memory: for one that is empty and ends with the process`

const refuse = (reason: StoreAddressReason, given: string): StoreAddressError => {
  const address = shownAddress(given)
  return new StoreAddressError({ reason, address, message: `"${address}" names no store: write ${storeAddresses}.` })
}

/** Whether an address can be opened, as far as its text tells. */
export const checkStoreAddress = (address: string): StoreAddressError | undefined => {
  const colon = address.indexOf(":")
  const scheme = address.slice(0, Math.max(colon, 0))
  if (scheme === "memory") return undefined
  if (scheme === "dynamodb") {
    return parseDynamoDbAddress(address) === undefined ? refuse("Incomplete", address) : undefined
  }
  if (scheme === "cassandra") {
    return parseCassandraAddress(address) === undefined ? refuse("Incomplete", address) : undefined
  }
  if (scheme === "postgres" || scheme === "postgresql") {
    return parsePostgresAddress(address) === undefined ? refuse("Incomplete", address) : undefined
  }
  if (scheme !== "sqlite") return refuse("UnknownScheme", address)
  return colon === address.length - 1 ? refuse("Incomplete", address) : undefined
}

/** Whether what is in the store outlives the process. */
export const isKeptStore = (address: string): boolean => !address.startsWith("memory:")

/** How to open a store. With `readOnly` it has to be there, and nothing of it is changed (false). */
export interface OpenStoreOptions {
  readonly readOnly?: boolean
}

/**
 * Opens a journal's store from its address, and closes it with the scope.
 *
 * **Details**
 *
 * `sqlite:FILE` is an SQLite file, created when it is missing (its folder is not). `dynamodb://REGION/TABLE` is a table of
 * DynamoDB, made when it is missing, with `?endpoint=http://HOST:PORT` one of another DynamoDB than the region's; it needs
 * the package `@aws-sdk/client-dynamodb`, which finds the credentials as all of AWS's tools do. `cassandra://[USER@]HOST[:PORT][,HOST…]/KEYSPACE` is a keyspace of Cassandra,
 * with the tables of kafka-journal, made when they are missing; it needs the package `cassandra-driver`, and the user's
 * password in `ODRADEK_STORE_PASSWORD`. Behind it, `?datacenter=NAME` says which data centre is near, `consistency=NAME` how many
 * replicas answer (`localQuorum`), `replicas=N` how many a keyspace gets that is made (1), and `tls=true`, `ca=FILE`,
 * `cert=FILE`, `key=FILE` and `serverName=NAME` that connections are encrypted. `postgres://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE` is a database of PostgreSQL, with tables
 * in the schema `odradek`, made when they are missing, or in that of `?schema=NAME`; it needs the package `pg`, and the password is
 * looked for in `ODRADEK_STORE_PASSWORD` and `PGPASSWORD`, too. Connections are encrypted with `sslmode=verify-full` or
 * `sslrootcert=FILE` (`verify-ca` and `require` ask for less). `memory:` is an empty store that
 * nobody replicates to unless this process does: journals are then read from the log alone. Only what an address names
 * is loaded.
 *
 * **Example**
 *
 * ```ts
 * const program = Effect.gen(function* () {
 *   const store = yield* openStore("sqlite:journal.db")
 *   return yield* store.pointer("orders", 0)
 * })
 * ```
 */
export const openStore = Effect.fnUntraced(function* (
  address: string,
  options: OpenStoreOptions = {}
): Effect.fn.Return<JournalStore, StoreAddressError | JournalStoreError, Scope> {
  const wrong = checkStoreAddress(address)
  if (wrong !== undefined) return yield* wrong
  if (!isKeptStore(address)) {
    const { MemoryStore } = yield* Effect.promise(() => import("../../adapters/memory/index.ts"))
    return MemoryStore.make()
  }
  const dynamoDb = parseDynamoDbAddress(address)
  if (dynamoDb !== undefined) {
    const { DynamoDbStore } = yield* Effect.promise(() => import("../../adapters/dynamodb/index.ts"))
    return yield* DynamoDbStore.open({ ...options, ...dynamoDb })
  }
  const cassandra = parseCassandraAddress(address)
  if (cassandra !== undefined) return yield* openCassandra(cassandra, options.readOnly ?? false)
  const postgres = parsePostgresAddress(address)
  if (postgres !== undefined) return yield* openPostgres(postgres, options.readOnly ?? false)
  const { SqliteStore } = yield* Effect.promise(() => import("../../adapters/sql/sqlite/index.ts"))
  return yield* SqliteStore.open({ ...options, path: address.slice("sqlite:".length) })
})
