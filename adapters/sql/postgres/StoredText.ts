import { createHash } from "node:crypto"
import { shortenedText, utf8Length } from "../../../core/bytes/index.ts"

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

const digestOf = (utf8: Uint8Array): string => createHash("sha256").update(utf8).digest("hex")

/** An id as a part of a key: itself, or where it is too long its beginning and its digest. */
export const keyOf = (id: string): string => shortenedText(id, longestId, digestOf)

/** The id that has to be kept beside its key, since the key has only its beginning. */
export const wholeIdOf = (id: string): string | null => (utf8Length(id) <= longestId ? null : id)
