import { readFileSync } from "node:fs"
import { Client } from "pg"
import type { PostgresAccess } from "../../../../adapters/sql/postgres/index.ts"
import { service } from "../../../services/index.ts"

let schemas = 0

/** A schema that no other test has. */
export const newSchema = (): string => `test_${process.pid}_${Date.now().toString(36)}_${schemas++}`

/** Where the server of the tests is: over TLS, as its superuser. */
export const server = (): PostgresAccess => {
  const { ca, database, host, login, port } = service("postgres")
  return {
    host,
    port,
    database,
    user: login.username,
    password: login.password,
    tls: { ca: readFileSync(ca, "utf8") }
  }
}

/** Runs SQL as the superuser. */
export const sql = async (text: string, values: ReadonlyArray<unknown> = [], database?: string) => {
  const { host, port, user, password, tls, ...place } = server()
  const client = new Client({
    ...place,
    host,
    port,
    user,
    password,
    ssl: { ca: tls?.ca },
    ...(database === undefined ? {} : { database })
  })
  await client.connect()
  try {
    return await client.query<Record<string, unknown>>(text, [...values])
  } finally {
    await client.end()
  }
}

/** Removes a schema with all that is in it. */
export const drop = (schema: string): Promise<unknown> => sql(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`)
