import type { ConnectionOptions } from "node:tls"
import type { Pool, PoolConfig } from "pg"
import { murmur2, encodeUtf8 } from "../../../core/bytes/index.ts"
import { JournalStoreError } from "../../../core/ports/index.ts"

/**
 * How to encrypt. `ca`, `certificate` and `key` are texts in PEM: the authority to trust in the place of the system's, and
 * one's own identity.
 *
 * **Details**
 *
 * `verify` says what is asked of the server's certificate: `full` (the default) that the authority vouches for it under
 * the server's name, `authority` that the authority vouches for it, `nothing` nothing.
 */
export interface PostgresTls {
  readonly ca?: string
  readonly certificate?: string
  readonly key?: string
  readonly verify?: "full" | "authority" | "nothing"
}

/**
 * Where a database is, and as whom to use it.
 *
 * **Details**
 *
 * What is left out comes from the environment, as in all of PostgreSQL's tools (`PGHOST`, `PGPORT`, `PGDATABASE`, `PGUSER`,
 * `PGPASSWORD`), else it is port 5432 of this machine, and the database and the user of the user's own name. Without `tls`
 * nothing is encrypted. `schema` (`odradek`) is where the tables are: letters, digits and underscores, up to 40.
 *
 * `maxConnections` (10) bounds the connections that are open at once. `requestTimeoutMs` (5000) is how long it may take to
 * get a connection, and how long one statement may take; `patienceMs` (15 000) how long what was lost, late or in the way of
 * others is repeated before the operation fails with `Unreachable`. `pool` takes the place of the store's own connections,
 * with your settings: listen to its `error`, and end it yourself.
 */
export interface PostgresAccess {
  readonly host?: string
  readonly port?: number
  readonly database?: string
  readonly user?: string
  readonly password?: string
  readonly tls?: PostgresTls
  readonly schema?: string
  readonly maxConnections?: number
  readonly requestTimeoutMs?: number
  readonly patienceMs?: number
  readonly pool?: Pool
}

/** Where a store is and how long it waits, with nothing left out. */
export interface Access {
  readonly schema: string
  /** The server with the database and the user, as a part of a sentence. */
  readonly place: string
  readonly requestMs: number
  readonly patienceMs: number
}

const defaultSchema = "odradek"

const placeOf = ({ pool, ...access }: PostgresAccess): string => {
  const { env } = process
  if (pool !== undefined) return "PostgreSQL at the pool's address"
  const host = access.host ?? env["PGHOST"] ?? "localhost"
  const port = access.port ?? env["PGPORT"] ?? 5432
  const user = access.user ?? env["PGUSER"] ?? env["USER"] ?? "nobody"
  const database = access.database ?? env["PGDATABASE"] ?? user
  return `PostgreSQL at ${host.includes(":") ? `[${host}]` : host}:${port} (database ${database}, user ${user})`
}

/** Fills in what was left out; throws a `JournalStoreError` where the name of the schema cannot be one. */
export const accessOf = (options: PostgresAccess): Access => {
  const { patienceMs = 15_000, requestTimeoutMs: requestMs = 5000, schema = defaultSchema } = options
  if (/^[A-Za-z_][A-Za-z0-9_]{0,39}$/.test(schema)) return { schema, place: placeOf(options), requestMs, patienceMs }
  const message = `"${schema}" is no name for the journal's schema: take up to 40 letters, digits and underscores.`
  throw new JournalStoreError({ reason: "Failed", operation: "open", message })
}

/** The two numbers of the advisory lock that is held by whoever writes (shared), or changes the tables of a schema. */
export const lockOf = (schema: string): string => `${murmur2(encodeUtf8("odradek"))}, ${murmur2(encodeUtf8(schema))}`

const tlsOf = ({ ca, certificate, key, verify = "full" }: PostgresTls): ConnectionOptions => ({
  rejectUnauthorized: verify !== "nothing",
  ...(verify === "authority" ? { checkServerIdentity: () => undefined } : {}),
  ...(ca === undefined ? {} : { ca }),
  ...(certificate === undefined ? {} : { cert: certificate }),
  ...(key === undefined ? {} : { key })
})

/** The settings of the driver's pool. */
export const poolConfig = (options: PostgresAccess, { requestMs }: Access): PoolConfig => {
  const { database, host, maxConnections = 10, password, port, tls, user } = options
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(database === undefined ? {} : { database }),
    ...(user === undefined ? {} : { user }),
    // A function keeps the driver from looking for files with passwords, which it warns of.
    password: () => password ?? process.env["PGPASSWORD"] ?? "",
    ssl: tls === undefined ? false : tlsOf(tls),
    application_name: "odradek",
    max: maxConnections,
    connectionTimeoutMillis: requestMs,
    statement_timeout: requestMs,
    idle_in_transaction_session_timeout: 2 * requestMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    allowExitOnIdle: true
  }
}
