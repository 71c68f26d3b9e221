import { encodeUtf8, utf8Length } from "./Utf8.ts"

/** Sorts after whatever else may follow the beginning of a shortened text. */
const shortened = "\u{10ffff}"

/**
 * The beginning that a text of more than `mostBytes` bytes shares with its shortened form: as many whole characters as fit
 * into so many bytes of UTF-8. `undefined` where the text is not shortened.
 */
export const beginningOf = (text: string, mostBytes: number): string | undefined => {
  if (utf8Length(text) <= mostBytes) return undefined
  let bytes = 0
  let length = 0
  for (const character of text) {
    bytes += utf8Length(character)
    if (bytes > mostBytes) break
    length += character.length
  }
  return text.slice(0, length)
}

/**
 * A text as a part of a key that has a greatest length: itself, or where it takes more than `mostBytes` bytes as UTF-8 its
 * beginning, a U+10FFFF and the digest of its UTF-8.
 *
 * **Details**
 *
 * Shortened texts sort as the texts do, by the bytes of their UTF-8, except that those of one beginning are in no order
 * among themselves. A shortened text takes more bytes than `mostBytes`, and is therefore never mistaken for one that is not;
 * it takes at most the digest's length and four more.
 *
 * **Gotchas**
 *
 * Stores keep these keys: what they look like must stay as it is.
 */
export const shortenedText = (text: string, mostBytes: number, digest: (utf8: Uint8Array) => string): string => {
  const beginning = beginningOf(text, mostBytes)
  return beginning === undefined ? text : `${beginning}${shortened}${digest(encodeUtf8(text))}`
}
