import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { PostgresTls } from "../../adapters/sql/postgres/index.ts"
import type { JournalStore, JournalStoreError } from "../../core/ports/index.ts"
import { readAuthority } from "./AddressFiles.ts"
import type { PostgresAddress, SslMode } from "./PostgresAddress.ts"
import { storePassword } from "./StorePassword.ts"

/** What the server's certificate has to be: without an authority that is named, `require` only encrypts, as in libpq. */
const verifyOf = (mode: SslMode | undefined, hasAuthority: boolean): NonNullable<PostgresTls["verify"]> => {
  if (mode === "require") return hasAuthority ? "authority" : "nothing"
  return mode === "verify-ca" ? "authority" : "full"
}

/**
 * Opens the database that an address names. The password is the address's, else the one in these environment
 * variables, and PostgreSQL's own is looked at last.
 */
export const openPostgres = Effect.fnUntraced(function* (
  { authority, password: written, sslMode, ...place }: PostgresAddress,
  readOnly: boolean,
  passwordIn: ReadonlyArray<string>
): Effect.fn.Return<JournalStore, JournalStoreError, Scope> {
  const password = written ?? storePassword(passwordIn)
  const ca = authority === undefined ? undefined : yield* readAuthority({ option: "sslrootcert", path: authority })
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
