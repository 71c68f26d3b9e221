import type { Client } from "cassandra-driver"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ScopeModule from "effect/Scope"
import { afterAll, beforeAll, describe, it } from "vitest"
import { CassandraStore } from "../../../adapters/cassandra/index.ts"
import { journalHazardContract } from "../../../core/ports/contract/index.ts"
import type { JournalHazardSubject } from "../../../core/ports/contract/index.ts"
import { kafkaLog } from "../../core/ports/contract/HazardLogs.ts"
import { service } from "../../services/index.ts"
import { journalKeyspace, place } from "./Keyspaces.ts"
import { clientThrough, contentsOf } from "./Through.ts"

/** Small segments, so that gaps and deletes cross them. */
const segmentSize = 3

/** What a replaced replicator writes is repaired by replicating again, which is alike for all that it writes. */
const isRepeated = (name: string): boolean => /to write "(a1-2|d2 a3|a6 d4|purge a1-2)" on /.test(name)

describe("a store in Cassandra withstands the hazards over Apache Kafka", () => {
  const scope = ScopeModule.makeUnsafe()
  let own: { readonly client: Client; readonly keyspace: string }

  beforeAll(async () => {
    own = await Effect.runPromise(ScopeModule.provide(journalKeyspace, scope))
  })
  afterAll(() => Effect.runPromise(ScopeModule.close(scope, Exit.void)))

  const open = Effect.suspend(() => CassandraStore.open({ ...place(), keyspace: own.keyspace, segmentSize }))
  const openThrough: JournalHazardSubject["openThrough"] = (pass) =>
    CassandraStore.open({ ...own, segmentSize, client: clientThrough(own.client, pass) })
  const contents = Effect.promise(() => contentsOf(own.client, own.keyspace))
  const make = Effect.gen(function* () {
    const log = yield* kafkaLog(service("kafka"))
    return { ...log, store: yield* open, reopen: open, openThrough, contents, fencesHeads: false }
  })
  for (const { name, run } of journalHazardContract(make)) {
    if (!isRepeated(name)) it(name, () => Effect.runPromise(Effect.scoped(run)), 300_000)
  }
})
