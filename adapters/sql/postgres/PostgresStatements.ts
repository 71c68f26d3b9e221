import { eventColumns, eventKey, headColumns, headKey, statementsFor, upsert } from "../Statements.ts"
import type { ColumnType } from "./Arrays.ts"
import type { Statement } from "./Connections.ts"
import { quoted } from "./PostgresSchema.ts"

const numbers = new Set(["created", "delete_to", "log_offset", "log_partition", "seq_nr", "timestamp", "updated"])

const typeOf = (column: string): ColumnType =>
  column === "payload_binary" ? "bytea" : numbers.has(column) ? "int8" : "text"

const typesOf = (columns: ReadonlyArray<string>): ReadonlyArray<ColumnType> => columns.map(typeOf)

const eventRow = [...eventKey, "record_id", ...eventColumns]

/** A statement over many rows: each parameter holds one column of them. */
export interface BulkStatement extends Statement {
  readonly types: ReadonlyArray<ColumnType>
}

/** Rows whose columns are the parameters. */
const unnest = (types: ReadonlyArray<ColumnType>): string =>
  `unnest(${types.map((type, at) => `$${at + 1}::${type}[]`).join(", ")})`

/** The channel on which the tables of a schema tell where their pointers have moved to. */
export const channelOf = (schema: string): string => `${schema}.journal_pointer`

/**
 * What the journal's store asks of PostgreSQL, in the tables of a schema.
 *
 * **Details**
 *
 * The parameters are those of `Statements.ts`; those of bulk statements are the columns of `SqlWrites.ts`, each as an
 * array. A pointer that moves says so, when its transaction is committed, as `PARTITION:OFFSET:TOPIC`.
 */
export const postgresStatements = (schema: string) => {
  const table = (name: string): string => `${quoted(schema)}.${name}`
  const plain = statementsFor({
    readText: (column) => (column === "id" ? "coalesce(whole_id, id)" : column),
    table,
    parameter: (at) => `$${at}`
  })
  const named = (name: string, text: string): Statement => ({ name: `odradek.${schema}.${name}`, text })
  const bulk = (name: string, columns: ReadonlyArray<string>, sql: (rows: string) => string): BulkStatement => {
    const types = typesOf(columns)
    return { ...named(name, sql(unnest(types))), types }
  }
  const put = (name: string, into: string, key: ReadonlyArray<string>, columns: ReadonlyArray<string>): BulkStatement =>
    bulk(name, [...key, ...columns], (rows) => upsert(table(into), key, columns, `SELECT * FROM ${rows}`))
  const telling = (name: string, sql: string): Statement =>
    named(
      name,
      `WITH moved AS (${sql} RETURNING log_partition, log_offset, topic) ` +
        `SELECT pg_notify('${channelOf(schema)}', log_partition || ':' || log_offset || ':' || topic) FROM moved`
    )
  return {
    events: named("events", plain.events),
    head: named("head", plain.head),
    heads: named(
      "heads",
      `SELECT place, ${headColumns.map((column) => `head.${column}`).join(", ")} ` +
        "FROM unnest($2::text[]) WITH ORDINALITY AS wanted(id, place) " +
        `JOIN ${table("journal_head")} AS head ON head.topic = $1 AND head.id = wanted.id`
    ),
    ids: named("ids", plain.ids),
    idsAfter: named("idsAfter", plain.idsAfter),
    expired: named("expired", plain.expired),
    expiredAfter: named("expiredAfter", plain.expiredAfter),
    pointer: named("pointer", plain.pointer),
    pointers: named("pointers", `SELECT log_partition, log_offset FROM ${table("journal_pointer")} WHERE topic = $1`),
    addPointer: telling("addPointer", plain.addPointer),
    movePointer: telling("movePointer", plain.movePointer),
    addEvents: bulk(
      "addEvents",
      eventRow,
      (rows) => `INSERT INTO ${table("journal_event")} (${eventRow.join(", ")}) SELECT * FROM ${rows}`
    ),
    putEvents: put("putEvents", "journal_event", eventKey, ["record_id", ...eventColumns]),
    putHeads: put("putHeads", "journal_head", headKey, [...headColumns, "whole_id"]),
    removeEvents: bulk(
      "removeEvents",
      [...headKey, "seq_nr", "seq_nr"],
      (rows) =>
        `DELETE FROM ${table("journal_event")} AS event USING ${rows} AS gone(topic, id, first, last) ` +
        "WHERE event.topic = gone.topic AND event.id = gone.id AND event.seq_nr BETWEEN gone.first AND gone.last"
    ),
    removeHeads: bulk(
      "removeHeads",
      headKey,
      (rows) =>
        `DELETE FROM ${table("journal_head")} AS head USING ${rows} AS gone(topic, id) ` +
        "WHERE head.topic = gone.topic AND head.id = gone.id"
    )
  } as const
}

/** All statements of a store. */
export type PostgresStatements = ReturnType<typeof postgresStatements>
