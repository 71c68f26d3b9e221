import * as Result from "effect/Result"
import { type AddressOption, anyText, oneOfWords, optionsOf } from "./AddressOptions.ts"
import { addressParts, hostAndPort } from "./AddressParts.ts"

/** How the address of a database says that connections are encrypted, as in PostgreSQL's own tools. */
export type SslMode = "disable" | "require" | "verify-ca" | "verify-full"

/** Which database of PostgreSQL an address names; `authority` is the file with the certificate to trust. */
export interface PostgresAddress {
  readonly host: string
  readonly port?: number
  readonly database: string
  readonly user?: string
  readonly password?: string
  readonly schema?: string
  readonly sslMode?: SslMode
  readonly authority?: string
}

/** How the address of a database is written, for people. */
export const postgresAddress = "postgres://HOST/DATABASE"

const modes: ReadonlyArray<string> = ["disable", "require", "verify-ca", "verify-full"] satisfies ReadonlyArray<SslMode>

const isMode = (text: string | undefined): text is SslMode => text !== undefined && modes.includes(text)

const options = {
  schema: {
    allowed: "up to 40 letters, digits and underscores, of which the first is no digit",
    isAllowed: (value) => /^[A-Za-z_][A-Za-z0-9_]{0,39}$/.test(value)
  },
  sslmode: oneOfWords(modes),
  sslrootcert: anyText("the name of a file")
} satisfies Readonly<Record<string, AddressOption>>

/**
 * Takes apart `postgres://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE`, or the same with `postgresql`, and any of `?schema=`,
 * `sslmode=` and `sslrootcert=` behind it, or says what is wrong with it, as a part of a sentence.
 */
export const parsePostgresAddress = (address: string): Result.Result<PostgresAddress, string> =>
  Result.gen(function* () {
    const { hosts, name: database, query, ...who } = yield* addressParts(address, postgresAddress)
    const { host, port } = yield* hostAndPort(hosts, postgresAddress)
    if (database === "") return yield* Result.fail(`the database is missing in it: write ${postgresAddress}`)
    const { schema, sslmode: sslMode, sslrootcert: authority } = yield* optionsOf(query, options)
    if (authority !== undefined && sslMode === "disable") {
      return yield* Result.fail("sslrootcert is of no use with sslmode=disable: leave out one of them")
    }
    return {
      host: host.replace(/^\[|\]$/g, ""),
      database,
      ...who,
      ...(port === undefined ? {} : { port }),
      ...(schema === undefined ? {} : { schema }),
      ...(isMode(sslMode) ? { sslMode } : {}),
      ...(authority === undefined ? {} : { authority })
    }
  })
