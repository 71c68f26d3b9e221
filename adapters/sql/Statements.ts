/** Columns of an event beside its key, in the order of the statements' parameters. */
const eventColumns = [
  "record_id",
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

/**
 * What the journal's store asks of a relational database, with `?` for each parameter.
 *
 * **Details**
 *
 * Nothing here is peculiar to one database, but the order of `ids`: the column `id` must compare by the bytes of its
 * UTF-8. The parameters are those of `SqlWrites.ts` and of the store's reads: `events` takes topic, id, from, to and
 * limit; `ids` topic and limit; `idsAfter` topic, after and limit.
 */
export const statements = {
  putEvent: upsert("journal_event", ["topic", "id", "seq_nr"], eventColumns),
  removeEvents: "DELETE FROM journal_event WHERE topic = ? AND id = ? AND seq_nr BETWEEN ? AND ?",
  events:
    `SELECT seq_nr, ${eventColumns.join(", ")} FROM journal_event ` +
    "WHERE topic = ? AND id = ? AND seq_nr BETWEEN ? AND ? ORDER BY seq_nr LIMIT ?",
  putHead: upsert("journal_head", ["topic", "id"], headColumns),
  removeHead: "DELETE FROM journal_head WHERE topic = ? AND id = ?",
  head: `SELECT ${headColumns.join(", ")} FROM journal_head WHERE topic = ? AND id = ?`,
  ids: "SELECT id FROM journal_head WHERE topic = ? ORDER BY id LIMIT ?",
  idsAfter: "SELECT id FROM journal_head WHERE topic = ? AND id > ? ORDER BY id LIMIT ?",
  addPointer:
    "INSERT INTO journal_pointer (topic, log_partition, log_offset) VALUES (?, ?, ?) " +
    "ON CONFLICT (topic, log_partition) DO NOTHING",
  movePointer: "UPDATE journal_pointer SET log_offset = ? WHERE topic = ? AND log_partition = ? AND log_offset = ?",
  pointer: "SELECT log_offset FROM journal_pointer WHERE topic = ? AND log_partition = ?"
} as const

/** The name of one of the {@link statements}. */
export type StatementName = keyof typeof statements
