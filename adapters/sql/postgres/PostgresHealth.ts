import * as Effect from "effect/Effect"
import type { StoreHealth } from "../../../core/ports/index.ts"
import { failureOf, refused } from "../../../core/store/index.ts"
import type { SqlRow } from "../SqlRows.ts"
import type { Session } from "./Connections.ts"
import type { RequestFailure } from "./PostgresError.ts"
import type { Access } from "./PostgresOptions.ts"
import { migrations, readVersion } from "./PostgresSchema.ts"

/** What a replicator does with each table. */
const needed: Readonly<Record<string, ReadonlyArray<string>>> = {
  journal_event: ["SELECT", "INSERT", "UPDATE", "DELETE"],
  journal_head: ["SELECT", "INSERT", "UPDATE", "DELETE"],
  journal_pointer: ["SELECT", "INSERT", "UPDATE"]
}

const values = Object.entries(needed)
  .flatMap(([table, privileges]) => privileges.map((privilege) => `('${table}', '${privilege}')`))
  .join(", ")

/** The clock, and of each privilege whether it is held; a table that is not there has none. */
const healthQuery = (schema: string): string =>
  `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now, needed.table, needed.privilege,
    CASE WHEN there.oid IS NULL THEN 'absent'
      WHEN has_table_privilege(there.oid, needed.privilege) THEN 'held' ELSE 'denied' END AS state
  FROM (VALUES ${values}) AS needed("table", privilege)
  LEFT JOIN pg_catalog.pg_class AS there ON there.relname = needed.table AND there.relnamespace =
    (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = '${schema}')`

/** What is denied of each table, such as `INSERT, UPDATE on odradek.journal_head`. */
const deniedOf = (schema: string, rows: ReadonlyArray<SqlRow>): ReadonlyArray<string> => {
  const denied = new Set(
    rows.flatMap((row) => (row["state"] === "denied" ? [`${row["privilege"]} ${row["table"]}`] : []))
  )
  return Object.entries(needed).flatMap(([table, privileges]) => {
    const missing = privileges.filter((privilege) => denied.has(`${privilege} ${table}`))
    return missing.length === 0 ? [] : [`${missing.join(", ")} on ${schema}.${table}`]
  })
}

/** Looks at the version, the clock and the tables of a store, and at what its user may do there; nothing is changed. */
export const readHealth = Effect.fnUntraced(function* (
  session: Session,
  access: Access
): Effect.fn.Return<StoreHealth, RequestFailure> {
  const { place, schema } = access
  const version = yield* readVersion(session, access)
  const { rows } = yield* session.script(healthQuery(schema))
  const absent = new Set(rows.flatMap((row) => (row["state"] === "absent" ? [String(row["table"])] : [])))
  if (absent.size > 0 && version === migrations.length) {
    const tables = [...absent].map((table) => `${schema}.${table}`).join(", ")
    const message = `${place} lacks ${tables}: restore it from a backup, or replicate into another schema.`
    return yield* Effect.fail(failureOf("check", refused("Schema", message)))
  }
  return {
    schema: { version, expected: migrations.length },
    now: Number(rows[0]?.["now"]),
    missingRights: deniedOf(schema, rows)
  }
})
