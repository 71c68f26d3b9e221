import { DatabaseSync } from "node:sqlite"
import { describe, expect, it } from "vitest"
import { migrate } from "../../../adapters/sql/sqlite/SqliteSchema.ts"
import { statementsFor } from "../../../adapters/sql/Statements.ts"

const dialect = { readText: (column: string) => column, table: (name: string) => name, parameter: () => "?" }
const plain = statementsFor(dialect)
const cast = statementsFor({ ...dialect, readText: (column) => `CAST(${column} AS BLOB)` })

const planOf = (sql: string): string => {
  const database = new DatabaseSync(":memory:")
  migrate(database)
  const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all()
  database.close()
  return plan.map((row) => String(row["detail"])).join("; ")
}

describe("the statements of the store", () => {
  for (const name of ["events", "removeEvents", "head", "ids", "idsAfter", "pointer", "movePointer"] as const) {
    it(`look up "${name}" by the primary key, and sort nothing`, () => {
      for (const { [name]: sql } of [plain, cast]) {
        expect(planOf(sql)).toMatch(/^SEARCH journal_\w+ USING PRIMARY KEY \([^;]*\)$/)
      }
    })
  }

  for (const name of ["expired", "expiredAfter"] as const) {
    it(`look up "${name}" by the index over dates, and sort nothing`, () => {
      for (const { [name]: sql } of [plain, cast]) {
        expect(planOf(sql)).toMatch(
          /^SEARCH journal_head USING COVERING INDEX journal_head_expiry \(topic=\? AND [^;]*\)$/
        )
      }
    })
  }

  it("read free text by the dialect's expression, and everything else as it is", () => {
    const { head, events } = statementsFor({ ...dialect, readText: (column) => `f(${column})` })
    expect(head).toBe(
      "SELECT log_partition, log_offset, seq_nr, delete_to, f(record_id) AS record_id, created, updated, " +
        "f(expire_after) AS expire_after, f(expire_on) AS expire_on, f(origin) AS origin " +
        "FROM journal_head WHERE topic = ? AND id = ?"
    )
    expect(events).toContain("f(payload_text) AS payload_text, payload_binary")
  })

  it("name tables and number parameters as the dialect does", () => {
    const { idsAfter } = statementsFor({ ...dialect, table: (name) => `"s".${name}`, parameter: (at) => `$${at}` })
    expect(idsAfter).toBe(
      'SELECT id AS id FROM "s".journal_head WHERE topic = $1 AND id > $2 ORDER BY journal_head.id LIMIT $3'
    )
  })
})
