/** Columns that tell one event from another. */
export const eventKey = ["topic", "id", "seq_nr"]

/** Columns of an event that are read back, in the order of the statements' parameters. */
export const eventColumns = [
  "log_partition",
  "log_offset",
  "timestamp",
  "origin",
  "version",
  "tags",
  "headers",
  "metadata_header",
  "metadata_payload",
  "expire_after",
  "payload_type",
  "payload_text",
  "payload_binary"
]

/** Columns that tell one head from another. */
export const headKey = ["topic", "id"]

/** Columns of a head beside its key, in the order of the statements' parameters. */
export const headColumns = [
  "log_partition",
  "log_offset",
  "seq_nr",
  "delete_to",
  "record_id",
  "created",
  "updated",
  "expire_after",
  "expire_on",
  "origin"
]

/** Inserts rows or replaces those of the same key; `rows` is where they come from. */
export const upsert = (
  table: string,
  key: ReadonlyArray<string>,
  columns: ReadonlyArray<string>,
  rows: string
): string =>
  `INSERT INTO ${table} (${[...key, ...columns].join(", ")}) ${rows} ` +
  `ON CONFLICT (${key.join(", ")}) DO UPDATE SET ${columns.map((name) => `${name} = excluded.${name}`).join(", ")}`

/** Columns whose text a person or another program has chosen, and may hold any character. */
const freeText = new Set([
  "id",
  "record_id",
  "origin",
  "version",
  "metadata_header",
  "metadata_payload",
  "expire_after",
  "expire_on",
  "payload_text"
])

/**
 * Where databases and their drivers differ. `readText` is the expression that reads a column of free text, `table` how a
 * table is named, and `parameter` how the parameters of a statement are, counted from 1.
 */
export interface Dialect {
  readonly readText: (column: string) => string
  readonly table: (name: string) => string
  readonly parameter: (at: number) => string
}

const numbered = (dialect: Dialect, sql: string): string => {
  let at = 0
  return sql.replaceAll("?", () => dialect.parameter(++at))
}

const placeholders = (count: number): string => Array.from({ length: count }, () => "?").join(", ")

/**
 * What the journal's store asks of a relational database.
 *
 * **Details**
 *
 * The column `id` must compare by the bytes of its UTF-8. The parameters are those of `SqlWrites.ts` and of the store's
 * reads: `events` takes topic, id, from, to and limit; `ids` topic and limit; `idsAfter` topic, after and limit; `expired`
 * topic, date and limit; `expiredAfter` topic, date, the date and the id to start after, and limit.
 */
export const statementsFor = (dialect: Dialect) => {
  const event = dialect.table("journal_event")
  const head = dialect.table("journal_head")
  const pointer = dialect.table("journal_pointer")
  const read = (columns: ReadonlyArray<string>): string =>
    columns.map((name) => (freeText.has(name) ? `${dialect.readText(name)} AS ${name}` : name)).join(", ")
  const put = (table: string, key: ReadonlyArray<string>, columns: ReadonlyArray<string>): string =>
    upsert(table, key, columns, `VALUES (${placeholders(key.length + columns.length)})`)
  const statement = (sql: string): string => numbered(dialect, sql)
  const ids = (more: string): string =>
    statement(`SELECT ${read(["id"])} FROM ${head} WHERE topic = ? ${more}ORDER BY journal_head.id LIMIT ?`)
  const expired = (more: string): string =>
    statement(
      `SELECT ${read(["id", "expire_on"])} FROM ${head} WHERE topic = ? AND expire_on <= ? ${more}` +
        "ORDER BY journal_head.expire_on, journal_head.id LIMIT ?"
    )
  return {
    putEvent: statement(put(event, eventKey, ["record_id", ...eventColumns])),
    removeEvents: statement(`DELETE FROM ${event} WHERE topic = ? AND id = ? AND seq_nr BETWEEN ? AND ?`),
    events: statement(
      `SELECT ${read(["seq_nr", ...eventColumns])} FROM ${event} ` +
        "WHERE topic = ? AND id = ? AND seq_nr BETWEEN ? AND ? ORDER BY seq_nr LIMIT ?"
    ),
    putHead: statement(put(head, headKey, headColumns)),
    removeHead: statement(`DELETE FROM ${head} WHERE topic = ? AND id = ?`),
    head: statement(`SELECT ${read(headColumns)} FROM ${head} WHERE topic = ? AND id = ?`),
    ids: ids(""),
    idsAfter: ids("AND id > ? "),
    expired: expired(""),
    expiredAfter: expired("AND (expire_on, id) > (?, ?) "),
    addPointer: statement(
      `INSERT INTO ${pointer} (topic, log_partition, log_offset) VALUES (?, ?, ?) ` +
        "ON CONFLICT (topic, log_partition) DO NOTHING"
    ),
    movePointer: statement(
      `UPDATE ${pointer} SET log_offset = ? WHERE topic = ? AND log_partition = ? AND log_offset = ?`
    ),
    pointer: statement(`SELECT log_offset FROM ${pointer} WHERE topic = ? AND log_partition = ?`)
  } as const
}

/** The name of one of the statements. */
export type StatementName = keyof ReturnType<typeof statementsFor>
