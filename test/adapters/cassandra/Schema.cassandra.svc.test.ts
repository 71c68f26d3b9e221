import type { Client } from "cassandra-driver"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ScopeModule from "effect/Scope"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { CassandraStore } from "../../../adapters/cassandra/index.ts"
import { keyspace, openClient } from "./Keyspaces.ts"
import { observedClient } from "./ObservedClient.ts"

const scope = ScopeModule.makeUnsafe()
let client: Client

beforeAll(async () => {
  client = await Effect.runPromise(ScopeModule.provide(openClient, scope))
})
afterAll(() => Effect.runPromise(ScopeModule.close(scope, Exit.void)))

const run = <A, E>(effect: Effect.Effect<A, E, ScopeModule.Scope>): Promise<A> =>
  Effect.runPromise(Effect.scoped(effect))

const replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}"

const execute = (cql: string) => Effect.promise(() => client.execute(cql))

const settings = (name: string) =>
  Effect.map(execute(`SELECT value FROM ${name}.setting WHERE key = 'schema-version'`), ({ rows }) =>
    rows.map((row) => row["value"] as unknown)
  )

const columnsOf = (name: string, table: string) =>
  Effect.map(
    execute(
      `SELECT column_name FROM system_schema.columns WHERE keyspace_name = '${name}' AND table_name = '${table}'`
    ),
    ({ rows }) => rows.map((row) => row["column_name"] as string)
  )

/** Opens a store, and tells what it has changed: definitions, noted versions and locks. */
const watched = (name: string) =>
  Effect.gen(function* () {
    const changes: Array<string> = []
    const watching = observedClient(client, ({ query, send }) => {
      if (!query.startsWith("SELECT")) changes.push(query.replaceAll(`${name}.`, "").replace(/ \(.*/, ""))
      return send()
    })
    const store = yield* CassandraStore.open({ keyspace: name, client: watching })
    return { changes, store }
  })

/** The tables as the first version of kafka-journal had them. */
const oldTables = (name: string): ReadonlyArray<string> => [
  `CREATE KEYSPACE ${name} WITH replication = ${replication}`,
  `CREATE TABLE ${name}.journal (id TEXT, topic TEXT, segment BIGINT, seq_nr BIGINT, partition INT, offset BIGINT, timestamp TIMESTAMP, origin TEXT, tags SET<TEXT>, metadata TEXT, payload_type TEXT, payload_txt TEXT, payload_bin BLOB, PRIMARY KEY ((id, topic, segment), seq_nr, timestamp))`,
  `CREATE TABLE ${name}.metajournal (topic TEXT, segment BIGINT, id TEXT, partition INT, offset BIGINT, segment_size INT, seq_nr BIGINT, delete_to BIGINT, created TIMESTAMP, created_date DATE, updated TIMESTAMP, expire_after DURATION, expire_on DATE, origin TEXT, properties MAP<TEXT, TEXT>, metadata TEXT, PRIMARY KEY ((topic, segment), id))`,
  `CREATE TABLE ${name}.pointer (topic TEXT, partition INT, offset BIGINT, PRIMARY KEY (topic, partition))`,
  `CREATE TABLE ${name}.setting (key TEXT PRIMARY KEY, value TEXT, timestamp TIMESTAMP, origin TEXT, metadata TEXT)`
]

describe("the tables of a keyspace", () => {
  it("128. are not made, nor the keyspace, where that is switched off or the store is read only", () =>
    run(
      Effect.gen(function* () {
        const name = yield* keyspace(client)
        const place = { keyspace: name, client }
        const isAbsent = { reason: "Schema", message: expect.stringContaining("does not exist") }
        const noKeyspace = CassandraStore.open({ ...place, autoCreate: { keyspace: false } })
        expect(yield* Effect.flip(noKeyspace)).toMatchObject(isAbsent)
        expect(yield* Effect.flip(CassandraStore.open({ ...place, readOnly: true }))).toMatchObject(isAbsent)
        yield* execute(`CREATE KEYSPACE ${name} WITH replication = ${replication}`)
        const hasNone = { reason: "Schema", message: expect.stringContaining("has no table") }
        const noTables = CassandraStore.open({ ...place, autoCreate: { tables: false } })
        expect(yield* Effect.flip(noTables)).toMatchObject(hasNone)
        expect(yield* Effect.flip(CassandraStore.open({ ...place, readOnly: true }))).toMatchObject(hasNone)
        expect(yield* columnsOf(name, "journal")).toEqual([])
      })
    ))

  it("129. and 132. get the latest version where all are made, and no step is done; once they are there nothing is changed", () =>
    run(
      Effect.gen(function* () {
        const name = yield* keyspace(client)
        const { changes, store } = yield* watched(name)
        expect(changes.filter((each) => /^(ALTER|DROP)/.test(each))).toEqual([])
        expect(yield* settings(name)).toEqual(["8"])
        expect(yield* store.check).toMatchObject({ schema: { version: 8, expected: 8 } })
        expect((yield* watched(name)).changes).toEqual([])
        yield* execute(`UPDATE ${name}.setting SET value = '11' WHERE key = 'schema-version'`)
        const newer = yield* watched(name)
        expect(newer.changes).toEqual([])
        expect(yield* newer.store.check).toMatchObject({ schema: { version: 11, expected: 8 } })
        yield* CassandraStore.open({ keyspace: name, client, readOnly: true })
      })
    ))

  it("tell the time of a node", () =>
    run(
      Effect.gen(function* () {
        const name = yield* keyspace(client)
        const store = yield* CassandraStore.open({ keyspace: name, client })
        const { now = 0 } = yield* store.check
        expect(Math.abs(now - Date.now())).toBeLessThan(60_000)
      })
    ))

  it("130. that have no version are brought up to date in nine steps, each noted when it is done, under the lock", () =>
    run(
      Effect.gen(function* () {
        const name = yield* keyspace(client)
        for (const statement of oldTables(name)) yield* execute(statement)
        const { changes, store } = yield* watched(name)
        const steps = changes.filter((each) =>
          /^(ALTER|DROP)|^INSERT INTO (setting|locks)|pointer2$|^DELETE/.test(each)
        )
        const noted = "INSERT INTO setting"
        expect(steps).toEqual([
          "INSERT INTO locks",
          "CREATE TABLE IF NOT EXISTS pointer2",
          "ALTER TABLE journal ADD headers MAP<TEXT, TEXT>",
          noted,
          "ALTER TABLE journal ADD version TEXT",
          noted,
          "DROP TABLE IF EXISTS metadata",
          noted,
          "CREATE TABLE IF NOT EXISTS pointer2",
          noted,
          "ALTER TABLE journal ADD meta_record_id UUID",
          noted,
          "ALTER TABLE metajournal ADD record_id UUID",
          noted,
          "DROP TABLE IF EXISTS pointer",
          noted,
          "DROP TABLE IF EXISTS metadata",
          noted,
          "DROP TABLE IF EXISTS pointer",
          noted,
          "DELETE FROM locks WHERE id = ? IF metadata = ?"
        ])
        expect(yield* store.check).toMatchObject({ schema: { version: 8, expected: 8 } })
        expect(yield* columnsOf(name, "journal")).toEqual(
          expect.arrayContaining(["headers", "version", "meta_record_id"])
        )
        expect(yield* columnsOf(name, "pointer")).toEqual([])
        const { rows } = yield* execute(`SELECT * FROM ${name}.locks`)
        expect(rows).toEqual([])
      })
    ))

  it("131. of version 6 get the last two steps, though one of the columns is there already", () =>
    run(
      Effect.gen(function* () {
        const name = yield* keyspace(client)
        yield* CassandraStore.open({ keyspace: name, client })
        yield* execute(`UPDATE ${name}.setting SET value = '6' WHERE key = 'schema-version'`)
        const { changes } = yield* watched(name)
        expect(changes.filter((each) => /^(ALTER|DROP)/.test(each))).toEqual([
          "DROP TABLE IF EXISTS metadata",
          "DROP TABLE IF EXISTS pointer"
        ])
        yield* execute(`UPDATE ${name}.setting SET value = '0' WHERE key = 'schema-version'`)
        const again = yield* watched(name)
        expect(again.changes.filter((each) => each.startsWith("ALTER"))).toHaveLength(3)
        expect(yield* settings(name)).toEqual(["8"])
      })
    ))

  it("are changed when whoever has the lock has let go of it", () =>
    run(
      Effect.gen(function* () {
        const name = yield* keyspace(client)
        yield* CassandraStore.open({ keyspace: name, client })
        yield* execute(`UPDATE ${name}.setting SET value = '7' WHERE key = 'schema-version'`)
        yield* execute(
          `INSERT INTO ${name}.locks (id, expiry_ms, timestamp) VALUES ('kafka-journal', 2000, 1) IF NOT EXISTS USING TTL 2`
        )
        const { changes } = yield* watched(name)
        expect(changes.filter((each) => each.startsWith("INSERT INTO locks")).length).toBeGreaterThan(2)
        expect(yield* settings(name)).toEqual(["8"])
      })
    ))

  it("are made once where many programs open a keyspace that is not there yet", () =>
    run(
      Effect.gen(function* () {
        for (let round = 0; round < 3; round++) {
          const name = yield* keyspace(client)
          const openings = Array.from({ length: 6 }, () => watched(name))
          const opened = yield* Effect.all(openings, { concurrency: "unbounded" })
          const noted = opened.flatMap(({ changes }) =>
            changes.filter((change) => change.startsWith("INSERT INTO setting"))
          )
          expect(noted).toHaveLength(1)
          expect(yield* settings(name)).toEqual(["8"])
        }
      })
    ))
})
