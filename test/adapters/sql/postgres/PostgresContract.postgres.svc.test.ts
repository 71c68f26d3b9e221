import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ScopeModule from "effect/Scope"
import { afterAll, beforeAll, describe, it } from "vitest"
import { PostgresStore } from "../../../../adapters/sql/postgres/index.ts"
import { journalReplicationContract, journalStoreContract } from "../../../../core/ports/contract/index.ts"
import type { JournalStore } from "../../../../core/ports/index.ts"
import { drop, newSchema, server } from "./Server.ts"

describe("a store in PostgreSQL keeps the contract", () => {
  const scope = ScopeModule.makeUnsafe()
  const schema = newSchema()
  let store: JournalStore
  let topics = 0

  beforeAll(async () => {
    store = await Effect.runPromise(ScopeModule.provide(PostgresStore.open({ ...server(), schema }), scope))
  })
  afterAll(async () => {
    await Effect.runPromise(ScopeModule.close(scope, Exit.void))
    await drop(schema)
  })

  const make = Effect.sync(() => ({ store, topic: `topic-${topics++}` }))
  for (const { name, run } of [...journalStoreContract(make), ...journalReplicationContract(make)]) {
    it(name, () => Effect.runPromise(Effect.scoped(run)))
  }
})
