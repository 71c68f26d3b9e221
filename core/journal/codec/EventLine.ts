import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import type { EventRecord, Payload } from "../../ports/index.ts"
import { parseExpireAfter } from "../model/ExpireAfter.ts"
import { isTooDeepToWrite } from "./JsonDepth.ts"
import { checkJson, JsonCursor, jsonStringValue } from "./JsonText.ts"
import { isSeqNr } from "../model/SeqNr.ts"

/** What all events of one record share. `metadata` is any JSON value. */
export interface RecordFields {
  readonly metadata?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly expireAfter?: string
}

/** One event as a line of JSON has it. */
export interface EventLine {
  readonly seqNr: number | undefined
  readonly payload: Payload | undefined
  readonly tags: ReadonlyArray<string>
  readonly record: RecordFields
}

const payloadFields = ["payload", "text", "binary"]

const recordFields = ["metadata", "headers", "expireAfter"]

/** What is read from a line; `partition`, `timestamp` and `offset` are where an event was, and are passed over. */
const fields = [...payloadFields, "tags", ...recordFields, "seqNr", "timestamp", "offset"]

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

const isTexts = (value: unknown): value is ReadonlyArray<string> =>
  Array.isArray(value) && value.every((each) => typeof each === "string")

const isHeaders = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && isTexts(Object.values(value))

type Raw = ReadonlyMap<string, string>

const rawFields = (text: string, known: ReadonlyArray<string>): Result.Result<Raw, string> => {
  const checked = checkJson(text)
  if (Result.isFailure(checked)) {
    const { expected, position } = checked.failure
    return Result.fail(`is not JSON: at character ${position + 1} should be ${expected}`)
  }
  const cursor = new JsonCursor(text)
  if (cursor.kind() !== "object") return Result.fail('is not an object: write {"payload": …}')
  const raw = new Map<string, string>()
  cursor.open()
  for (let name = cursor.nextField(); name !== undefined; name = cursor.nextField()) {
    if (!known.includes(name)) {
      return Result.fail(`has a field ${JSON.stringify(name)}, which means nothing here: there are ${known.join(", ")}`)
    }
    if (raw.has(name)) return Result.fail(`has the field "${name}" twice`)
    raw.set(name, cursor.raw())
  }
  return Result.succeed(raw)
}

const payloadOf = (raw: Raw): Result.Result<Payload | undefined, string> => {
  const present = payloadFields.filter((name) => raw.has(name))
  if (present.length > 1) return Result.fail(`has ${present.join(" and ")}: an event has one of them`)
  const json = raw.get("payload")
  if (json !== undefined) return Result.succeed({ _tag: "Json", text: json })
  const [name] = present
  if (name === undefined) return Result.succeed(undefined)
  const value = raw.get(name) ?? ""
  if (!value.startsWith('"')) return Result.fail(`has a "${name}" that is no string`)
  const text = jsonStringValue(value)
  if (name === "text") return Result.succeed({ _tag: "Text", text })
  const bytes = base64.test(text) ? Base64.decode(text) : undefined
  return bytes !== undefined && Result.isSuccess(bytes)
    ? Result.succeed({ _tag: "Binary", bytes: bytes.success })
    : Result.fail('has a "binary" that is not base64')
}

/** A field's value, where it is there. */
const parsed = (raw: Raw, name: string): unknown => {
  const text = raw.get(name)
  return text === undefined ? undefined : JSON.parse(text)
}

const durationOf = (raw: Raw): Result.Result<string | undefined, string> => {
  const text = parsed(raw, "expireAfter")
  if (text === undefined) return Result.succeed(undefined)
  if (typeof text !== "string") return Result.fail('has an "expireAfter" that is no string')
  const read = parseExpireAfter(text)
  if (Result.isSuccess(read)) return Result.succeed(text)
  const { reason, text: shown } = read.failure
  const why = reason === "TooLarge" ? "longer than 292 years" : "no duration"
  return Result.fail(
    `has the "expireAfter" ${JSON.stringify(shown)}, which is ${why}: write a number and a unit, such as "30 days"`
  )
}

const recordOf = (raw: Raw): Result.Result<RecordFields, string> => {
  const headers = parsed(raw, "headers")
  if (headers !== undefined && !isHeaders(headers))
    return Result.fail('has "headers" that are not an object of strings')
  const duration = durationOf(raw)
  if (Result.isFailure(duration)) return Result.fail(duration.failure)
  const expireAfter = duration.success
  const metadata = parsed(raw, "metadata")
  if (isTooDeepToWrite(raw.get("metadata") ?? "", metadata)) {
    return Result.fail('has "metadata" that is nested too deep: nest it less, or make it the payload')
  }
  return Result.succeed({
    ...(metadata === undefined ? {} : { metadata }),
    ...(headers === undefined ? {} : { headers }),
    ...(expireAfter === undefined ? {} : { expireAfter })
  })
}

/** Reads what all events of a record share from a JSON object; a failure is a phrase that completes "the record …". */
export const parseRecordFields = (text: string): Result.Result<RecordFields, string> =>
  Result.flatMap(rawFields(text, recordFields), recordOf)

/**
 * Reads one event from a line of JSON; a failure is a phrase that completes "line 7 …".
 *
 * **Details**
 *
 * The text of `payload` is kept as it stands: no number in it is read and written again. `text` is a payload that is text
 * and not JSON, `binary` one of bytes, as base64. What the line says of the place where the event was (`timestamp`,
 * `offset`) is passed over, so that what was read can be appended.
 */
export const parseEventLine = (text: string): Result.Result<EventLine, string> => {
  const found = rawFields(text, fields)
  if (Result.isFailure(found)) return Result.fail(found.failure)
  const raw = found.success
  const payload = payloadOf(raw)
  if (Result.isFailure(payload)) return Result.fail(payload.failure)
  const tags = raw.has("tags") ? parsed(raw, "tags") : []
  if (!isTexts(tags)) return Result.fail('has "tags" that are not an array of strings')
  const record = recordOf(raw)
  if (Result.isFailure(record)) return Result.fail(record.failure)
  const seqNr = parsed(raw, "seqNr")
  if (seqNr !== undefined && (typeof seqNr !== "number" || !isSeqNr(seqNr))) {
    return Result.fail('has a "seqNr" that is no whole number from 1')
  }
  return Result.succeed({ seqNr, payload: payload.success, tags, record: record.success })
}

/** An event as it is read from a journal. */
export interface ReadEvent extends Pick<EventRecord, "seqNr" | "tags" | "timestamp" | "offset" | "headers"> {
  readonly payload: Payload | undefined
  readonly metadata: unknown
  readonly expireAfter: string | undefined
}

/** The payload's field, with its name. Line feeds between the tokens of JSON become spaces. */
const payloadField = (payload: Payload): string => {
  switch (payload._tag) {
    case "Json":
      return `,"payload":${payload.text.replace(/[\r\n]/g, " ")}`
    case "Text":
      return `,"text":${JSON.stringify(payload.text)}`
    case "Binary":
      return `,"binary":"${Base64.encode(payload.bytes)}"`
  }
}

/** An event as a line of JSON, without its line feed; what is absent or empty is left out. */
export const formatEventLine = (event: ReadEvent): string => {
  const { expireAfter, headers, metadata, offset, payload, seqNr, tags, timestamp } = event
  let line = `{"seqNr":${seqNr}`
  if (payload !== undefined) line += payloadField(payload)
  if (tags.length > 0) line += `,"tags":${JSON.stringify(tags)}`
  if (metadata !== undefined) line += `,"metadata":${JSON.stringify(metadata)}`
  if (headers.size > 0) line += `,"headers":${JSON.stringify(Object.fromEntries(headers))}`
  if (expireAfter !== undefined) line += `,"expireAfter":${JSON.stringify(expireAfter)}`
  return `${line},"timestamp":${timestamp},"offset":${offset}}`
}
