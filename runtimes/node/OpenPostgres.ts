import { readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { PostgresTls } from "../../adapters/sql/postgres/index.ts"
import { JournalStoreError } from "../../core/ports/index.ts"
import type { JournalStore } from "../../core/ports/index.ts"
import type { PostgresAddress, SslMode } from "./PostgresAddress.ts"
import { storePassword } from "./StorePassword.ts"

const authorityOf = (file: string): Effect.Effect<string, JournalStoreError> =>
  Effect.tryPromise({
    try: () => readFile(file, "utf8"),
    catch: (cause) =>
      new JournalStoreError({
        reason: "Failed",
        operation: "open",
        message: `The file ${file} cannot be read: correct sslrootcert in the store's address.`,
        cause
      })
  })

/** What the server's certificate has to be: without an authority that is named, `require` only encrypts, as in libpq. */
const verifyOf = (mode: SslMode | undefined, hasAuthority: boolean): NonNullable<PostgresTls["verify"]> => {
  if (mode === "require") return hasAuthority ? "authority" : "nothing"
  return mode === "verify-ca" ? "authority" : "full"
}

/**
 * Opens the database that an address names. The password is the address's, else the one in the environment, where
 * PostgreSQL's own variable is looked at last.
 */
export const openPostgres = Effect.fnUntraced(function* (
  { authority, password = storePassword(), sslMode, ...place }: PostgresAddress,
  readOnly: boolean
): Effect.fn.Return<JournalStore, JournalStoreError, Scope> {
  const ca = authority === undefined ? undefined : yield* authorityOf(authority)
  const isEncrypted = ca !== undefined || (sslMode !== undefined && sslMode !== "disable")
  const tls: PostgresTls = { verify: verifyOf(sslMode, ca !== undefined), ...(ca === undefined ? {} : { ca }) }
  const { PostgresStore } = yield* Effect.promise(() => import("../../adapters/sql/postgres/index.ts"))
  return yield* PostgresStore.open({
    ...place,
    readOnly,
    ...(password === undefined ? {} : { password }),
    ...(isEncrypted ? { tls } : {})
  })
})
