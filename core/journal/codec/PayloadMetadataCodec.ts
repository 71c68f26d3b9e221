import { getOrThrowWith } from "effect/Result"
import { EncodeError } from "../../bytes/index.ts"
import { checkedJson } from "./EncodeChecks.ts"
import { emptyPayloadMetadata } from "../model/Events.ts"
import type { PayloadMetadata } from "../model/Events.ts"
import { expireAfterMillis, parseExpireAfter } from "../model/ExpireAfter.ts"
import { invalidField, isAbsent, jsonInt64 } from "./JsonFields.ts"
import type { JsonField } from "./JsonFields.ts"
import { JsonCursor, jsonFields, jsonStringValue } from "./JsonText.ts"

const expectedDuration = "a duration as text or in whole milliseconds"

const expireAfterField = (field: JsonField): string | undefined => {
  const { raw } = field
  if (isAbsent(raw)) return undefined
  if (raw.startsWith(`"`)) {
    return getOrThrowWith(parseExpireAfter(jsonStringValue(raw)), () => invalidField(field, expectedDuration)).text
  }
  const millis = jsonInt64(raw)
  if (millis === undefined) throw invalidField(field, expectedDuration)
  return getOrThrowWith(expireAfterMillis(millis), () => invalidField(field, expectedDuration)).text
}

/** Reads the metadata of a record's value from its JSON text, throwing `JournalDecodeError` and `JsonSyntaxError`. */
export const readPayloadMetadata = (raw: string): PayloadMetadata => {
  if (raw === "{}") return emptyPayloadMetadata
  const cursor = new JsonCursor(raw)
  if (cursor.kind() !== "object") throw invalidField({ part: "value", name: "metadata", raw }, "an object")
  const fields = jsonFields(cursor)
  cursor.end()
  const data = fields.get("data")
  return {
    expireAfter: expireAfterField({ part: "value", name: "metadata.expireAfter", raw: fields.get("expireAfter") }),
    data: isAbsent(data) ? undefined : data
  }
}

/** Writes the metadata of a record's value as compact JSON text, throwing `EncodeError`. */
export const writePayloadMetadata = ({ expireAfter, data }: PayloadMetadata): string => {
  if (expireAfter === undefined && data === undefined) return "{}"
  const fields: Array<string> = []
  if (expireAfter !== undefined) {
    const parsed = getOrThrowWith(
      parseExpireAfter(expireAfter),
      ({ reason, text }) =>
        new EncodeError({
          reason: "InvalidValue",
          what: "metadata.expireAfter",
          detail: `"${text}" is not a duration such as \`30 days\` (${reason})`
        })
    )
    fields.push(`"expireAfter":${JSON.stringify(parsed.text)}`)
  }
  if (data !== undefined) fields.push(`"data":${checkedJson("metadata.data", data)}`)
  return `{${fields.join(",")}}`
}
