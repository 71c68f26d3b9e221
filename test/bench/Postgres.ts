import { readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { Client } from "pg"
import type { JournalStore } from "../../core/ports/index.ts"
import { PostgresStore } from "../../adapters/sql/postgres/index.ts"
import { service } from "../services/index.ts"

/** Rows of events, each as the values of its columns in their order. */
export type Rows = ReadonlyArray<ReadonlyArray<unknown>>

/** A store in PostgreSQL, and the driver with nothing around it on a table like the store's. */
export interface PostgresPair {
  readonly store: JournalStore
  /** The rows of each transaction, as they are in the store. */
  readonly transactionsOf: (name: string, ends: ReadonlyArray<number>) => Promise<ReadonlyArray<Rows>>
  /** Inserts these rows under another name, as one statement in each transaction. */
  readonly insert: (name: string, transactions: ReadonlyArray<Rows>) => Promise<void>
}

const running = () => {
  try {
    return service("postgres")
  } catch {
    return undefined
  }
}

const schema = `bench_${process.pid}`
const types = "text text int8 text int4 int8 int8 text text text text text text text text text bytea".split(" ")

/** A store in a schema of its own, which is gone afterwards; `undefined` where no server runs. */
export const postgresPair: Effect.Effect<PostgresPair | undefined, unknown, Scope> = Effect.gen(function* () {
  const place = running()
  if (place === undefined) return undefined
  const { database, host, login, port } = place
  const ca = readFileSync(place.ca, "utf8")
  const client = yield* Effect.acquireRelease(
    Effect.promise(async () => {
      const made = new Client({ host, port, database, user: login.username, password: login.password, ssl: { ca } })
      await made.connect()
      return made
    }),
    (made) => Effect.promise(() => made.query(`DROP SCHEMA ${schema} CASCADE`).then(() => made.end()))
  )
  const access = { host, port, database, user: login.username, password: login.password, tls: { ca }, schema }
  const store = yield* PostgresStore.open(access)
  yield* Effect.promise(() => client.query(`CREATE TABLE ${schema}.bare (LIKE ${schema}.journal_event INCLUDING ALL)`))
  const columns = types.map((type, at) => `$${at + 1}::${type}[]`).join(", ")
  return {
    store,
    transactionsOf: async (name, ends) => {
      const transactions: Array<Rows> = []
      for (const [at, end] of ends.entries()) {
        const { rows } = await client.query<Array<unknown>>({
          text: `SELECT * FROM ${schema}.journal_event WHERE topic = $1 AND log_offset >= $2 AND log_offset < $3`,
          values: [name, ends[at - 1] ?? 0, end],
          rowMode: "array"
        })
        transactions.push(rows)
      }
      return transactions
    },
    insert: async (name, transactions) => {
      for (const rows of transactions) {
        const [, ...rest] = types.map((_, at) => rows.map((row) => row[at]))
        await client.query("BEGIN")
        await client.query({
          name: "bare",
          text: `INSERT INTO ${schema}.bare SELECT * FROM unnest(${columns})`,
          values: [rows.map(() => name), ...rest]
        })
        await client.query("COMMIT")
      }
    }
  }
})
