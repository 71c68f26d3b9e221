import * as Effect from "effect/Effect"
import { describe, it } from "vitest"
import { MemoryLog } from "../../../../adapters/memory/index.ts"
import { SqliteStore } from "../../../../adapters/sql/sqlite/index.ts"
import { journalHazardContract } from "../../../../core/ports/contract/index.ts"
import { temporaryFile } from "./TemporaryFolder.ts"

describe("a store in an SQLite file withstands the hazards", () => {
  const make = Effect.gen(function* () {
    const open = SqliteStore.open({ path: yield* temporaryFile })
    const log = MemoryLog.make()
    return { store: yield* open, reopen: open, log, topic: "topic", trim: log.trim }
  })
  for (const { name, run } of journalHazardContract(make)) it(name, () => Effect.runPromise(Effect.scoped(run)))
})
