import * as Effect from "effect/Effect"
import { describe, it } from "vitest"
import { MemoryLog, MemoryStore } from "../../../adapters/memory/index.ts"
import { journalHazardContract } from "../../../core/ports/contract/index.ts"

for (const atomic of [true, false]) {
  describe(`a store in memory that is ${atomic ? "" : "not "}atomic withstands the hazards`, () => {
    const make = Effect.sync(() => {
      const log = MemoryLog.make({ partitions: { topic: 3 } })
      return { store: MemoryStore.make({ atomic }), log, topic: "topic", trim: log.trim, fencesHeads: atomic }
    })
    for (const { name, run } of journalHazardContract(make)) {
      it(name, () => Effect.runPromise(Effect.scoped(run)))
    }
  })
}
