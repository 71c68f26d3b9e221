import { getOrThrow, isSuccess } from "effect/Result"
import {
  checkJson,
  expireAfterMillis,
  JsonCursor,
  jsonFields,
  jsonStringValue,
  parseExpireAfter
} from "../../core/journal/index.ts"
import type { RecordMetadata } from "../../core/ports/index.ts"

/**
 * What the column `metadata` of an event says: what the writer said about the record, and the tags in their order where the
 * column `tags`, which is a set, does not keep it.
 */
export interface EventMetadata {
  readonly metadata: RecordMetadata
  readonly tags: ReadonlyArray<string> | undefined
}

const nothing: RecordMetadata = { header: undefined, payload: undefined, expireAfter: undefined }
const plain: EventMetadata = { metadata: nothing, tags: undefined }
const plainText = `{"header":{},"payload":{}}`

const isJson = (text: string): boolean => isSuccess(checkJson(text))

const isDuration = (text: string): boolean => {
  const parsed = parseExpireAfter(text)
  return isSuccess(parsed) && parsed.success.text === text
}

/**
 * Encodes as kafka-journal does: `{"header":{"data":…},"payload":{"expireAfter":…,"data":…}}`.
 *
 * **Details**
 *
 * What has no place there, which kafka-journal never writes, is in a third field `odradek`, which kafka-journal passes
 * over: the order of tags, and texts that are no JSON or no duration.
 */
export const encodeMetadata = ({ metadata, tags }: EventMetadata): string => {
  const { expireAfter, header, payload } = metadata
  if (tags === undefined && expireAfter === undefined && header === undefined && payload === undefined) return plainText
  const own: Record<string, unknown> = { tags }
  const headerFields: Array<string> = []
  const payloadFields: Array<string> = []
  if (expireAfter !== undefined) {
    if (isDuration(expireAfter)) payloadFields.push(`"expireAfter":${JSON.stringify(expireAfter)}`)
    else own["expireAfter"] = expireAfter
  }
  if (header !== undefined) {
    if (isJson(header)) headerFields.push(`"data":${header}`)
    else own["header"] = header
  }
  if (payload !== undefined) {
    if (isJson(payload)) payloadFields.push(`"data":${payload}`)
    else own["payload"] = payload
  }
  const extra = JSON.stringify(own)
  return `{"header":{${headerFields.join()}},"payload":{${payloadFields.join()}}${extra === "{}" ? "" : `,"odradek":${extra}`}}`
}

const fieldsOf = (raw: string | undefined): ReadonlyMap<string, string> =>
  raw === undefined || raw === "null" ? new Map() : jsonFields(new JsonCursor(raw))

const durationText = (raw: string | undefined): string | undefined => {
  if (raw === undefined || raw === "null") return undefined
  const parsed = raw.startsWith(`"`) ? parseExpireAfter(jsonStringValue(raw)) : expireAfterMillis(BigInt(raw))
  return getOrThrow(parsed).text
}

const ownText = (own: ReadonlyMap<string, string>, name: string): string | undefined => {
  const raw = own.get(name)
  return raw === undefined ? undefined : jsonStringValue(raw)
}

const tagsOf = (raw: string | undefined): ReadonlyArray<string> | undefined => {
  if (raw === undefined) return undefined
  const tags: ReadonlyArray<unknown> = JSON.parse(raw) as ReadonlyArray<unknown>
  return tags.map(String)
}

/**
 * Decodes the column; a row without it has none. Throws where the text is none of the known forms.
 *
 * **Details**
 *
 * Old rows have the header's part alone: `{"data":…}`.
 */
export const decodeMetadata = (text: string | undefined): EventMetadata => {
  if (text === undefined || text === plainText) return plain
  const cursor = new JsonCursor(text)
  const fields = jsonFields(cursor)
  cursor.end()
  if (!fields.has("header") && !fields.has("payload")) {
    return { metadata: { ...nothing, header: fields.get("data") }, tags: undefined }
  }
  const payload = fieldsOf(fields.get("payload"))
  const own = fieldsOf(fields.get("odradek"))
  return {
    metadata: {
      header: fieldsOf(fields.get("header")).get("data") ?? ownText(own, "header"),
      payload: payload.get("data") ?? ownText(own, "payload"),
      expireAfter: durationText(payload.get("expireAfter")) ?? ownText(own, "expireAfter")
    },
    tags: tagsOf(own.get("tags"))
  }
}
