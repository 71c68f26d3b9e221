import type { Result } from "effect/Result"
import { decodeUtf8, EncodeError, encodeUtf8, encodeWith } from "../../bytes/index.ts"
import type { LogRecord, NewRecord, RecordHeader } from "../../log/index.ts"
import type { Action, Append, Delete, Mark, PayloadType, Purge } from "../model/Action.ts"
import { checkedJson, checkedSeqNr } from "./EncodeChecks.ts"
import { JournalDecodeError, journalDecodeWith } from "./JournalDecodeError.ts"
import { jsonTextOf } from "./JsonBytes.ts"
import { invalidField, isAbsent, optionalStringField, readingJson, seqNrField, stringField } from "./JsonFields.ts"
import type { JsonField } from "./JsonFields.ts"
import { JsonCursor, jsonFields } from "./JsonText.ts"
import type { SeqRange } from "../model/SeqNr.ts"

/** The name of the header that makes a record a journal's. */
export const actionHeaderName = "journal.action"

type Fields = ReadonlyMap<string, string>

const field = (fields: Fields, container: string, name: string): JsonField => ({
  part: "header",
  name: `${container}.${name}`,
  raw: fields.get(name)
})

const readOrigin = (
  fields: Fields,
  container: string
): { origin: string | undefined; version: string | undefined } => ({
  origin: optionalStringField(field(fields, container, "origin")),
  version: optionalStringField(field(fields, container, "version"))
})

const readRange = (range: JsonField): SeqRange => {
  if (range.raw === undefined || !range.raw.startsWith("{")) throw invalidField(range, "an object with from and to")
  const ends = jsonFields(new JsonCursor(range.raw))
  const from = seqNrField(field(ends, range.name, "from"), "refuse")
  const to = seqNrField(field(ends, range.name, "to"), "refuse")
  if (from > to) throw invalidField(range, "a range whose from is not above its to")
  return { from, to }
}

const readPayloadType = (payloadType: JsonField): PayloadType => {
  const name = stringField(payloadType)
  if (name !== "binary" && name !== "json") throw invalidField(payloadType, `"binary" or "json"`)
  return name
}

/** `metadata.data`; metadata of any other form counts as none, as old writers had others. */
const readHeaderMetadata = (raw: string | undefined): string | undefined => {
  if (raw === undefined || raw === "{}" || !raw.startsWith("{")) return undefined
  const data = jsonFields(new JsonCursor(raw)).get("data")
  return isAbsent(data) ? undefined : data
}

const noHeaders: ReadonlyMap<string, string> = new Map()

/** The user's headers; of a repeated name the last value counts. */
const readUserHeaders = (headers: ReadonlyArray<RecordHeader>): ReadonlyMap<string, string> => {
  if (headers.length === 1) return noHeaders
  const texts = new Map<string, string>()
  for (const { name, value } of headers) {
    if (name !== actionHeaderName) texts.set(name, value === null ? "" : decodeUtf8(value))
  }
  return texts
}

interface Base {
  readonly journalId: string
  readonly timestamp: number
}

/** What the header of an append says. */
type AppendHeader = Pick<Append, "origin" | "version" | "range" | "payloadType" | "headerMetadata">

const appendOf = (header: AppendHeader, base: Base, { headers, value }: NewRecord): Append | undefined => {
  if (value === null) return undefined
  const { origin, version, range, payloadType, headerMetadata } = header
  return {
    _tag: "Append",
    journalId: base.journalId,
    timestamp: base.timestamp,
    origin,
    version,
    range,
    payloadType,
    headerMetadata,
    headers: readUserHeaders(headers),
    value
  }
}

const readAppend = (cursor: JsonCursor, base: Base, record: NewRecord): Append | undefined => {
  const fields = jsonFields(cursor)
  const range = readRange(field(fields, "append", "range"))
  const payloadType = readPayloadType(field(fields, "append", "payloadType"))
  const origin = readOrigin(fields, "append")
  const headerMetadata = readHeaderMetadata(fields.get("metadata"))
  return appendOf({ ...origin, range, payloadType, headerMetadata }, base, record)
}

/**
 * Reads the header of an append that is spelled as `writeAppend` and kafka-journal spell it, several times as fast as
 * `readHeader` and with the same outcome; `undefined` where it is spelled otherwise.
 */
const readPlainAppend = (text: string): AppendHeader | undefined => {
  const cursor = new JsonCursor(text)
  if (!cursor.take(`{"append":{"range":{"from":`)) return undefined
  const from = cursor.takeCount()
  if (from === 0 || !cursor.take(`,"to":`)) return undefined
  const to = cursor.takeCount()
  if (to < from || !cursor.take("}")) return undefined
  // Where a string is not plain the cursor stays before it, and what is to follow is not there.
  const origin = cursor.take(`,"origin":`) ? cursor.takePlainString() : undefined
  const version = cursor.take(`,"version":`) ? cursor.takePlainString() : undefined
  const isJson = cursor.take(`,"payloadType":"json","metadata":{`)
  if (!isJson && !cursor.take(`,"payloadType":"binary","metadata":{`)) return undefined
  const data = cursor.take(`"data":`) ? cursor.raw() : undefined
  if (!cursor.take("}}}") || !cursor.isAtEnd) return undefined
  const headerMetadata = isAbsent(data) ? undefined : data
  return { origin, version, range: { from, to }, payloadType: isJson ? "json" : "binary", headerMetadata }
}

const readMark = (cursor: JsonCursor, base: Base): Mark => {
  const fields = jsonFields(cursor)
  return { _tag: "Mark", ...base, ...readOrigin(fields, "mark"), id: stringField(field(fields, "mark", "id")) }
}

const readDelete = (cursor: JsonCursor, base: Base): Delete => {
  const fields = jsonFields(cursor)
  const to = seqNrField(field(fields, "delete", "to"), "saturate")
  return { _tag: "Delete", ...base, ...readOrigin(fields, "delete"), to }
}

const readPurge = (cursor: JsonCursor, base: Base): Purge => ({
  _tag: "Purge",
  ...base,
  ...readOrigin(jsonFields(cursor), "purge")
})

/** The known actions, in the order in which they are looked for. */
const readers: ReadonlyArray<
  readonly [name: string, read: (cursor: JsonCursor, base: Base, record: NewRecord) => Action | undefined]
> = [
  ["append", readAppend],
  ["mark", readMark],
  ["delete", readDelete],
  ["purge", readPurge]
]

/** The first known field that holds an object says which action it is; without one, the record is nobody's. */
const readHeader = (text: string, base: Base, record: NewRecord): Action | undefined => {
  const plain = readPlainAppend(text)
  if (plain !== undefined) return appendOf(plain, base, record)
  const cursor = new JsonCursor(text)
  if (cursor.kind() !== "object") {
    cursor.raw()
    cursor.end()
    return undefined
  }
  const objects = new Map<string, number>()
  cursor.open()
  for (let name = cursor.nextField(); name !== undefined; name = cursor.nextField()) {
    if (cursor.kind() === "object") objects.set(name, cursor.position)
    else objects.delete(name)
    cursor.raw()
  }
  cursor.end()
  for (const [name, read] of readers) {
    const position = objects.get(name)
    if (position === undefined) continue
    cursor.rewind(position)
    return read(cursor, base, record)
  }
  return undefined
}

const readAction = (key: Uint8Array, header: RecordHeader, record: LogRecord): Action | undefined => {
  const base = { journalId: decodeUtf8(key), timestamp: record.timestamp }
  const { value } = header
  try {
    if (value === null) throw invalidField({ part: "header", name: "", raw: "null" }, "JSON text")
    return readingJson("header", "", () => readHeader(jsonTextOf(value), base, record))
  } catch (error) {
    if (!(error instanceof JournalDecodeError)) throw error
    throw error.at({ offset: record.offset, journalId: base.journalId })
  }
}

/**
 * Reads what a record says, or `undefined` where it is not a journal's record.
 *
 * **Details**
 *
 * A record without a key, a timestamp or a `journal.action` header, an append without a value, and a header that is
 * JSON but names no known action are passed over. Of several `journal.action` headers the first counts; of several
 * actions in it the first of append, mark, delete and purge that is an object; of a repeated field the last. Numbers may
 * be written in any way that JSON allows (`1e3`), `null` is the same as a missing field, unknown fields are ignored.
 * The key is read with U+FFFD for what is not UTF-8. The bound of a delete beyond 2^53 - 1 is taken for 2^53 - 1, which
 * deletes the same; any other sequence number beyond it is an error.
 *
 * Only the header is read: decode `value` with `decodeEvents` where the events are wanted.
 *
 * **Gotchas**
 *
 * kafka-journal refuses an append with any other header that is null or not UTF-8, such as tracing agents add. Here a
 * null one is read as empty, and malformed bytes as U+FFFD.
 */
export const decodeAction = (record: LogRecord): Result<Action | undefined, JournalDecodeError> =>
  journalDecodeWith(() => {
    const { key, timestamp, headers } = record
    if (key === null || timestamp < 0) return undefined
    for (const header of headers) if (header.name === actionHeaderName) return readAction(key, header, record)
    return undefined
  })

const writeOptional = (name: string, value: string | undefined): string =>
  value === undefined ? "" : `,"${name}":${JSON.stringify(value)}`

const writeOrigin = ({ origin, version }: Action): string =>
  writeOptional("origin", origin) + writeOptional("version", version)

const writeRange = ({ from, to }: SeqRange): string => {
  if (from > to) {
    throw new EncodeError({ reason: "InvalidValue", what: "range", detail: `${from} is above ${to}` })
  }
  return `{"from":${checkedSeqNr("range.from", from)},"to":${checkedSeqNr("range.to", to)}}`
}

const writeAppend = (append: Append): string => {
  const { range, payloadType, headerMetadata } = append
  const data = headerMetadata === undefined ? "" : `"data":${checkedJson("headerMetadata", headerMetadata)}`
  const fields = `"range":${writeRange(range)}${writeOrigin(append)},"payloadType":"${payloadType}"`
  return `{"append":{${fields},"metadata":{${data}}}}`
}

const writeHeader = (action: Action): string => {
  switch (action._tag) {
    case "Append":
      return writeAppend(action)
    case "Mark":
      return `{"mark":{"id":${JSON.stringify(action.id)}${writeOrigin(action)}}}`
    case "Delete":
      return `{"delete":{"to":${checkedSeqNr("to", action.to)}${writeOrigin(action)}}}`
    case "Purge":
      return `{"purge":{${writeOrigin(action).slice(1)}}}`
  }
}

const writeUserHeader = ([name, value]: readonly [string, string]): RecordHeader => {
  if (name === actionHeaderName) {
    const detail = `${actionHeaderName} is the journal's own header`
    throw new EncodeError({ reason: "InvalidValue", what: "headers", detail })
  }
  return { name, value: encodeUtf8(value) }
}

/**
 * Writes an action as a record: its journal's id as the key, itself as the first header.
 *
 * **Details**
 *
 * Only an append has a value and further headers. The header's JSON is compact, in kafka-journal's order of fields;
 * `headerMetadata` is checked and then written as it stands. A user's header cannot be named `journal.action`.
 *
 * **Gotchas**
 *
 * The header metadata `null` reads back as none.
 */
export const encodeAction = (action: Action): Result<NewRecord, EncodeError> =>
  encodeWith(() => {
    const { journalId, timestamp } = action
    if (!Number.isSafeInteger(timestamp) || timestamp < 0) {
      const detail = `${timestamp} is not a whole number of milliseconds from 0`
      throw new EncodeError({ reason: "NumberOutOfRange", what: "timestamp", detail })
    }
    const headers: Array<RecordHeader> = [{ name: actionHeaderName, value: encodeUtf8(writeHeader(action)) }]
    if (action._tag === "Append") for (const userHeader of action.headers) headers.push(writeUserHeader(userHeader))
    return {
      timestamp,
      key: encodeUtf8(journalId),
      value: action._tag === "Append" ? action.value : null,
      headers
    }
  })
