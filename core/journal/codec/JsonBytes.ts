import { isFailure } from "effect/Result"
import { decodeUtf8Strict } from "../../bytes/index.ts"
import { JsonSyntaxError } from "./JsonScan.ts"

/** Text in UTF-16 after its byte order mark; `high` is which byte of each pair is the higher one. */
const utf16Text = (bytes: Uint8Array, high: 0 | 1): string => {
  let text = ""
  for (let at = 2; at + 1 < bytes.length; at += 2) {
    text += String.fromCharCode((bytes[at + high]! << 8) | bytes[at + 1 - high]!)
  }
  return text
}

/**
 * The text of JSON bytes: UTF-8, with or without a byte order mark, or UTF-16 with one.
 *
 * **Details**
 *
 * Writers use plain UTF-8; the other forms are read because kafka-journal reads them.
 *
 * **Gotchas**
 *
 * Bytes that are neither throw `JsonSyntaxError`.
 */
export const jsonTextOf = (bytes: Uint8Array): string => {
  const first = bytes[0]
  const second = bytes[1]
  if (bytes.length % 2 === 0) {
    if (first === 0xfe && second === 0xff) return utf16Text(bytes, 0)
    if (first === 0xff && second === 0xfe) return utf16Text(bytes, 1)
  }
  const marked = first === 0xef && second === 0xbb && bytes[2] === 0xbf
  const text = decodeUtf8Strict(bytes, marked ? 3 : 0)
  if (isFailure(text)) throw new JsonSyntaxError(0, "text in UTF-8")
  return text.success
}
