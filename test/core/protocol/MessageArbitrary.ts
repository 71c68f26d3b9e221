import fc from "fast-check"
import { nilUuid } from "../../../core/bytes/index.ts"
import { apis } from "../../../core/protocol/index.ts"
import type { AnyField, Message } from "../../../core/protocol/index.ts"

const text = fc.string({ unit: "binary", maxLength: 6 })
const noBytes = new Uint8Array(0)

/** What decoding gives for a field that the version does not have. */
const absent = (field: AnyField): unknown => {
  const { node, presence } = field
  if (presence.fallback !== undefined) return presence.fallback
  if (presence.nullableSince !== Number.POSITIVE_INFINITY) return null
  switch (node.type) {
    case "boolean":
      return false
    case "string":
      return ""
    case "uuid":
      return nilUuid
    case "bytes":
      return noBytes
    case "array":
      return []
    case "struct":
      return Object.fromEntries(node.fields.map(([name, part]) => [name, absent(part)]))
    default:
      return 0
  }
}

const present = (field: AnyField, version: number): fc.Arbitrary<unknown> => {
  const { node } = field
  switch (node.type) {
    case "int8":
      return fc.integer({ min: -0x80, max: 0x7f })
    case "int16":
      return fc.integer({ min: -0x8000, max: 0x7fff })
    case "int32":
      return fc.integer()
    case "int64":
      return fc.maxSafeInteger()
    case "boolean":
      return fc.boolean()
    case "uuid":
      return fc.oneof(fc.uuid(), fc.constant(nilUuid))
    case "string":
      return text
    case "bytes":
      return fc.uint8Array({ maxLength: 6 })
    case "array":
      return fc.array(valueOf(node.element, version), { maxLength: 2 })
    case "struct":
      return fc.record(Object.fromEntries(node.fields.map(([name, part]) => [name, valueOf(part, version)])), {
        noNullPrototype: true
      })
  }
}

/** Any value of a field as decoding gives it in that version: every property is there, with its default if it is absent. */
export const valueOf = (field: AnyField, version: number): fc.Arbitrary<unknown> => {
  const { since, until, nullableSince } = field.presence
  if (version < since || version > until) return fc.constant(absent(field))
  return version >= nullableSince ? fc.option(present(field, version), { nil: null, freq: 4 }) : present(field, version)
}

/** Every message in each of its versions. */
export const everyVersion: ReadonlyArray<readonly [name: string, version: number, message: Message]> =
  Object.values<Message>(apis).flatMap((message) =>
    Array.from(
      { length: message.advertised.max - message.advertised.min + 1 },
      (_, i) => [message.name, message.advertised.min + i, message] as const
    )
  )
