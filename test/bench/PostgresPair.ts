import * as Effect from "effect/Effect"
import { Client } from "pg"
import { openStore } from "../../runtimes/node/index.ts"
import { service } from "../services/index.ts"
import type { PairKind, RowWriter } from "./StorePair.ts"

/** So many rows are inserted by one statement, in one transaction with their heads. */
const batchRows = 4000

interface Column {
  readonly column_name: string
  readonly udt_name: string
}

/** Inserts rows of a table into another like it, as arrays of their columns. */
const inserting = async (client: Client, schema: string, table: string, topic: string) => {
  const bare = `${schema}.bare_${table}`
  await client.query(`CREATE TABLE IF NOT EXISTS ${bare} (LIKE ${schema}.${table} INCLUDING ALL)`)
  const { rows: columns } = await client.query<Column>(
    `SELECT column_name, udt_name FROM information_schema.columns
     WHERE table_schema = $1 AND table_name = $2 AND is_generated = 'NEVER' ORDER BY ordinal_position`,
    [schema, table]
  )
  const names = columns.map(({ column_name }) => column_name)
  const { rows } = await client.query<Array<unknown>>({
    text: `SELECT ${names.join(", ")} FROM ${schema}.${table} WHERE topic = $1`,
    values: [topic],
    rowMode: "array"
  })
  const arrays = columns.map(({ udt_name }, at) => `$${at + 1}::${udt_name}[]`).join(", ")
  const text = `INSERT INTO ${bare} (${names.join(", ")}) SELECT * FROM unnest(${arrays})`
  return {
    count: rows.length,
    insert: (from: number, to: number, name: string) => {
      const batch = rows.slice(from, to)
      const values = names.map((column, at) => batch.map((row) => (column === "topic" ? name : row[at])))
      return client.query({ name: `bare ${table}`, text, values })
    }
  }
}

const writerOf = async (client: Client, schema: string, topic: string): Promise<RowWriter> => {
  const events = await inserting(client, schema, "journal_event", topic)
  const heads = await inserting(client, schema, "journal_head", topic)
  const pointers = await inserting(client, schema, "journal_pointer", topic)
  return async (name) => {
    const batches = Math.max(1, Math.ceil(events.count / batchRows))
    for (let at = 0; at < batches; at++) {
      const part = (count: number): readonly [number, number] => [
        Math.floor((count * at) / batches),
        Math.floor((count * (at + 1)) / batches)
      ]
      await client.query("BEGIN")
      await events.insert(...part(events.count), name)
      await heads.insert(...part(heads.count), name)
      await pointers.insert(...part(pointers.count), name)
      await client.query("COMMIT")
    }
  }
}

/** A schema of its own in the PostgreSQL that runs for tests. */
export const postgresPair: PairKind = {
  name: "PostgreSQL",
  part: 1,
  open: Effect.fnUntraced(function* (place: string) {
    const { address: server, database, host, login, port } = service("postgres")
    const schema = `bench_${process.pid}_${place}`
    const client = yield* Effect.acquireRelease(
      Effect.promise(async () => {
        const made = new Client({ host, port, database, user: login.username, password: login.password })
        await made.connect()
        return made
      }),
      (made) => Effect.promise(() => made.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`).then(() => made.end()))
    )
    const address = `postgres://${login.username}:${login.password}@${server}/${database}?schema=${schema}&sslmode=disable`
    return {
      store: yield* openStore(address),
      address,
      environment: {},
      rowsOf: (topic) => writerOf(client, schema, topic),
      query: async ({ id, topic }) => {
        const { rows } = await client.query<{ readonly payload_text: string }>({
          name: "bare events",
          text: `SELECT * FROM ${schema}.journal_event WHERE topic = $1 AND id = $2 ORDER BY seq_nr`,
          values: [topic, id]
        })
        for (const { payload_text: text } of rows) JSON.parse(text)
        return rows.length
      }
    }
  })
}
