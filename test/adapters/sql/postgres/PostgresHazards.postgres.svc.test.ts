import * as Effect from "effect/Effect"
import { afterAll, describe, it } from "vitest"
import { MemoryLog } from "../../../../adapters/memory/index.ts"
import { PostgresStore } from "../../../../adapters/sql/postgres/index.ts"
import { journalHazardContract } from "../../../../core/ports/contract/index.ts"
import { drop, newSchema, server } from "./Server.ts"

describe("a store in PostgreSQL withstands the hazards", () => {
  const schema = newSchema()
  let topics = 0
  afterAll(() => drop(schema))
  const make = Effect.gen(function* () {
    const open = PostgresStore.open({ ...server(), schema })
    const log = MemoryLog.make()
    return { store: yield* open, reopen: open, log, topic: `topic-${topics++}`, trim: log.trim }
  })
  for (const { name, run } of journalHazardContract(make)) it(name, () => Effect.runPromise(Effect.scoped(run)))
})
