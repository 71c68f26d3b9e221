import { readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { CassandraStoreOptions, CassandraTls } from "../../adapters/cassandra/index.ts"
import { JournalStoreError } from "../../core/ports/index.ts"
import type { JournalStore } from "../../core/ports/index.ts"
import type { CassandraAddress, CassandraTlsFiles } from "./CassandraAddress.ts"
import { storePassword, storePasswordName } from "./StorePassword.ts"

const failed = (message: string, cause?: unknown): JournalStoreError =>
  new JournalStoreError({ reason: "Failed", operation: "open", message, cause })

const pem = (file: string): Effect.Effect<string, JournalStoreError> =>
  Effect.tryPromise({
    try: () => readFile(file, "utf8"),
    catch: (cause) => failed(`The file ${file} cannot be read: correct its name in the store's address.`, cause)
  })

const tlsOf = ({ ca, cert, key, serverName }: CassandraTlsFiles): Effect.Effect<CassandraTls, JournalStoreError> =>
  Effect.gen(function* () {
    return {
      ...(ca === undefined ? {} : { ca: yield* pem(ca) }),
      ...(cert === undefined ? {} : { cert: yield* pem(cert) }),
      ...(key === undefined ? {} : { key: yield* pem(key) }),
      ...(serverName === undefined ? {} : { serverName })
    }
  })

/** Opens the keyspace that an address names; the password of its user is in the environment. */
export const openCassandra = Effect.fnUntraced(function* (
  { consistency, contactPoints, datacenter, keyspace, replication, tls, username }: CassandraAddress,
  readOnly: boolean
): Effect.fn.Return<JournalStore, JournalStoreError, Scope> {
  const password = storePassword()
  if (username !== undefined && password === undefined) {
    return yield* failed(`The store's address names the user ${username}: say the password in ${storePasswordName}.`)
  }
  const options: CassandraStoreOptions = {
    contactPoints,
    keyspace,
    readOnly,
    ...(username === undefined || password === undefined ? {} : { credentials: { username, password } }),
    ...(datacenter === undefined ? {} : { localDataCenter: datacenter }),
    ...(consistency === undefined ? {} : { consistency: { read: consistency, write: consistency } }),
    ...(replication === undefined ? {} : { replication }),
    ...(tls === undefined ? {} : { tls: yield* tlsOf(tls) })
  }
  const { CassandraStore } = yield* Effect.promise(() => import("../../adapters/cassandra/index.ts"))
  return yield* CassandraStore.open(options)
})
