import { createHash } from "node:crypto"
import { encodeUtf8, utf8Length } from "../../../core/bytes/index.ts"

/**
 * A text as PostgreSQL keeps it: U+0000, which its texts cannot hold, is U+0001 U+0002, and U+0001 is U+0001 U+0003.
 *
 * **Details**
 *
 * Stored texts are equal, and sort by the bytes of their UTF-8, as the texts themselves do.
 */
export const storedText = (text: string): string =>
  text.includes("\u0000") || text.includes("\u0001")
    ? text.replaceAll("\u0001", "\u0001\u0003").replaceAll("\u0000", "\u0001\u0002")
    : text

/** The text that is kept as this one. */
export const textOf = (stored: string): string =>
  stored.includes("\u0001") ? stored.replaceAll("\u0001\u0002", "\u0000").replaceAll("\u0001\u0003", "\u0001") : stored

/** Ids of more bytes than this are shortened where they are part of a key: a row of an index has up to 2704 bytes. */
const longestId = 1000

/** Sorts after whatever else may follow the beginning of a shortened id. */
const shortened = "\u{10ffff}"

/** The longest beginning of a text that has at most so many bytes as UTF-8. */
const beginningOf = (text: string, most: number): string => {
  let bytes = 0
  let length = 0
  for (const character of text) {
    bytes += utf8Length(character)
    if (bytes > most) break
    length += character.length
  }
  return text.slice(0, length)
}

/**
 * An id as a part of a key: itself, or where it is too long its beginning and its digest. A shortened id is longer than any
 * that is not, so that the two are never mistaken for each other.
 */
export const keyOf = (id: string): string =>
  utf8Length(id) <= longestId
    ? id
    : `${beginningOf(id, longestId)}${shortened}${createHash("sha256").update(encodeUtf8(id)).digest("hex")}`

/** The id that has to be kept beside its key, since the key has only its beginning. */
export const wholeIdOf = (id: string): string | null => (utf8Length(id) <= longestId ? null : id)
