import * as Effect from "effect/Effect"
import { describeKeyspace, refusal } from "./CassandraError.ts"
import type { RequestFailure } from "./CassandraError.ts"
import { optionalText } from "./Columns.ts"
import type { Context } from "./Context.ts"
import { lastStep, readVersion, runSteps, storeVersion } from "./Migrations.ts"
import { withSchemaLock } from "./SchemaLock.ts"

/**
 * What is made where it is missing: the keyspace, with `replication` as CQL writes it, and the tables.
 */
export interface SchemaCreation {
  readonly keyspace: boolean
  readonly tables: boolean
  readonly replication: string
}

/** The tables as kafka-journal 11 makes them, with their indexes. The table of locks comes first: it guards the others. */
export const tables = {
  locks: [
    "CREATE TABLE IF NOT EXISTS KEYSPACE.locks (id TEXT PRIMARY KEY, expiry_ms BIGINT, timestamp TIMESTAMP, metadata TEXT)"
  ],
  journal: [
    "CREATE TABLE IF NOT EXISTS KEYSPACE.journal (id TEXT, topic TEXT, segment BIGINT, seq_nr BIGINT, partition INT, " +
      "offset BIGINT, timestamp TIMESTAMP, origin TEXT, version TEXT, tags SET<TEXT>, metadata TEXT, payload_type TEXT, " +
      "payload_txt TEXT, payload_bin BLOB, headers MAP<TEXT, TEXT>, meta_record_id UUID, " +
      "PRIMARY KEY ((id, topic, segment), seq_nr, timestamp))"
  ],
  metajournal: [
    "CREATE TABLE IF NOT EXISTS KEYSPACE.metajournal (topic TEXT, segment BIGINT, id TEXT, partition INT, offset BIGINT, " +
      "segment_size INT, seq_nr BIGINT, delete_to BIGINT, created TIMESTAMP, created_date DATE, updated TIMESTAMP, " +
      "expire_after DURATION, expire_on DATE, origin TEXT, record_id UUID, properties MAP<TEXT, TEXT>, metadata TEXT, " +
      "PRIMARY KEY ((topic, segment), id))",
    "CREATE INDEX IF NOT EXISTS ON KEYSPACE.metajournal (created_date)",
    "CREATE INDEX IF NOT EXISTS ON KEYSPACE.metajournal (expire_on)"
  ],
  pointer2: [
    "CREATE TABLE IF NOT EXISTS KEYSPACE.pointer2 (topic TEXT, partition INT, offset BIGINT, created TIMESTAMP, " +
      "updated TIMESTAMP, PRIMARY KEY ((topic, partition)))"
  ],
  setting: [
    "CREATE TABLE IF NOT EXISTS KEYSPACE.setting (key TEXT PRIMARY KEY, value TEXT, timestamp TIMESTAMP, origin TEXT, metadata TEXT)"
  ]
} as const

type TableName = keyof typeof tables

const tableNames = Object.keys(tables) as ReadonlyArray<TableName>

const hasKeyspace = ({ requests }: Context): Effect.Effect<boolean, RequestFailure> =>
  Effect.map(
    requests.rows("open", {
      query: "SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?",
      params: [requests.place.keyspace]
    }),
    (rows) => rows.length > 0
  )

const missingTables = ({ requests }: Context): Effect.Effect<ReadonlyArray<TableName>, RequestFailure> =>
  Effect.map(
    requests.rows("open", {
      query: "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?",
      params: [requests.place.keyspace]
    }),
    (rows) => {
      const there = new Set(rows.map((row) => optionalText(row, "table_name")))
      return tableNames.filter((name) => !there.has(name))
    }
  )

const define = ({ requests }: Context, statement: string): Effect.Effect<void, RequestFailure> =>
  requests.define("open", statement.replaceAll("KEYSPACE.", `${requests.place.keyspace}.`))

const createTable = (context: Context, name: TableName): Effect.Effect<void, RequestFailure> =>
  Effect.forEach(tables[name], (statement) => define(context, statement), { discard: true })

const absent = (context: Context, what: string): Effect.Effect<never, RequestFailure> =>
  Effect.fail(
    refusal(
      "Schema",
      "open",
      `${describeKeyspace(context.requests.place)} ${what}: let a replicator make it, or correct the keyspace's name.`
    )
  )

/** Makes the tables that are missing, and brings old ones up to date, while no other program does so. */
const makeTables = (context: Context, mayCreate: boolean): Effect.Effect<void, RequestFailure> =>
  Effect.gen(function* () {
    const missing = yield* missingTables(context)
    if (missing.length > 0 && !mayCreate) return yield* absent(context, `has no table ${missing.join(", ")}`)
    for (const name of missing) yield* createTable(context, name)
    // The table of locks is there by now, since this is done under one.
    const isFresh = missing.length === tableNames.length - 1
    if (isFresh) return yield* storeVersion(context, lastStep)
    yield* runSteps(context, (statement) => define(context, statement))
  })

/**
 * Sees that the keyspace and its tables are there and not of an old version; makes and mends them where it may.
 *
 * **Details**
 *
 * What is to be done is looked up again under the lock, which the Scala library takes too. A keyspace of a newer version
 * is taken as it is: versions only add.
 */
export const openSchema = (
  context: Context,
  creation: SchemaCreation,
  readOnly: boolean
): Effect.Effect<void, RequestFailure> =>
  Effect.gen(function* () {
    if (!(yield* hasKeyspace(context))) {
      if (readOnly || !creation.keyspace) return yield* absent(context, "does not exist")
      const { requests } = context
      yield* requests.define(
        "open",
        `CREATE KEYSPACE IF NOT EXISTS ${requests.place.keyspace} WITH replication = ${creation.replication}`
      )
    }
    const missing = yield* missingTables(context)
    if (missing.length > 0 && (readOnly || !creation.tables)) {
      return yield* absent(context, `has no table ${missing.join(", ")}`)
    }
    if (readOnly) return
    if (missing.length === 0 && (yield* readVersion(context, "open")) >= lastStep) return
    if (missing.includes("locks")) yield* createTable(context, "locks")
    yield* withSchemaLock(context, makeTables(context, creation.tables))
  })
