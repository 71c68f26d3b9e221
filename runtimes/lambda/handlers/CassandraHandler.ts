// Loaded while the sandbox is made, when Lambda gives it more of a processor than an invocation has.
import "cassandra-driver"
import * as Effect from "effect/Effect"
import { CassandraStore } from "../../../adapters/cassandra/index.ts"
import { readCredentials } from "./Credentials.ts"
import { neededText, switchOf, textOf, wordOf } from "./Environment.ts"
import { storeHandler } from "./StoreHandler.ts"

const { env } = process
const contactPoints = neededText(env, "ODRADEK_CONTACT_POINTS", "hosts of Cassandra, with commas between them")
  .split(",")
  .map((each) => each.trim())
const keyspace = neededText(env, "ODRADEK_KEYSPACE", "the name of the keyspace")
const localDataCenter = textOf(env, "ODRADEK_DATACENTER")
const consistency = wordOf(env, "ODRADEK_CONSISTENCY", ["localQuorum", "quorum", "eachQuorum", "all"])
const secret = neededText(env, "ODRADEK_SECRET", "the ARN of the secret with the user and the password")
const isEncrypted = switchOf(env, "ODRADEK_TLS", true)

const store = Effect.flatMap(readCredentials(secret), (credentials) =>
  CassandraStore.open({
    contactPoints,
    keyspace,
    credentials,
    autoCreate: { keyspace: false, tables: false },
    ...(localDataCenter === undefined ? {} : { localDataCenter }),
    ...(consistency === undefined ? {} : { consistency: { read: consistency, write: consistency } }),
    ...(isEncrypted ? { tls: {} } : {})
  })
)

/**
 * Replicates journals to a keyspace of Cassandra, whose tables have to be there.
 *
 * **Details**
 *
 * `ODRADEK_CONTACT_POINTS` are hosts with or without a port (9042), `ODRADEK_KEYSPACE` and `ODRADEK_DATACENTER` say where in
 * it, `ODRADEK_SECRET` is the secret with the user, and `ODRADEK_CONSISTENCY` (`localQuorum`) how many replicas answer.
 * Connections are encrypted, and authorities beside Node's own are named by Node's `NODE_EXTRA_CA_CERTS`;
 * `ODRADEK_TLS=false` encrypts nothing.
 */
export const handler = storeHandler(env, store, `Cassandra keyspace ${keyspace}`)
