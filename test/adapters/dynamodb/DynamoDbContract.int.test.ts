import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ScopeModule from "effect/Scope"
import { afterAll, beforeAll, describe, it } from "vitest"
import { DynamoDbStore } from "../../../adapters/dynamodb/index.ts"
import { journalReplicationContract, journalStoreContract } from "../../../core/ports/contract/index.ts"
import type { JournalStore } from "../../../core/ports/index.ts"
import { localDynamoDb } from "./LocalDynamoDb.ts"

/**
 * All claims about whole journals, but plain journals only from event 5 on, and of up to 5 events: a DynamoDB in this
 * process is slow.
 */
const replicationClaims: typeof journalReplicationContract = (make) =>
  journalReplicationContract(make).filter(({ name }) => !/ events from (1|10),|: 10 events from /.test(name))

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
  for (const { name, run } of [...journalStoreContract(make), ...replicationClaims(make)]) {
    it(name, () => Effect.runPromise(Effect.scoped(run)))
  }
})
