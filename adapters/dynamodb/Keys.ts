import { beginningOf, encodeUtf8, murmur2, sha256Hex, shortenedText } from "../../core/bytes/index.ts"
import type { JournalKey } from "../../core/ports/index.ts"

/** The primary key of an item: `pk` says where it is kept, `sk` in which order it is kept there. */
export interface ItemKey {
  readonly pk: string
  readonly sk: string
}

/** Texts of more bytes than this are shortened where they are part of a key, which may have 1024 bytes. */
const longestText = 900

/** The beginning that a text shares with its shortened form; `undefined` when the text is not shortened. */
export const sharedBeginningOf = (text: string): string | undefined => beginningOf(text, longestText)

/**
 * A text as a part of a key: itself, or where it is too long its beginning and its digest.
 *
 * **Details**
 *
 * Keys sort as their texts do, by the bytes of their UTF-8, except that shortened texts of one beginning are in no order
 * among themselves.
 */
export const keyText = (text: string): string => shortenedText(text, longestText, sha256Hex)

/** A text as a part of a key that another part follows. */
const segment = (text: string): string => keyText(text).replace(/[%/]/g, encodeURIComponent)

const digits = (value: number, length: number): string => String(value).padStart(length, "0")

const seqNrDigits = 16

/** The key of the one item that says which layout the table has. */
export const schemaKey: ItemKey = { pk: "schema", sk: "/" }

/** The key of a partition's pointer. */
export const pointerKey = (topic: string, partition: number): ItemKey => ({
  pk: `pointer/${segment(topic)}/${partition}`,
  sk: "/"
})

/** Where the heads of one bucket of a topic's journals are kept, in the order of the journals' ids. */
export const bucketOf = (topic: string, bucket: number): string => `head/${segment(topic)}/${bucket}`

/** The sort key of a head; also where reading the heads after a journal begins. */
export const headSortKey = (id: string): string => `/${id}`

/** The key of a journal's head, in a table with so many buckets. */
export const headKey = ({ topic, id }: JournalKey, buckets: number): ItemKey => ({
  pk: bucketOf(topic, (murmur2(encodeUtf8(id)) >>> 0) % buckets),
  sk: headSortKey(keyText(id))
})

/** Where the events of one journal are kept, in the order of their numbers. */
export const eventsOf = ({ topic, id }: JournalKey): string => `event/${segment(topic)}/${keyText(id)}`

/** Which part of which event an item holds; `incarnation` stands for the record id of the journal that it belongs to. */
export interface EventPlace {
  readonly seqNr: number
  readonly incarnation: string
  readonly part: number
}

/** What stands for a record id in the sort keys of its events. */
export const incarnationOf = (recordId: string): string => segment(recordId)

/** The sort key of a part of an event. */
export const eventSortKey = ({ incarnation, part, seqNr }: EventPlace): string =>
  `${digits(seqNr, seqNrDigits)}/${incarnation}${part === 0 ? "" : `/${digits(part, 6)}`}`

/** The sort keys between which all parts of the events from `from` to `to` are, both inclusive. */
export const eventRange = (from: number, to: number): readonly [string, string] => [
  `${digits(from, seqNrDigits)}/`,
  `${digits(to, seqNrDigits)}0`
]

/** What the sort key of an event's item says; `undefined` when it is none. */
export const eventPlace = (sk: string): EventPlace | undefined => {
  const [seqNr = "", incarnation, part = "0", more] = sk.split("/")
  if (seqNr.length !== seqNrDigits || incarnation === undefined || more !== undefined) return undefined
  const place = { seqNr: Number(seqNr), incarnation, part: Number(part) }
  return Number.isSafeInteger(place.seqNr) && Number.isSafeInteger(place.part) ? place : undefined
}
