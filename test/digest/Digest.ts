import { encodeUtf8, sha256Hex } from "../../core/bytes/index.ts"

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")

/**
 * Plain data as a text that is another for other data: bytes, maps, sets, big numbers and what is absent are told apart.
 * Of an error its tag and its message count, never its stack.
 */
export const textOf = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value)
    case "number":
      return Object.is(value, -0) ? "-0" : String(value)
    case "bigint":
      return `${value}n`
    case "object":
      return objectText(value)
    default:
      return String(value)
  }
}

const objectText = (value: object | null): string => {
  if (value === null) return "null"
  if (value instanceof Uint8Array) return `bytes(${hexOf(value)})`
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`
  if (value instanceof Map) return `map(${[...value].map(textOf).join()})`
  if (value instanceof Set) return `set(${[...value].map(textOf).join()})`
  if (value instanceof Error) return `error(${value.name}: ${value.message})`
  return `{${Object.entries(value)
    .map(([name, each]) => `${name}:${textOf(each)}`)
    .join()}}`
}

/** The digest of plain data: 16 hexadecimal digits. */
export const digestOf = (value: unknown): string => sha256Hex(encodeUtf8(textOf(value))).slice(0, 16)
