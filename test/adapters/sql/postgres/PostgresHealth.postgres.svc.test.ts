import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { PostgresStore } from "../../../../adapters/sql/postgres/index.ts"
import type { JournalStore, JournalStoreError } from "../../../../core/ports/index.ts"
import { drop, newSchema, server, sql } from "./Server.ts"

const query = (text: string): Effect.Effect<void> => Effect.asVoid(Effect.promise(() => sql(text)))

/** A schema with a journal's tables, which is dropped with the scope. */
const schemaWithTables = Effect.gen(function* () {
  const schema = yield* Effect.acquireRelease(Effect.sync(newSchema), (made) => Effect.promise(() => drop(made)))
  yield* Effect.scoped(PostgresStore.open({ ...server(), schema }))
  return schema
})

/** A store that is opened by a user of its own, who may do these things and no others. */
const openedBy = Effect.fnUntraced(function* (
  schema: string,
  grants: ReadonlyArray<string>
): Effect.fn.Return<JournalStore, JournalStoreError, Scope> {
  const user = `user_${schema}`
  yield* Effect.acquireRelease(query(`CREATE ROLE "${user}" LOGIN PASSWORD 'secret'`), () =>
    query(`DROP OWNED BY "${user}"; DROP ROLE "${user}"`)
  )
  yield* query(grants.map((each) => `GRANT ${each} TO "${user}";`).join(" "))
  return yield* PostgresStore.open({ ...server(), user, password: "secret", schema, readOnly: true })
})

describe("the check of a store in PostgreSQL", () => {
  it.live("tells its clock, and that the owner of the tables may do everything", () =>
    Effect.gen(function* () {
      const schema = yield* schemaWithTables
      const store = yield* PostgresStore.open({ ...server(), schema, readOnly: true })
      const { missingRights, now = 0 } = yield* store.check
      expect(missingRights).toEqual([])
      expect(Math.abs(now - (yield* Clock.currentTimeMillis))).toBeLessThan(5000)
    })
  )

  it.live("tells what a user may not do who only reads", () =>
    Effect.gen(function* () {
      const schema = yield* schemaWithTables
      const store = yield* openedBy(schema, [
        `USAGE ON SCHEMA "${schema}"`,
        `SELECT ON ALL TABLES IN SCHEMA "${schema}"`,
        `INSERT ON "${schema}".journal_event`
      ])
      expect((yield* store.check).missingRights).toEqual([
        `UPDATE, DELETE on ${schema}.journal_event`,
        `INSERT, UPDATE, DELETE on ${schema}.journal_head`,
        `INSERT, UPDATE on ${schema}.journal_pointer`
      ])
    })
  )

  it.live("fails where a table is gone", () =>
    Effect.gen(function* () {
      const schema = yield* schemaWithTables
      const store = yield* PostgresStore.open({ ...server(), schema, readOnly: true })
      yield* query(`DROP TABLE "${schema}".journal_head`)
      const error = yield* Effect.flip(store.check)
      expect(error).toMatchObject({ reason: "Schema", operation: "check" })
      expect(error.message).toContain(`lacks ${schema}.journal_head: restore it from a backup`)
    })
  )
})
