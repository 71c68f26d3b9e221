import { fail, succeed } from "effect/Result"
import type { Result } from "effect/Result"
import { DecodeError } from "./DecodeError.ts"

// The only platform classes that core uses; every run-time has them.
declare const TextEncoder: new () => {
  encode(text: string): Uint8Array
  encodeInto(text: string, target: Uint8Array): { readonly read: number; readonly written: number }
}
declare const TextDecoder: new (
  label: "utf-8",
  options: { readonly fatal: boolean; readonly ignoreBOM: boolean }
) => { decode(bytes: Uint8Array): string }

/** Of ES2024, and in every run-time that core runs in. */
type Text = string & { readonly isWellFormed: () => boolean }

const encoder = new TextEncoder()
const lenient = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true })
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Below this length a plain loop is faster than the platform's decoder. */
const shortLength = 24

/** The text of short ASCII bytes, or `undefined` when they are long or not ASCII. */
const shortAscii = (bytes: Uint8Array, start: number, end: number): string | undefined => {
  if (end - start > shortLength) return undefined
  let text = ""
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    if (byte > 0x7f) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}

/** Whether UTF-8 can hold the text: no half of a surrogate pair stands alone in it. */
export const isWellFormed = (text: string): boolean => (text as Text).isWellFormed()

/** How many bytes the text takes in UTF-8. */
export const utf8Length = (text: string): number => {
  let length = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit <= 0x7f) continue
    length += unit <= 0x7ff ? 1 : 2
    // A pair of surrogates takes four bytes together; a lone one becomes U+FFFD, which takes three.
    if (unit >= 0xd800 && unit <= 0xdbff) {
      const next = text.charCodeAt(i + 1)
      if (next >= 0xdc00 && next <= 0xdfff) i++
    }
  }
  return length
}

/**
 * Encodes text into `target` from `position` on and returns the number of bytes written.
 *
 * **Gotchas**
 *
 * The target must have room for three bytes for each UTF-16 code unit, or the text is cut.
 */
export const encodeUtf8Into = (text: string, target: Uint8Array, position: number): number => {
  if (text.length <= shortLength) {
    let i = 0
    for (; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit > 0x7f) break
      target[position + i] = unit
    }
    if (i === text.length) return i
  }
  return encoder.encodeInto(text, target.subarray(position)).written
}

/** Texts of up to this length are encoded side by side into pages: memory for each alone costs more than the encoding. */
const sharingLength = 1024
const pageSize = 16 * 1024
let page = new Uint8Array(pageSize)
let pageUsed = 0

/**
 * Encodes text as UTF-8; a lone surrogate becomes U+FFFD.
 *
 * **Gotchas**
 *
 * The bytes of a short text are a view of a page that holds others too: take a copy (`slice`) of what is kept for long,
 * and never look at its `buffer` without its offset and length.
 */
export const encodeUtf8 = (text: string): Uint8Array => {
  if (text.length > sharingLength) return encoder.encode(text)
  if (pageUsed + 3 * text.length > page.length) {
    page = new Uint8Array(pageSize)
    pageUsed = 0
  }
  const start = pageUsed
  pageUsed += encodeUtf8Into(text, page, start)
  return page.subarray(start, pageUsed)
}

/** Decodes UTF-8; each malformed sequence becomes U+FFFD, and a byte order mark is kept. */
export const decodeUtf8 = (bytes: Uint8Array, start = 0, end = bytes.length): string =>
  shortAscii(bytes, start, end) ?? lenient.decode(bytes.subarray(start, end))

/** Decodes UTF-8, refusing malformed bytes with `InvalidValue`; a byte order mark is kept. */
export const decodeUtf8Strict = (bytes: Uint8Array, start = 0, end = bytes.length): Result<string, DecodeError> => {
  const ascii = shortAscii(bytes, start, end)
  if (ascii !== undefined) return succeed(ascii)
  try {
    return succeed(strict.decode(bytes.subarray(start, end)))
  } catch {
    return fail(
      new DecodeError({
        reason: "InvalidValue",
        position: start,
        what: "text",
        detail: "the bytes are not valid UTF-8"
      })
    )
  }
}
