import { Client } from "cassandra-driver"
import * as Effect from "effect/Effect"
import { CassandraStore } from "../../adapters/cassandra/index.ts"
import { openStore } from "../../runtimes/node/index.ts"
import { service } from "../services/index.ts"
import { batchesOfRows, type PairKind, type RowWriter, type RowWriters } from "./StorePair.ts"

/** What serves Cassandra best: batches of so many rows of one partition, and so many requests on their way. */
const batchRows = 20
const inFlight = 128

interface Bound {
  readonly query: string
  readonly params: Array<unknown>
}

type Values = Readonly<Record<string, unknown>>

const connect = async (): Promise<Client> => {
  const { address, datacenter, login } = service("cassandra")
  const client = new Client({
    contactPoints: [address],
    localDataCenter: datacenter,
    credentials: login,
    encoding: CassandraStore.valueEncoding
  })
  await client.connect()
  return client
}

/** Runs tasks, so many of them beside one another. */
const all = async <A>(tasks: ReadonlyArray<A>, run: (task: A) => Promise<unknown>): Promise<void> => {
  let at = 0
  const lane = async (): Promise<void> => {
    for (let task = tasks[at++]; task !== undefined; task = tasks[at++]) await run(task)
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
}

const scan = async (client: Client, table: string, topic: string): Promise<ReadonlyArray<Values>> => {
  const rows: Array<Values> = []
  const query = `SELECT * FROM ${table} WHERE topic = ? ALLOW FILTERING`
  for await (const row of await client.execute(query, [topic], { prepare: true, fetchSize: 5000 })) {
    rows.push(Object.fromEntries(row.keys().map((name) => [name, row.get(name) ?? undefined])))
  }
  return rows
}

const inserting = (table: string, rows: ReadonlyArray<Values>) => {
  const names = Object.keys(rows[0] ?? {})
  const query = `INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`
  return (row: Values, topic: string): Bound => ({
    query,
    params: names.map((name) => (name === "topic" ? topic : row[name]))
  })
}

const batchesOf = (rows: ReadonlyArray<Values>): ReadonlyArray<ReadonlyArray<Values>> => {
  const open = new Map<string, Array<Values>>()
  const batches: Array<ReadonlyArray<Values>> = []
  for (const row of rows) {
    const place = `${row["segment"]}/${row["id"]}`
    const batch = open.get(place)
    if (batch !== undefined && batch.length < batchRows) {
      batch.push(row)
      continue
    }
    const next = [row]
    open.set(place, next)
    batches.push(next)
  }
  return batches
}

const keys = {
  id: (row: Values) => row["id"],
  offset: (row: Values) => Number(row["offset"])
}

const writerOf = async (
  client: Client,
  keyspace: string,
  topic: string,
  ends: ReadonlyArray<number>
): Promise<RowWriters> => {
  const [events, heads, pointers] = [`${keyspace}.journal`, `${keyspace}.metajournal`, `${keyspace}.pointer2`]
  const eventRows = await scan(client, events, topic)
  const headRows = await scan(client, heads, topic)
  const pointerRows = await scan(client, pointers, topic)
  const event = inserting(events, eventRows)
  const head = inserting(heads, headRows)
  const pointer = inserting(pointers, pointerRows)
  const batches = batchesOfRows(eventRows, headRows, ends, keys)
  const write = (bounds: ReadonlyArray<Bound>): Promise<unknown> => {
    const [first] = bounds
    return bounds.length === 1 && first !== undefined
      ? client.execute(first.query, first.params, { prepare: true })
      : client.batch([...bounds], { prepare: true, logged: false })
  }
  const writer = (requestsOf: typeof batchesOf): RowWriter => {
    const events = batches.map((batch) => requestsOf(batch.events))
    return async (name) => {
      for (const [at, batch] of batches.entries()) {
        await all(events[at] ?? [], (rows) => write(rows.map((row) => event(row, name))))
        await all(batch.heads, (row) => write([head(row, name)]))
        await all(pointerRows, (row) => write([pointer(row, name)]))
      }
    }
  }
  return { together: writer(batchesOf), byRow: writer((rows) => rows.map((row) => [row])) }
}

/** A keyspace of its own in the Cassandra that runs for tests. */
export const cassandraPair: PairKind = {
  name: "Cassandra",
  part: 1,
  open: Effect.fnUntraced(function* (place: string) {
    const { address, datacenter, login } = service("cassandra")
    const keyspace = `bench_${process.pid}_${place}`
    const client = yield* Effect.acquireRelease(Effect.promise(connect), (made) =>
      Effect.promise(() => made.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`).then(() => made.shutdown()))
    )
    const path = `cassandra://${login.username}@${address}/${keyspace}?datacenter=${datacenter}&replicas=1`
    const environment = { ODRADEK_STORE_PASSWORD: login.password }
    Object.assign(process.env, environment)
    const select = `SELECT * FROM ${keyspace}.journal WHERE id = ? AND topic = ? AND segment = 0`
    return {
      store: yield* openStore(path),
      address: path,
      environment,
      rowsOf: (topic, ends) => writerOf(client, keyspace, topic, ends),
      query: async ({ id, topic }) => {
        const { rows } = await client.execute(select, [id, topic], { prepare: true, fetchSize: 10_000 })
        for (const row of rows) JSON.parse(row.get("payload_txt"))
        return rows.length
      }
    }
  })
}
