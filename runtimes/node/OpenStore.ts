import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { Scope } from "effect/Scope"
import type { JournalStore, JournalStoreError } from "../../core/ports/index.ts"
import { type CassandraAddress, cassandraAddress, parseCassandraAddress } from "./CassandraAddress.ts"
import { type DynamoDbAddress, dynamoDbAddress, parseDynamoDbAddress } from "./DynamoDbAddress.ts"
import { openCassandra } from "./OpenCassandra.ts"
import { openPostgres } from "./OpenPostgres.ts"
import { parsePostgresAddress, type PostgresAddress, postgresAddress } from "./PostgresAddress.ts"
import { shownAddress } from "./ShownAddress.ts"
import { storePasswordName } from "./StorePassword.ts"

/**
 * Why an address opens no store.
 *
 * - `UnknownScheme`: nothing here opens stores of that kind
 * - `Incomplete`: the scheme is known, and a part of what follows it is missing or wrong
 */
export type StoreAddressReason = "UnknownScheme" | "Incomplete"

/** An address that opens no store. `message` is one sentence that says what to write, and `detail` the part of it that says why. */
export class StoreAddressError extends Data.TaggedError("StoreAddressError")<{
  readonly reason: StoreAddressReason
  readonly address: string
  readonly detail: string
  readonly message: string
}> {}

/** The addresses that {@link openStore} knows of stores that outlive the process, for people. */
export const keptStoreAddresses = `sqlite:FILE, ${cassandraAddress}, ${dynamoDbAddress} or ${postgresAddress}`

/** The addresses that {@link openStore} knows, for people. */
export const storeAddresses = `sqlite:FILE, ${cassandraAddress}, ${dynamoDbAddress}, ${postgresAddress}, or memory: for one that is empty and ends with the process`

/** What an address names that is complete. */
type Parsed =
  | { readonly kind: "memory" }
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "cassandra"; readonly at: CassandraAddress }
  | { readonly kind: "dynamodb"; readonly at: DynamoDbAddress }
  | { readonly kind: "postgres"; readonly at: PostgresAddress }

const parseOf = (scheme: string, address: string): Result.Result<Parsed, string> | undefined => {
  switch (scheme) {
    case "memory":
      return Result.succeed({ kind: "memory" })
    case "sqlite": {
      const path = address.slice("sqlite:".length)
      return path === ""
        ? Result.fail("the file is missing in it: write sqlite:FILE")
        : Result.succeed({ kind: "sqlite", path })
    }
    case "cassandra":
      return Result.map(parseCassandraAddress(address), (at) => ({ kind: "cassandra", at }))
    case "dynamodb":
      return Result.map(parseDynamoDbAddress(address), (at) => ({ kind: "dynamodb", at }))
    case "postgres":
    case "postgresql":
      return Result.map(parsePostgresAddress(address), (at) => ({ kind: "postgres", at }))
    default:
      return undefined
  }
}

const parse = (given: string): Result.Result<Parsed, StoreAddressError> => {
  const scheme = given.slice(0, Math.max(given.indexOf(":"), 0))
  const parsed = parseOf(scheme, given)
  const refuse = (reason: StoreAddressReason, detail: string): StoreAddressError => {
    const address = shownAddress(given)
    return new StoreAddressError({
      reason,
      address,
      detail,
      message: `"${address}" names no store, because ${detail}.`
    })
  }
  if (parsed !== undefined) return Result.mapError(parsed, (detail) => refuse("Incomplete", detail))
  return Result.fail(refuse("UnknownScheme", `no kind of store begins like that: write ${storeAddresses}`))
}

/** Whether an address can be opened, as far as its text tells. */
export const checkStoreAddress = (address: string): StoreAddressError | undefined =>
  Option.getOrUndefined(Result.getFailure(parse(address)))

/** Whether what is in the store outlives the process. */
export const isKeptStore = (address: string): boolean => !address.startsWith("memory:")

/**
 * How to open a store. With `readOnly` it has to be there, and nothing of it is changed (false). `passwordIn` names the
 * environment variables in which the password of its user is looked for, one after the other (`ODRADEK_STORE_PASSWORD`).
 * `patienceMs` is for how long Cassandra and DynamoDB are asked again while they are busy (15 000).
 */
export interface OpenStoreOptions {
  readonly readOnly?: boolean
  readonly passwordIn?: readonly [string, ...ReadonlyArray<string>]
  readonly patienceMs?: number
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
  const { passwordIn = [storePasswordName], patienceMs, readOnly = false } = options
  const patience = patienceMs === undefined ? {} : { patienceMs }
  const parsed = yield* Effect.fromResult(parse(address))
  switch (parsed.kind) {
    case "memory": {
      const { MemoryStore } = yield* Effect.promise(() => import("../../adapters/memory/index.ts"))
      return MemoryStore.make()
    }
    case "dynamodb": {
      const { DynamoDbStore } = yield* Effect.promise(() => import("../../adapters/dynamodb/index.ts"))
      return yield* DynamoDbStore.open({ ...parsed.at, ...patience, readOnly })
    }
    case "cassandra":
      return yield* openCassandra(parsed.at, { ...patience, readOnly, passwordIn })
    case "postgres":
      return yield* openPostgres(parsed.at, readOnly, passwordIn)
    case "sqlite": {
      const { SqliteStore } = yield* Effect.promise(() => import("../../adapters/sql/sqlite/index.ts"))
      return yield* SqliteStore.open({ path: parsed.path, readOnly })
    }
  }
})
