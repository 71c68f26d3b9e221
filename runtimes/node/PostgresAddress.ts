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

const isMode = (text: string): text is SslMode => modes.includes(text)

const known = new Set(["schema", "sslmode", "sslrootcert"])

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const form =
  /^postgres(?:ql)?:\/\/(?:([^@/?#:]+)(?::([^@/?#]*))?@)?([A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(?::([0-9]{1,5}))?\/([^@/?#]+)(?:\?([^#]*))?$/

/**
 * Takes apart `postgres://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE`, or the same with `postgresql`, and any of `?schema=`,
 * `sslmode=` and `sslrootcert=` behind it; `undefined` when the address is none of them.
 */
export const parsePostgresAddress = (address: string): PostgresAddress | undefined => {
  const parts = form.exec(address)
  if (parts === null) return undefined
  const [, user, password, host = "", port, database = "", query = ""] = parts
  const options = new URLSearchParams(query)
  const names = [...options.keys()]
  const schema = options.get("schema") ?? undefined
  const sslMode = options.get("sslmode") ?? undefined
  const authority = options.get("sslrootcert") ?? undefined
  const texts = [user, password, database].map((text) => (text === undefined ? "" : decoded(text)))
  const isWrong =
    texts.includes(undefined) ||
    names.some((name) => !known.has(name)) ||
    new Set(names).size < names.length ||
    Number(port ?? 1) < 1 ||
    Number(port ?? 1) > 65_535 ||
    authority === "" ||
    (sslMode !== undefined && !isMode(sslMode)) ||
    (authority !== undefined && sslMode === "disable")
  if (isWrong) return undefined
  const [userName = "", secret = "", databaseName = ""] = texts
  return {
    host: host.replace(/^\[|\]$/g, ""),
    database: databaseName,
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(user === undefined ? {} : { user: userName }),
    ...(password === undefined ? {} : { password: secret }),
    ...(schema === undefined ? {} : { schema }),
    ...(sslMode === undefined || !isMode(sslMode) ? {} : { sslMode }),
    ...(authority === undefined ? {} : { authority })
  }
}
