import * as Effect from "effect/Effect"
import { Client } from "pg"
import { openStore } from "../../runtimes/node/index.ts"
import { service } from "../services/index.ts"
import { batchesOfRows, type PairKind, type RowWriters } from "./StorePair.ts"

interface Column {
  readonly column_name: string
  readonly udt_name: string
}

type Row = Readonly<Record<string, unknown>>

/** Reads the rows of a table, and puts rows into another like it, in the place of those of their key where one is named. */
const openTable = async (client: Client, schema: string, table: string, topic: string, key?: ReadonlyArray<string>) => {
  const bare = `${schema}.bare_${table}`
  await client.query(`CREATE TABLE IF NOT EXISTS ${bare} (LIKE ${schema}.${table} INCLUDING ALL)`)
  const { rows: columns } = await client.query<Column>(
    `SELECT column_name, udt_name FROM information_schema.columns
     WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position`,
    [schema, table]
  )
  const { rows } = await client.query<Row>(`SELECT * FROM ${schema}.${table} WHERE topic = $1`, [topic])
  const names = columns.map(({ column_name: name }) => name)
  const arrays = columns.map(({ udt_name: type }, at) => `$${at + 1}::${type}[]`).join(", ")
  const others = names.filter((name) => key?.includes(name) !== true).map((name) => `${name} = excluded.${name}`)
  const insert = `INSERT INTO ${bare} (${names.join(", ")}) SELECT * FROM unnest(${arrays})`
  const text =
    key === undefined ? insert : `${insert} ON CONFLICT (${key.join(", ")}) DO UPDATE SET ${others.join(", ")}`
  return {
    rows,
    put: (batch: ReadonlyArray<Row>, name: string) => {
      const values = names.map((column) => batch.map((row) => (column === "topic" ? name : row[column])))
      return client.query({ name: `bare ${table}`, text, values })
    }
  }
}

const keys = {
  id: (row: Row) => row["id"],
  offset: (row: Row) => Number(row["log_offset"])
}

const writerOf = async (
  client: Client,
  schema: string,
  topic: string,
  ends: ReadonlyArray<number>
): Promise<RowWriters> => {
  const events = await openTable(client, schema, "journal_event", topic)
  const heads = await openTable(client, schema, "journal_head", topic, ["topic", "id"])
  const pointers = await openTable(client, schema, "journal_pointer", topic, ["topic", "log_partition"])
  const batches = batchesOfRows(events.rows, heads.rows, ends, keys)
  return {
    together: async (name) => {
      for (const batch of batches) {
        await client.query("BEGIN")
        await events.put(batch.events, name)
        await heads.put(batch.heads, name)
        await pointers.put(pointers.rows, name)
        await client.query("COMMIT")
      }
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
      rowsOf: (topic, ends) => writerOf(client, schema, topic, ends),
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
