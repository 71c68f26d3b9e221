import { DatabaseSync } from "node:sqlite"
import { existsSync, writeFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { describe, expect, it } from "vitest"
import { SqliteStore } from "../../../../adapters/sql/sqlite/index.ts"
import { migrate, migrations } from "../../../../adapters/sql/sqlite/SqliteSchema.ts"
import { runChild } from "./children/Child.ts"
import { appendSteps, event, everything, head, key } from "./Samples.ts"
import { temporaryFile } from "./TemporaryFolder.ts"

const run = <A, E>(effect: Effect.Effect<A, E, Scope>): Promise<A> => Effect.runPromise(Effect.scoped(effect))

const versionOf = (database: DatabaseSync): unknown =>
  database.prepare("SELECT version FROM schema_version WHERE component = 'journal'").get()?.["version"]

const edit = (path: string, sql: string): void => {
  const database = new DatabaseSync(path)
  try {
    database.exec(sql)
  } finally {
    database.close()
  }
}

/** A file as the first version of the schema left it, with one event. */
const version1 = `
  CREATE TABLE schema_version (component TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT;
  INSERT INTO schema_version VALUES ('journal', 1);
  CREATE TABLE journal_event (
    topic TEXT NOT NULL, id TEXT NOT NULL, seq_nr INTEGER NOT NULL, record_id TEXT NOT NULL,
    log_partition INTEGER NOT NULL, log_offset INTEGER NOT NULL, timestamp INTEGER NOT NULL, origin TEXT, version TEXT,
    tags TEXT, headers TEXT, metadata_header TEXT, metadata_payload TEXT, expire_after TEXT,
    payload_type TEXT, payload_text TEXT, payload_binary BLOB,
    PRIMARY KEY (topic, id, seq_nr)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE journal_head (
    topic TEXT NOT NULL, id TEXT NOT NULL, log_partition INTEGER NOT NULL, log_offset INTEGER NOT NULL,
    seq_nr INTEGER NOT NULL, delete_to INTEGER NOT NULL, record_id TEXT NOT NULL, created INTEGER NOT NULL,
    updated INTEGER NOT NULL, expire_after TEXT, expire_on TEXT, origin TEXT, PRIMARY KEY (topic, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE journal_pointer (
    topic TEXT NOT NULL, log_partition INTEGER NOT NULL, log_offset INTEGER NOT NULL,
    PRIMARY KEY (topic, log_partition)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO journal_event VALUES
    ('topic', 'journal', 1, 'incarnation', 0, 1, 1774915200001, 'writer', '1.0', '["a","b"]', '{"h":"v"}',
     '{"x":1}', '2', '30 days', 'json', '{"n":1.0}', NULL);
  INSERT INTO journal_head VALUES ('topic', 'journal', 0, 1, 1, 0, 'incarnation', 1, 2, NULL, NULL, NULL);
  INSERT INTO journal_pointer VALUES ('topic', 0, 1);
`

describe("the schema of an SQLite file", () => {
  it("is made in an empty file, which then has the latest version", () =>
    run(
      Effect.gen(function* () {
        const path = yield* temporaryFile
        writeFileSync(path, "")
        const store = yield* SqliteStore.open({ path })
        yield* store.write(appendSteps(1, 1))
        const database = new DatabaseSync(path)
        expect(versionOf(database)).toBe(migrations.length)
        database.close()
      })
    ))

  it("of version 1 keeps its data, and gets an index over the dates at which journals expire", () =>
    run(
      Effect.gen(function* () {
        const path = yield* temporaryFile
        edit(path, version1)
        const store = yield* SqliteStore.open({ path })
        expect(yield* store.events(everything)).toEqual([
          event(1, {
            origin: "writer",
            version: "1.0",
            tags: ["a", "b"],
            headers: new Map([["h", "v"]]),
            metadata: { header: '{"x":1}', payload: "2", expireAfter: "30 days" },
            payload: { _tag: "Json", text: '{"n":1.0}' }
          })
        ])
        expect(yield* store.head(key)).toEqual(head(1))
        yield* store.write(appendSteps(2, 3))
        expect(yield* store.pointer("topic", 0)).toBe(3)
      })
    ))

  it("goes through the steps that it has not been through, in their order, and no others", () =>
    run(
      Effect.gen(function* () {
        const path = yield* temporaryFile
        edit(path, version1)
        const database = new DatabaseSync(path)
        migrate(database, ["broken", "CREATE TABLE second (a)", "ALTER TABLE second ADD COLUMN b"])
        expect(versionOf(database)).toBe(3)
        expect(database.prepare("SELECT a, b FROM second").all()).toEqual([])
        expect(database.prepare("SELECT count(*) AS n FROM journal_event").get()).toEqual({ n: 1 })
        database.close()
      })
    ))

  it("is left as it was when a step fails", () =>
    run(
      Effect.gen(function* () {
        const path = yield* temporaryFile
        edit(path, version1)
        const database = new DatabaseSync(path)
        const steps = ["", "CREATE TABLE second (a)", "this is no SQL"]
        expect(() => migrate(database, steps)).toThrow(/syntax error/)
        expect(versionOf(database)).toBe(1)
        expect(() => database.prepare("SELECT a FROM second")).toThrow(/no such table/)
        database.close()
      })
    ))

  it("of a later version than the program knows is refused at the opening", () =>
    run(
      Effect.gen(function* () {
        const path = yield* temporaryFile
        edit(path, version1)
        edit(path, `UPDATE schema_version SET version = ${migrations.length + 1}`)
        const error = yield* Effect.flip(SqliteStore.open({ path }))
        expect(error).toMatchObject({ reason: "Schema", operation: "open" })
        expect(error.message).toBe(
          "The journal's tables are of version 3, and this program works with version 2: upgrade it, or open another file."
        )
      })
    ))

  it("that a newer program has migrated meanwhile is not written to", () =>
    run(
      Effect.gen(function* () {
        const path = yield* temporaryFile
        const store = yield* SqliteStore.open({ path })
        yield* store.write(appendSteps(1, 1))
        edit(path, "UPDATE schema_version SET version = version + 1")
        expect(yield* store.check).toMatchObject({
          schema: { version: migrations.length + 1, expected: migrations.length }
        })
        const error = yield* Effect.flip(store.write(appendSteps(2, 2)))
        expect(error).toMatchObject({ reason: "Schema", operation: "write" })
        expect(yield* store.pointer("topic", 0)).toBe(1)
      })
    ))

  it("is neither made nor changed when a file is opened to read only", () =>
    run(
      Effect.gen(function* () {
        const path = yield* temporaryFile
        expect(yield* Effect.flip(SqliteStore.open({ path, readOnly: true }))).toMatchObject({
          reason: "Failed",
          message: expect.stringContaining("does not exist")
        })
        expect(existsSync(path)).toBe(false)
        writeFileSync(path, "")
        const empty = yield* Effect.flip(SqliteStore.open({ path, readOnly: true }))
        const message = `SQLite file ${path} has no journal's tables, and this program reads version ${migrations.length}: let a replicator open it, which brings it there.`
        expect(empty).toMatchObject({ reason: "Schema", message })
        yield* Effect.scoped(Effect.flatMap(SqliteStore.open({ path }), (writer) => writer.write(appendSteps(1, 3))))
        const store = yield* SqliteStore.open({ path, readOnly: true })
        expect(yield* store.pointer("topic", 0)).toBe(3)
        expect(yield* store.check).toMatchObject({
          schema: { version: migrations.length, expected: migrations.length }
        })
        expect(yield* Effect.flip(store.write(appendSteps(4, 4)))).toMatchObject({
          reason: "Failed",
          operation: "write"
        })
      })
    ))

  it("shares its table of versions with other components", () =>
    run(
      Effect.gen(function* () {
        const path = yield* temporaryFile
        edit(
          path,
          "CREATE TABLE schema_version (component TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT;" +
            "INSERT INTO schema_version VALUES ('other', 7)"
        )
        yield* SqliteStore.open({ path })
        const database = new DatabaseSync(path)
        expect(database.prepare("SELECT * FROM schema_version ORDER BY component").all()).toEqual([
          { component: "journal", version: migrations.length },
          { component: "other", version: 7 }
        ])
        database.close()
      })
    ))

  for (const tables of ["CREATE TABLE schema_version (version)", "CREATE TABLE journal_event (mine)"]) {
    it(`refuses a file whose tables are another program's: ${tables}`, () =>
      run(
        Effect.gen(function* () {
          const path = yield* temporaryFile
          edit(path, tables)
          const error = yield* Effect.flip(SqliteStore.open({ path }))
          expect(error.reason).toBe("Schema")
          expect(error.message).toContain("give the journal a file of its own")
        })
      ))
  }

  it("is made once when several processes open a new file together", () =>
    run(
      Effect.gen(function* () {
        const path = yield* temporaryFile
        const children = yield* Effect.all([1, 2, 3, 4].map(() => runChild("./OpenOnce.ts", path)))
        const outcomes = yield* Effect.promise(async () => {
          await Promise.all(children.map((child) => child.line()))
          for (const child of children) child.send("go")
          return Promise.all(children.map((child) => child.line()))
        })
        expect(outcomes).toEqual(["Success", "Success", "Success", "Success"])
      })
    ))
})
