/** Columns of an event that are read back, in the order of the statements' parameters. */
const eventColumns = [
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

/** Columns of a head beside its key, in the order of the statements' parameters. */
const headColumns = [
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

const upsert = (table: string, key: ReadonlyArray<string>, columns: ReadonlyArray<string>): string => {
  const all = [...key, ...columns]
  return (
    `INSERT INTO ${table} (${all.join(", ")}) VALUES (${all.map(() => "?").join(", ")}) ` +
    `ON CONFLICT (${key.join(", ")}) DO UPDATE SET ${columns.map((name) => `${name} = excluded.${name}`).join(", ")}`
  )
}

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

/** Where databases and their drivers differ. `readText` is the expression that reads a column of free text. */
export interface Dialect {
  readonly readText: (column: string) => string
}

/**
 * What the journal's store asks of a relational database, with `?` for each parameter.
 *
 * **Details**
 *
 * The column `id` must compare by the bytes of its UTF-8. The parameters are those of `SqlWrites.ts` and of the store's
 * reads: `events` takes topic, id, from, to and limit; `ids` topic and limit; `idsAfter` topic, after and limit; `expired`
 * topic, date and limit; `expiredAfter` topic, date, the date and the id to start after, and limit.
 */
export const statementsFor = (dialect: Dialect) => {
  const read = (columns: ReadonlyArray<string>): string =>
    columns.map((name) => (freeText.has(name) ? `${dialect.readText(name)} AS ${name}` : name)).join(", ")
  const expired = (more: string): string =>
    `SELECT ${read(["id", "expire_on"])} FROM journal_head WHERE topic = ? AND expire_on <= ? ${more}` +
    "ORDER BY journal_head.expire_on, journal_head.id LIMIT ?"
  return {
    putEvent: upsert("journal_event", ["topic", "id", "seq_nr"], ["record_id", ...eventColumns]),
    removeEvents: "DELETE FROM journal_event WHERE topic = ? AND id = ? AND seq_nr BETWEEN ? AND ?",
    events:
      `SELECT ${read(["seq_nr", ...eventColumns])} FROM journal_event ` +
      "WHERE topic = ? AND id = ? AND seq_nr BETWEEN ? AND ? ORDER BY seq_nr LIMIT ?",
    putHead: upsert("journal_head", ["topic", "id"], headColumns),
    removeHead: "DELETE FROM journal_head WHERE topic = ? AND id = ?",
    head: `SELECT ${read(headColumns)} FROM journal_head WHERE topic = ? AND id = ?`,
    ids: `SELECT ${read(["id"])} FROM journal_head WHERE topic = ? ORDER BY journal_head.id LIMIT ?`,
    idsAfter: `SELECT ${read(["id"])} FROM journal_head WHERE topic = ? AND id > ? ORDER BY journal_head.id LIMIT ?`,
    expired: expired(""),
    expiredAfter: expired("AND (expire_on, id) > (?, ?) "),
    addPointer:
      "INSERT INTO journal_pointer (topic, log_partition, log_offset) VALUES (?, ?, ?) " +
      "ON CONFLICT (topic, log_partition) DO NOTHING",
    movePointer: "UPDATE journal_pointer SET log_offset = ? WHERE topic = ? AND log_partition = ? AND log_offset = ?",
    pointer: "SELECT log_offset FROM journal_pointer WHERE topic = ? AND log_partition = ?"
  } as const
}

/** The name of one of the statements. */
export type StatementName = keyof ReturnType<typeof statementsFor>
