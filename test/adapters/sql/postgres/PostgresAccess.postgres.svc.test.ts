import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { PostgresStore } from "../../../../adapters/sql/postgres/index.ts"
import type { PostgresStoreOptions } from "../../../../adapters/sql/postgres/index.ts"
import { event, head, putEvents, putHead, putPointer } from "../../../../core/ports/contract/JournalStoreSamples.ts"
import { drop, newSchema, server, sql } from "./Server.ts"

const run = <A, E>(effect: Effect.Effect<A, E, Scope>): Promise<A> => Effect.runPromise(Effect.scoped(effect))

const schema = newSchema()
const role = `${schema}_user`
const secret = "a secret of the role"

const open = (options: PostgresStoreOptions = {}) => PostgresStore.open({ ...server(), schema, ...options })
const asRole = (options: PostgresStoreOptions = {}) => open({ user: role, password: secret, ...options })

/** Opens a store that cannot be opened, and answers why; the passwords are in no part of that. */
const refused = (options: PostgresStoreOptions) =>
  Effect.map(Effect.flip(open({ patienceMs: 0, ...options })), (error) => {
    expect(`${error.message} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain(secret)
    expect(error.message).toMatch(/[^.]\.$/)
    return { reason: error.reason, message: error.message }
  })

describe("access to PostgreSQL", () => {
  beforeAll(() => sql(`CREATE ROLE "${role}" LOGIN PASSWORD '${secret}'`))
  afterAll(async () => {
    await drop(schema)
    await drop(`${schema}_empty`)
    await drop(`${schema}_x`)
    await sql(`DROP DATABASE IF EXISTS "${schema}_latin"`)
    await sql(`DROP OWNED BY "${role}"`)
    await sql(`DROP ROLE "${role}"`)
  })

  it.each([
    ["a wrong password", { user: role, password: `not ${secret}` }, "does not accept the password"],
    ["no password", { user: role, password: "" }, "asks for a password"],
    ["no such user", { user: "nobody_at_all", password: secret }, "does not accept the password"],
    ["no such database", { database: "nowhere_at_all" }, "has no such database"],
    ["a port where nothing listens", { port: 1 }, "cannot be reached"],
    ["a host that is not there", { host: "nowhere.invalid" }, "is unknown"],
    ["an authority that is unknown", { tls: {} }, "is not trusted"],
    ["a schema whose name cannot be one", { schema: 'x"; DROP' }, "is no name for the journal's schema"],
    [
      "a schema that is not there, for reading only",
      { schema: `${schema}_none`, readOnly: true },
      "does not exist in PostgreSQL"
    ],
    ["a schema without tables, for reading only", { schema: "public", readOnly: true }, "has no journal's tables"]
  ])("is refused in one sentence with %s", (_, options, words) =>
    run(Effect.map(refused(options), ({ message }) => expect(message).toContain(words)))
  )

  it("is possible without asking anything of the server's certificate, and under a name that it does not have", () =>
    run(
      Effect.gen(function* () {
        const other = { ...server().tls, verify: "authority" } as const
        expect(yield* (yield* open({ tls: { verify: "nothing" } })).pointer("t", 0)).toBeUndefined()
        expect(yield* (yield* open({ tls: other })).pointer("t", 0)).toBeUndefined()
      })
    ))

  it("needs rights in the schema, says which are missing, and works with just these", () =>
    run(
      Effect.gen(function* () {
        const store = yield* open()
        yield* store.write([putEvents({ topic: "t", id: "a" }, [event(1)]), putPointer("t", 0, 1)])
        const none = yield* Effect.flip(asRole({ readOnly: true }))
        expect(none).toMatchObject({ reason: "Failed", message: expect.stringContaining(`schema "${schema}"`) })
        yield* Effect.promise(() => sql(`GRANT USAGE ON SCHEMA "${schema}" TO "${role}"`))
        yield* Effect.promise(() => sql(`GRANT SELECT ON ALL TABLES IN SCHEMA "${schema}" TO "${role}"`))
        const reader = yield* asRole()
        expect(yield* reader.pointer("t", 0)).toBe(1)
        expect((yield* reader.check).missingRights).toEqual([
          `INSERT, UPDATE, DELETE on ${schema}.journal_event`,
          `INSERT, UPDATE, DELETE on ${schema}.journal_head`,
          `INSERT, UPDATE on ${schema}.journal_pointer`
        ])
        const error = yield* Effect.flip(reader.write([putPointer("t", 0, 2, 1)]))
        expect(error).toMatchObject({ reason: "Failed", message: expect.stringContaining("grant the user") })
        yield* Effect.promise(() =>
          sql(`GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "${schema}" TO "${role}"`)
        )
        yield* reader.write([putPointer("t", 0, 2, 1)])
        const health = yield* reader.check
        expect(health).toMatchObject({ schema: { version: 1, expected: 1 }, missingRights: [] })
        expect(Math.abs((health.now ?? 0) - Date.now())).toBeLessThan(10_000)
      })
    ))

  it("is refused where a user may make no schema", () =>
    run(
      Effect.map(refused({ user: role, password: secret, schema: `${schema}_mine` }), ({ message }) =>
        expect(message).toMatch(
          /^Schema "\w+_mine" does not exist in PostgreSQL .*, and this user may not make it: let one make it who has CREATE/
        )
      )
    ))

  it("that is read-only fails a write as such, and says where to write", () =>
    run(
      Effect.gen(function* () {
        yield* Effect.promise(() => sql(`ALTER ROLE "${role}" SET default_transaction_read_only = on`))
        const store = yield* asRole()
        const error = yield* Effect.flip(store.write([putHead({ topic: "t", id: "a" }, head(1))]))
        expect(error).toMatchObject({
          reason: "Failed",
          message: expect.stringContaining("write to the primary server")
        })
        yield* Effect.promise(() => sql(`ALTER ROLE "${role}" RESET default_transaction_read_only`))
      })
    ))

  it("with too few connections is tried again, and then said to be so", () =>
    run(
      Effect.gen(function* () {
        yield* Effect.promise(() => sql(`ALTER ROLE "${role}" CONNECTION LIMIT 0`))
        const { message, reason } = yield* refused({ user: role, password: secret })
        expect({ reason, message }).toMatchObject({
          reason: "Unreachable",
          message: expect.stringContaining("has too many connections")
        })
        yield* Effect.promise(() => sql(`ALTER ROLE "${role}" CONNECTION LIMIT -1`))
      })
    ))

  it("is refused to a database whose texts are not Unicode", () =>
    run(
      Effect.gen(function* () {
        const database = `${schema}_latin`
        yield* Effect.promise(() => sql(`CREATE DATABASE "${database}" ENCODING 'LATIN1' TEMPLATE template0`))
        const { message, reason } = yield* refused({ database })
        expect({ reason, message }).toMatchObject({ reason: "Schema", message: expect.stringContaining("as LATIN1") })
      })
    ))
})

describe("the tables in PostgreSQL", () => {
  it("are made once by many who open them at the same time", () =>
    run(
      Effect.gen(function* () {
        const many = Array.from({ length: 6 }, () => open({ schema: `${schema}_empty`, maxConnections: 1 }))
        const stores = yield* Effect.all(many, { concurrency: "unbounded" })
        for (const store of stores) expect(yield* store.check).toMatchObject({ schema: { version: 1, expected: 1 } })
      })
    ))

  it("of a later version are refused at the opening, and are not written to by those who have them open", () =>
    run(
      Effect.gen(function* () {
        const store = yield* open({ schema: `${schema}_x` })
        yield* Effect.promise(() => sql(`UPDATE "${schema}_x".schema_version SET version = 2`))
        for (const readOnly of [false, true]) {
          const { message, reason } = yield* refused({ schema: `${schema}_x`, readOnly })
          expect({ reason, message }).toMatchObject({
            reason: "Schema",
            message: expect.stringContaining("are of version 2, and this program works with version 1")
          })
        }
        const error = yield* Effect.flip(store.write([putPointer("t", 0, 2)]))
        expect(error).toMatchObject({ reason: "Schema" })
        expect(yield* store.pointer("t", 0)).toBeUndefined()
        expect(yield* store.check).toMatchObject({ schema: { version: 2, expected: 1 } })
      })
    ))
})
