import { decodeUtf8 } from "../../core/bytes/index.ts"
import type { EventRecord, ExpiringJournal, JournalHead, JournalKey, Payload } from "../../core/ports/index.ts"
import { corruptError, journalName } from "../../core/store/index.ts"

/** A row as a driver gives it: the values of its columns by their names; text may come as the bytes of its UTF-8. */
export type SqlRow = Readonly<Record<string, unknown>>

const nothing: ReadonlyArray<string> = []
const noHeaders: ReadonlyMap<string, string> = new Map()

const reject = (column: string, problem: string): never => {
  throw new TypeError(`column ${column} ${problem}`)
}

const integer = (row: SqlRow, column: string): number => {
  const value = row[column]
  return Number.isSafeInteger(value) ? (value as number) : reject(column, "holds no integer up to 2^53 - 1")
}

const text = (row: SqlRow, column: string): string => {
  const value = row[column]
  if (typeof value === "string") return value
  return value instanceof Uint8Array ? decodeUtf8(value) : reject(column, "holds no text")
}

const optionalText = (row: SqlRow, column: string): string | undefined =>
  row[column] === null ? undefined : text(row, column)

const bytes = (row: SqlRow, column: string): Uint8Array => {
  const value = row[column]
  return value instanceof Uint8Array ? value : reject(column, "holds no bytes")
}

const tagsOf = (row: SqlRow): ReadonlyArray<string> => {
  if (row["tags"] === null) return nothing
  const tags: unknown = JSON.parse(text(row, "tags"))
  return Array.isArray(tags) && tags.every((tag) => typeof tag === "string")
    ? tags
    : reject("tags", "holds no JSON array of texts")
}

const headersOf = (row: SqlRow): ReadonlyMap<string, string> => {
  if (row["headers"] === null) return noHeaders
  const headers: unknown = JSON.parse(text(row, "headers"))
  if (typeof headers !== "object" || headers === null) return reject("headers", "holds no JSON object")
  const entries = Object.entries(headers)
  return entries.every(([, value]) => typeof value === "string")
    ? new Map(entries)
    : reject("headers", "holds no JSON object of texts")
}

const payloadOf = (row: SqlRow): Payload | undefined => {
  switch (row["payload_type"]) {
    case null:
      return undefined
    case "binary":
      return { _tag: "Binary", bytes: bytes(row, "payload_binary") }
    case "text":
      return { _tag: "Text", text: text(row, "payload_text") }
    case "json":
      return { _tag: "Json", text: text(row, "payload_text") }
    default:
      return reject("payload_type", `holds ${JSON.stringify(row["payload_type"])}, which is no kind of payload`)
  }
}

/** Decodes with `decode`; a row that does not fit is `Corrupt`. */
const decoding = <A>(operation: string, what: string, row: SqlRow, decode: (row: SqlRow) => A): A => {
  try {
    return decode(row)
  } catch (cause) {
    throw corruptError(operation, what, "row", cause)
  }
}

/** Decodes a row of the statement `events`; throws a `JournalStoreError` of reason `Corrupt`. */
export const eventOf = (key: JournalKey, row: SqlRow): EventRecord =>
  decoding("events", `Event ${row["seq_nr"]} of ${journalName(key)}`, row, () => ({
    seqNr: integer(row, "seq_nr"),
    tags: tagsOf(row),
    payload: payloadOf(row),
    timestamp: integer(row, "timestamp"),
    partition: integer(row, "log_partition"),
    offset: integer(row, "log_offset"),
    origin: optionalText(row, "origin"),
    version: optionalText(row, "version"),
    metadata: {
      header: optionalText(row, "metadata_header"),
      payload: optionalText(row, "metadata_payload"),
      expireAfter: optionalText(row, "expire_after")
    },
    headers: headersOf(row)
  }))

/** Decodes a row of the statement `head`; throws a `JournalStoreError` of reason `Corrupt`. */
export const headOf = (key: JournalKey, row: SqlRow): JournalHead =>
  decoding("head", `The head of ${journalName(key)}`, row, () => ({
    partition: integer(row, "log_partition"),
    offset: integer(row, "log_offset"),
    seqNr: integer(row, "seq_nr"),
    deleteTo: integer(row, "delete_to"),
    recordId: text(row, "record_id"),
    created: integer(row, "created"),
    updated: integer(row, "updated"),
    expireAfter: optionalText(row, "expire_after"),
    expireOn: optionalText(row, "expire_on"),
    origin: optionalText(row, "origin")
  }))

/** Decodes a row of the statement `pointer`; throws a `JournalStoreError` of reason `Corrupt`. */
export const pointerOf = (topic: string, partition: number, row: SqlRow): number =>
  decoding("pointer", `The pointer of ${topic}-${partition}`, row, () => integer(row, "log_offset"))

/** Decodes a row of the statements `ids` and `idsAfter`; throws a `JournalStoreError` of reason `Corrupt`. */
export const idOf = (topic: string, row: SqlRow): string =>
  decoding("ids", `An id of topic ${topic}`, row, () => text(row, "id"))

/** Decodes a row of the statements `expired` and `expiredAfter`; throws a `JournalStoreError` of reason `Corrupt`. */
export const expiringOf = (topic: string, row: SqlRow): ExpiringJournal =>
  decoding("expired", `An id of topic ${topic}`, row, () => ({ id: text(row, "id"), expireOn: text(row, "expire_on") }))
