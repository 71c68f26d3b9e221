import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { describe, expect, it } from "vitest"
import { CassandraStore } from "../../../adapters/cassandra/index.ts"
import { DynamoDbStore } from "../../../adapters/dynamodb/index.ts"
import { PostgresStore } from "../../../adapters/sql/postgres/index.ts"
import type { JournalStore, JournalStoreError } from "../../../core/ports/index.ts"
import { makeReplicatorHandler } from "../../../runtimes/lambda/index.ts"
import { keyspace, openClient, place } from "../../adapters/cassandra/Keyspaces.ts"
import { newSchema, server, sql } from "../../adapters/sql/postgres/Server.ts"
import { service } from "../../services/index.ts"
import { contentsOf, expectedContents, goldenEvent } from "./GoldenEvent.ts"
import { contextOf } from "./Invocations.ts"

type Open = Effect.Effect<JournalStore, JournalStoreError, Scope>

/** How a store that is empty is opened, for as long as the scope lasts. */
const stores: Readonly<Record<string, Effect.Effect<Open, never, Scope>>> = {
  Cassandra: Effect.gen(function* () {
    const name = yield* keyspace(yield* openClient)
    return CassandraStore.open({ ...place(), keyspace: name })
  }),
  DynamoDB: Effect.sync(() => {
    const { endpoint, region } = service("dynamodb")
    return DynamoDbStore.open({ endpoint, region, table: `lambda-${randomUUID()}` })
  }),
  PostgreSQL: Effect.map(
    Effect.acquireRelease(Effect.sync(newSchema), (schema) =>
      Effect.promise(() => sql(`DROP SCHEMA IF EXISTS ${schema} CASCADE`))
    ),
    (schema) => PostgresStore.open({ ...server(), schema })
  )
}

describe("a function that replicates makes of events what a replicator makes of the log, in", () => {
  it.each(Object.entries(stores))("%s, also when they come again, and to two at once", async (_, made) => {
    const program = Effect.gen(function* () {
      const open = yield* made
      // The tables are made before, as whoever deploys a function does it.
      yield* Effect.scoped(open)
      const handlers = [0, 1].map(() => makeReplicatorHandler({ store: open, write: () => undefined }))
      const invoke = (handler: (typeof handlers)[number]) =>
        Effect.promise(() => handler(goldenEvent, contextOf(60_000)))
      const done = [{ batchItemFailures: [] }, { batchItemFailures: [] }]
      expect(yield* Effect.forEach(handlers, invoke, { concurrency: "unbounded" })).toEqual(done)
      expect(yield* Effect.forEach(handlers, invoke)).toEqual(done)
      yield* Effect.forEach(handlers, (handler) => Effect.promise(() => handler.close()))
      expect(yield* Effect.scoped(Effect.flatMap(open, (store) => contentsOf(store)))).toEqual(yield* expectedContents)
    })
    await Effect.runPromise(Effect.scoped(program))
  })
})
