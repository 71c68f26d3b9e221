import * as Effect from "effect/Effect"
import { afterAll, describe, it } from "vitest"
import { PostgresStore } from "../../../../adapters/sql/postgres/index.ts"
import { journalHazardContract } from "../../../../core/ports/contract/index.ts"
import type { JournalHazardSubject } from "../../../../core/ports/contract/index.ts"
import { kafkaLog } from "../../../core/ports/contract/HazardLogs.ts"
import { service } from "../../../services/index.ts"
import { poolThrough } from "./PoolThrough.ts"
import { drop, newSchema, server } from "./Server.ts"

describe("a store in PostgreSQL withstands the hazards over Apache Kafka", () => {
  const schema = newSchema()
  afterAll(() => drop(schema))

  const open = Effect.suspend(() => PostgresStore.open({ ...server(), schema }))
  const openThrough: JournalHazardSubject["openThrough"] = (pass) =>
    Effect.gen(function* () {
      const made = Effect.sync(() => poolThrough(server(), pass))
      const pool = yield* Effect.acquireRelease(made, (each) => Effect.promise(() => each.end()))
      return yield* PostgresStore.open({ pool, schema })
    })
  const make = Effect.gen(function* () {
    return { ...(yield* kafkaLog(service("kafka"))), store: yield* open, reopen: open, openThrough }
  })
  for (const { name, run } of journalHazardContract(make)) it(name, () => Effect.runPromise(Effect.scoped(run)))
})
