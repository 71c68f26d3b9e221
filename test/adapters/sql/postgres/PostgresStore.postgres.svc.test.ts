import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import { Client, Pool } from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { PostgresStore } from "../../../../adapters/sql/postgres/index.ts"
import type { PostgresStoreOptions } from "../../../../adapters/sql/postgres/index.ts"
import { event, events, head, putEvents, putHead } from "../../../../core/ports/contract/JournalStoreSamples.ts"
import { putPointer } from "../../../../core/ports/contract/JournalStoreSamples.ts"
import { newSchema, server, sql } from "./Server.ts"

const run = <A, E>(effect: Effect.Effect<A, E, Scope>): Promise<A> => Effect.runPromise(Effect.scoped(effect))

// The sessions of a database of its own are counted and ended without touching those of others.
const [database, schema] = [newSchema(), newSchema()]
beforeAll(() => sql(`CREATE DATABASE "${database}"`))
afterAll(() => sql(`DROP DATABASE "${database}" WITH (FORCE)`))
const place = () => ({ ...server(), database })
const open = (options: PostgresStoreOptions = {}) => PostgresStore.open({ ...place(), schema, ...options })

/** A session of somebody else. */
const session = Effect.acquireRelease(
  Effect.promise(async () => {
    const { tls, ...at } = place()
    const client = new Client({ ...at, ssl: { ca: tls?.ca } })
    await client.connect()
    return client
  }),
  (client) => Effect.promise(() => client.end())
)

const statement = (client: Client, text: string) => Effect.promise(() => client.query<Record<string, unknown>>(text))

/** Waits until as many of the store's own sessions as said are busy with a statement. */
const untilBusy = (client: Client, sessions: number) =>
  Effect.repeat(
    Effect.promise(() =>
      client.query<{ readonly busy: number }>(
        "SELECT count(*)::int AS busy FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
      )
    ),
    { until: ({ rows }) => rows[0]?.busy === sessions }
  )

describe("PostgresStore", () => {
  it("keeps ids of any length, in one order", () =>
    run(
      Effect.gen(function* () {
        const store = yield* open()
        const topic = "long"
        const long = `${"ü".repeat(3000)}\u0000`
        const ids = ["a", long, `${long}1`, `${long}2`, "z"]
        for (const id of ids) {
          yield* store.write([
            putEvents({ topic, id }, events(1, 2)),
            putHead({ topic, id }, head(2, { expireOn: "2026-01-01" }))
          ])
        }
        const paged: Array<string> = []
        for (let page = yield* store.ids(topic, undefined, 1); page.length > 0;) {
          paged.push(...page)
          page = yield* store.ids(topic, page.at(-1), 1)
        }
        expect(paged.toSorted()).toEqual(ids.toSorted())
        const expired = yield* store.expired({ topic, onOrBefore: "2026-01-01", limit: 10 })
        expect(expired.map(({ id }) => id)).toEqual(paged)
        expect(yield* store.events({ key: { topic, id: long }, from: 1, to: 9, limit: 9 })).toEqual(events(1, 2))
      })
    ))

  it("lets a replicator that is out of date wait for the pointer, and then write nothing", () =>
    run(
      Effect.gen(function* () {
        const [store, other] = [yield* open(), yield* session]
        const key = { topic: "zombie", id: "journal" }
        yield* store.write([putPointer(key.topic, 0, 5)])
        yield* statement(other, "BEGIN")
        yield* statement(other, `UPDATE "${schema}".journal_pointer SET log_offset = 6 WHERE topic = 'zombie'`)
        const late = yield* Effect.forkScoped(
          Effect.flip(store.write([putEvents(key, [event(1)]), putHead(key, head(1)), putPointer(key.topic, 0, 9, 5)]))
        )
        yield* untilBusy(other, 1)
        yield* statement(other, "COMMIT")
        const error = yield* Fiber.join(late)
        expect(error).toMatchObject({ reason: "Fenced", message: expect.stringContaining("from 5 to 6") })
        expect(yield* store.head(key)).toBeUndefined()
        expect(yield* store.events({ key, from: 1, to: 9, limit: 9 })).toEqual([])
      })
    ))

  it("reads while somebody else writes, and sees nothing of it", () =>
    run(
      Effect.gen(function* () {
        const [store, other] = [yield* open(), yield* session]
        const key = { topic: "readers", id: "journal" }
        yield* store.write([putEvents(key, [event(1)]), putHead(key, head(1)), putPointer(key.topic, 0, 5)])
        yield* statement(other, "BEGIN")
        for (const table of ["journal_event", "journal_head", "journal_pointer"]) {
          yield* statement(other, `DELETE FROM "${schema}".${table} WHERE topic = 'readers'`)
        }
        expect(yield* store.pointer(key.topic, 0)).toBe(5)
        expect(yield* store.events({ key, from: 1, to: 9, limit: 9 })).toEqual([event(1)])
        yield* statement(other, "ROLLBACK")
      })
    ))

  it("says that it is busy where a statement waits for too long, or all connections are in use", () =>
    run(
      Effect.gen(function* () {
        const other = yield* session
        const store = yield* open({ maxConnections: 1, requestTimeoutMs: 400, patienceMs: 0 })
        yield* statement(other, `BEGIN; LOCK TABLE "${schema}".journal_pointer IN ACCESS EXCLUSIVE MODE`)
        const errors = yield* Effect.forEach([0, 1], (partition) => Effect.flip(store.pointer("busy", partition)), {
          concurrency: "unbounded"
        })
        const messages = errors.map(({ message }) => message).toSorted()
        expect(errors.map(({ reason }) => reason)).toEqual(["Unreachable", "Unreachable"])
        expect(messages[0]).toContain("All connections of this program to PostgreSQL")
        expect(messages[1]).toContain("has not finished a statement in time")
        yield* statement(other, "ROLLBACK")
        expect(yield* store.pointer("busy", 0)).toBeUndefined()
      })
    ))

  it("gives a connection free at once when its work is interrupted", () =>
    run(
      Effect.gen(function* () {
        const [store, other] = [yield* open({ maxConnections: 1 }), yield* session]
        yield* statement(other, `BEGIN; LOCK TABLE "${schema}".journal_pointer IN ACCESS EXCLUSIVE MODE`)
        const waiting = yield* Effect.forkScoped(store.pointer("interrupted", 0))
        yield* untilBusy(other, 1)
        yield* Fiber.interrupt(waiting)
        expect(yield* store.head({ topic: "interrupted", id: "journal" })).toBeUndefined()
        yield* statement(other, "ROLLBACK")
      })
    ))

  it("goes on by itself when the server ends all of its connections while it writes", () =>
    run(
      Effect.gen(function* () {
        const [store, other] = [yield* open(), yield* session]
        const topic = "ended"
        yield* store.write([putPointer(topic, 0, 0)])
        const end = statement(
          other,
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'odradek'"
        )
        let at = 0
        for (let round = 0; round < 20; round++) {
          const key = { topic, id: `journal-${round}` }
          const steps = [putEvents(key, events(1, 20)), putHead(key, head(20)), putPointer(topic, 0, at + 1, at)]
          const [, outcome] = yield* Effect.all([end, Effect.result(store.write(steps))], { concurrency: 2 })
          const pointer = yield* store.pointer(topic, 0)
          if (outcome._tag === "Success") expect(pointer).toBe(at + 1)
          else expect(outcome.failure.reason).toBe("Unreachable")
          expect((yield* store.head(key)) !== undefined).toBe(pointer === at + 1)
          at = pointer ?? 0
        }
        expect(at).toBeGreaterThan(10)
      })
    ))

  it("reads the heads that are asked for together with one statement, each for its journal", () =>
    run(
      Effect.gen(function* () {
        const { tls, ...at } = place()
        const pool = new Pool({ ...at, ssl: { ca: tls?.ca } })
        yield* Effect.addFinalizer(() => Effect.promise(() => pool.end()))
        const store = yield* PostgresStore.open({ pool, schema })
        const topic = "heads together"
        const ids = ["", "one", "\u0000", "ä", "x".repeat(3000)]
        const keys = ids.map((id) => ({ topic, id }))
        yield* store.write(keys.map((key, at) => putHead(key, head(at + 1))))
        let taken = 0
        pool.on("acquire", () => taken++)
        const found = yield* store.heads(topic, ["nobody", ...ids])
        expect(ids.map((id) => found.get(id)?.seqNr)).toEqual([1, 2, 3, 4, 5])
        expect(taken).toBe(1)
      })
    ))

  it("is given a pool, and leaves it open", () =>
    run(
      Effect.gen(function* () {
        const { Pool } = yield* Effect.promise(() => import("pg"))
        const { tls, ...at } = place()
        const pool = new Pool({ ...at, ssl: { ca: tls?.ca } })
        yield* Effect.addFinalizer(() => Effect.promise(() => pool.end()))
        yield* Effect.scoped(Effect.flatMap(PostgresStore.open({ pool, schema }), (store) => store.pointer("pool", 0)))
        expect((yield* Effect.promise(() => pool.query("SELECT 1 AS one"))).rowCount).toBe(1)
      })
    ))
})

describe("PostgresStore.positions", () => {
  it("tells where all partitions stand, and then what moves, of its topic alone", () =>
    run(
      Effect.gen(function* () {
        const store = yield* open()
        const topic = "told \u0000:1:"
        yield* store.write([putPointer(topic, 0, 5), putPointer(topic, 1, 7), putPointer("other", 0, 1)])
        const told = yield* Effect.forkScoped(
          Stream.runCollect(Stream.take(PostgresStore.positions({ ...place(), schema }, topic), 4))
        )
        const other = yield* session
        yield* Effect.repeat(
          statement(
            other,
            "SELECT 1 FROM pg_stat_activity WHERE state = 'idle' AND query LIKE 'SELECT log_partition%'"
          ),
          { until: ({ rowCount }) => rowCount === 1 }
        )
        yield* store.write([putPointer("other", 0, 2, 1), putPointer(topic, 1, 8, 7)])
        yield* store.write([putPointer(topic, 0, 6, 5)])
        const positions = yield* Fiber.join(told)
        expect(positions.slice(0, 2)).toEqual(
          expect.arrayContaining([
            { partition: 0, offset: 5 },
            { partition: 1, offset: 7 }
          ])
        )
        expect(positions.slice(2)).toEqual([
          { partition: 1, offset: 8 },
          { partition: 0, offset: 6 }
        ])
      })
    ))

  it("goes on over a lost connection with what has moved meanwhile", () =>
    run(
      Effect.gen(function* () {
        const [store, other] = [yield* open({ maxConnections: 1 }), yield* session]
        const topic = "reconnected"
        yield* store.write([putPointer(topic, 0, 0)])
        const seen: Array<number> = []
        const listening = yield* Effect.forkScoped(
          PostgresStore.positions({ ...place(), schema }, topic).pipe(
            Stream.tap(({ offset }) => Effect.sync(() => seen.push(offset))),
            Stream.takeUntil(({ offset }) => offset === 3),
            Stream.runDrain
          )
        )
        const until = (offset: number) => Effect.repeat(Effect.yieldNow, { until: () => seen.at(-1) === offset })
        yield* until(0)
        yield* statement(
          other,
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'odradek'"
        )
        yield* store.write([putPointer(topic, 0, 1, 0)])
        yield* until(1)
        yield* store.write([putPointer(topic, 0, 3, 1)])
        yield* Fiber.join(listening)
        expect(seen).toEqual([0, 1, 3])
      })
    ))
})

it.each(["hex", "escape"])("bytes are what they were on a server that says them as %s", async (format) => {
  const bytes = Uint8Array.from({ length: 256 }, (_, at) => at)
  const tricky = new TextEncoder().encode("\\x00\\134 \\000")
  const key = { topic: `bytes-${format}`, id: "a" }
  const { tls, ...at } = place()
  const pool = new Pool({ ...at, ssl: { ca: tls?.ca }, options: `-c bytea_output=${format}` })
  try {
    const payloads = await run(
      Effect.gen(function* () {
        const store = yield* open({ pool })
        const all = [bytes, tricky, new Uint8Array(0)].map((each, at) =>
          event(at + 1, { payload: { _tag: "Binary", bytes: each } })
        )
        yield* store.write([{ _tag: "PutEvents", key, head: head(3), previous: undefined, events: all }])
        return (yield* store.events({ key, from: 1, to: 3, limit: 10 })).map(({ payload }) => payload)
      })
    )
    expect(payloads).toEqual([bytes, tricky, new Uint8Array(0)].map((each) => ({ _tag: "Binary", bytes: each })))
  } finally {
    await pool.end()
  }
})
