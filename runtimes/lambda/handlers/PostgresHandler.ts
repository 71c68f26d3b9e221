// Loaded while the sandbox is made, when Lambda gives it more of a processor than an invocation has.
import "pg"
import * as Effect from "effect/Effect"
import { PostgresStore } from "../../../adapters/sql/postgres/index.ts"
import { readCredentials } from "./Credentials.ts"
import { neededText, numberOf, switchOf, textOf } from "./Environment.ts"
import { storeHandler } from "./StoreHandler.ts"

const { env } = process
const host = neededText(env, "ODRADEK_HOST", "the database's host")
const port = numberOf(env, "ODRADEK_PORT", 1)
const database = neededText(env, "ODRADEK_DATABASE", "the name of the database")
const schema = textOf(env, "ODRADEK_SCHEMA")
const maxConnections = numberOf(env, "ODRADEK_MAX_CONNECTIONS", 1)
const secret = neededText(env, "ODRADEK_SECRET", "the ARN of the secret with the user and the password")
const isEncrypted = switchOf(env, "ODRADEK_TLS", true)

const store = Effect.flatMap(readCredentials(secret), ({ password, username }) =>
  PostgresStore.open({
    host,
    database,
    user: username,
    password,
    ...(port === undefined ? {} : { port }),
    ...(schema === undefined ? {} : { schema }),
    ...(maxConnections === undefined ? {} : { maxConnections }),
    ...(isEncrypted ? { tls: {} } : {})
  })
)

/**
 * Replicates journals to PostgreSQL.
 *
 * **Details**
 *
 * `ODRADEK_HOST`, `ODRADEK_PORT` (5432) and `ODRADEK_DATABASE` say where, `ODRADEK_SECRET` is the secret with the user, and
 * `ODRADEK_SCHEMA` (`odradek`) where the tables are. `ODRADEK_MAX_CONNECTIONS` (10) bounds the connections of one sandbox.
 * Connections are encrypted, and authorities beside Node's own are named by Node's `NODE_EXTRA_CA_CERTS`;
 * `ODRADEK_TLS=false` encrypts nothing.
 */
export const handler = storeHandler(env, store, `PostgreSQL at ${host}`)
