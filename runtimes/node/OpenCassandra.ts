import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { CassandraStoreOptions, CassandraTls } from "../../adapters/cassandra/index.ts"
import { JournalStoreError } from "../../core/ports/index.ts"
import type { JournalStore } from "../../core/ports/index.ts"
import { readAuthority, readIdentity } from "./AddressFiles.ts"
import type { CassandraAddress, CassandraTlsFiles } from "./CassandraAddress.ts"
import { storePassword } from "./StorePassword.ts"

const tlsOf = Effect.fnUntraced(function* ({
  ca,
  cert,
  key,
  serverName
}: CassandraTlsFiles): Effect.fn.Return<CassandraTls, JournalStoreError> {
  const identity =
    cert === undefined || key === undefined
      ? {}
      : yield* readIdentity({ option: "cert", path: cert }, { option: "key", path: key })
  return {
    ...identity,
    ...(ca === undefined ? {} : { ca: yield* readAuthority({ option: "ca", path: ca }) }),
    ...(serverName === undefined ? {} : { serverName })
  }
})

/** `passwordIn` names environment variables; the others are the store's. */
interface OpenCassandraOptions extends Pick<CassandraStoreOptions, "patienceMs" | "readOnly"> {
  readonly passwordIn: readonly [string, ...ReadonlyArray<string>]
}

/** Opens the keyspace that an address names; the password of its user is in one of these environment variables. */
export const openCassandra = Effect.fnUntraced(function* (
  { consistency, contactPoints, datacenter, keyspace, replication, tls, username }: CassandraAddress,
  { passwordIn, ...settings }: OpenCassandraOptions
): Effect.fn.Return<JournalStore, JournalStoreError, Scope> {
  const password = storePassword(passwordIn)
  if (username !== undefined && (password === undefined || password === "")) {
    const message = `The store's address names the user ${username}: say the password in ${passwordIn[0]}.`
    return yield* new JournalStoreError({ reason: "Failed", operation: "open", message })
  }
  const options: CassandraStoreOptions = {
    contactPoints,
    keyspace,
    ...settings,
    ...(username === undefined || password === undefined ? {} : { credentials: { username, password } }),
    ...(datacenter === undefined ? {} : { localDataCenter: datacenter }),
    ...(consistency === undefined ? {} : { consistency: { read: consistency, write: consistency } }),
    ...(replication === undefined ? {} : { replication }),
    ...(tls === undefined ? {} : { tls: yield* tlsOf(tls) })
  }
  const { CassandraStore } = yield* Effect.promise(() => import("../../adapters/cassandra/index.ts"))
  return yield* CassandraStore.open(options)
})
