import { eventColumns } from "./EventRow.ts"
import { headColumns } from "./HeadRow.ts"

/** The statements of a keyspace, with a question mark for each value. */
export type Statements = ReturnType<typeof statementsOf>

const marks = (columns: ReadonlyArray<string>): string => columns.map(() => "?").join(", ")

/** The name of a keyspace that needs no quotes. */
export const isKeyspaceName = (name: string): boolean => /^[a-zA-Z][a-zA-Z0-9_]{0,47}$/.test(name)

/** All statements about the rows of a keyspace's tables but those that make the tables. */
export const statementsOf = (keyspace: string) => {
  const journal = `${keyspace}.journal`
  const heads = `${keyspace}.metajournal`
  const pointers = `${keyspace}.pointer2`
  const settings = `${keyspace}.setting`
  const locks = `${keyspace}.locks`
  const segment = "id = ? AND topic = ? AND segment = ?"
  const events = `${segment} AND seq_nr >= ? AND seq_nr <= ?`
  const head = "topic = ? AND segment = ? AND id = ?"
  const headNames = ["topic", "segment", "id", ...headColumns]
  return {
    insertEvent: `INSERT INTO ${journal} (${eventColumns.join(", ")}) VALUES (${marks(eventColumns)})`,
    selectEvents: `SELECT ${eventColumns.join(", ")} FROM ${journal} WHERE ${events}`,
    selectFilled: `SELECT segment FROM ${journal} WHERE id = ? AND topic = ? AND segment IN ? PER PARTITION LIMIT 1`,
    deleteEvents: `DELETE FROM ${journal} WHERE ${events}`,
    deleteEventsBefore: `DELETE FROM ${journal} USING TIMESTAMP ? WHERE ${events}`,
    deleteSegment: `DELETE FROM ${journal} WHERE ${segment}`,
    selectHead: `SELECT ${headColumns.join(", ")}, WRITETIME(offset) AS written FROM ${heads} WHERE ${head}`,
    selectHeads: `SELECT segment, ${headColumns.join(", ")}, WRITETIME(offset) AS written FROM ${heads} WHERE topic = ? AND segment IN ? AND id = ?`,
    insertHead: `INSERT INTO ${heads} (${headNames.join(", ")}) VALUES (${marks(headNames)})`,
    updateHead: `UPDATE ${heads} SET ${headColumns.map((name) => `${name} = ?`).join(", ")} WHERE ${head}`,
    deleteHead: `DELETE FROM ${heads} WHERE ${head}`,
    deleteHeadBefore: `DELETE FROM ${heads} USING TIMESTAMP ? WHERE ${head}`,
    selectIdsFrom: `SELECT id, segment, expire_on FROM ${heads} WHERE topic = ? AND segment IN ? AND id >= ? PER PARTITION LIMIT ?`,
    selectIdsAfter: `SELECT id, segment, expire_on FROM ${heads} WHERE topic = ? AND segment IN ? AND id > ? PER PARTITION LIMIT ?`,
    selectPointer: `SELECT offset, updated, WRITETIME(offset) AS written FROM ${pointers} WHERE topic = ? AND partition = ?`,
    insertPointer: `INSERT INTO ${pointers} (topic, partition, offset, created, updated) VALUES (?, ?, ?, ?, ?) IF NOT EXISTS`,
    movePointer: `UPDATE ${pointers} SET offset = ?, updated = ? WHERE topic = ? AND partition = ? IF offset = ?`,
    forcePointer: `UPDATE ${pointers} USING TIMESTAMP ? SET offset = ?, updated = ? WHERE topic = ? AND partition = ?`,
    selectSetting: `SELECT value FROM ${settings} WHERE key = ?`,
    putSetting: `INSERT INTO ${settings} (key, value, timestamp, origin) VALUES (?, ?, ?, ?)`,
    takeLock: `INSERT INTO ${locks} (id, expiry_ms, timestamp, metadata) VALUES (?, ?, ?, ?) IF NOT EXISTS USING TTL ?`,
    selectLock: `SELECT metadata FROM ${locks} WHERE id = ?`,
    dropLock: `DELETE FROM ${locks} WHERE id = ? IF metadata = ?`
  } as const
}
