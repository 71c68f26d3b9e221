import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ScopeModule from "effect/Scope"
import { afterAll, beforeAll, describe, it } from "vitest"
import { MemoryStore } from "../../../../adapters/memory/index.ts"
import { journalHazardContract } from "../../../../core/ports/contract/index.ts"
import { Broker } from "../../../../runtimes/node/Broker.ts"
import { kafkaLog } from "./HazardLogs.ts"

describe("a store in memory withstands the hazards over the embedded broker", () => {
  const scope = ScopeModule.makeUnsafe()
  let broker: Broker

  beforeAll(async () => {
    broker = await Effect.runPromise(ScopeModule.provide(Broker.start({ autoCreateTopics: false }), scope))
  })
  afterAll(() => Effect.runPromise(ScopeModule.close(scope, Exit.void)))

  const make = Effect.map(
    Effect.suspend(() => kafkaLog(broker)),
    (log) => ({ ...log, store: MemoryStore.make() })
  )
  for (const { name, run } of journalHazardContract(make)) {
    it(name, () => Effect.runPromise(Effect.scoped(run)), 60_000)
  }
})
