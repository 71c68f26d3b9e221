import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ScopeModule from "effect/Scope"
import { afterAll, beforeAll, describe, it } from "vitest"
import { DynamoDbStore } from "../../../adapters/dynamodb/index.ts"
import { journalReplicationContract, journalStoreContract } from "../../../core/ports/contract/index.ts"
import type { JournalStore } from "../../../core/ports/index.ts"
import { localDynamoDb } from "./LocalDynamoDb.ts"

describe.concurrent("a store in DynamoDB keeps the contract", () => {
  const scope = ScopeModule.makeUnsafe()
  let store: JournalStore
  let topics = 0

  beforeAll(async () => {
    const open = Effect.flatMap(localDynamoDb, (place) => DynamoDbStore.open({ ...place, table: "journal" }))
    store = await Effect.runPromise(ScopeModule.provide(open, scope))
  })
  afterAll(() => Effect.runPromise(ScopeModule.close(scope, Exit.void)))

  const make = Effect.sync(() => ({ store, topic: `topic-${topics++}` }))
  for (const { name, run } of [...journalStoreContract(make), ...journalReplicationContract(make)]) {
    it(name, () => Effect.runPromise(Effect.scoped(run)))
  }
})
