import type { ExpiringJournal, JournalHead, JournalKey } from "../../core/ports/index.ts"
import type { FoundItem, Item } from "./Item.ts"
import { headKey, headSortKey } from "./Keys.ts"

const number = (value: number): { readonly N: string } => ({ N: String(value) })

const dayMs = 86_400_000

/**
 * The second since the epoch at which the day ends that a journal expires on, for DynamoDB's time to live; `undefined`
 * when `expireOn` is no date.
 */
const expireAt = (expireOn: string): number | undefined => {
  const day = Date.parse(`${expireOn}T00:00:00Z`)
  return Number.isNaN(day) ? undefined : (day + dayMs) / 1000
}

const optional = (name: string, value: string | undefined): Item =>
  value === undefined ? {} : { [name]: { S: value } }

const expiry = (expireOn: string | undefined): Item => {
  const at = expireOn === undefined ? undefined : expireAt(expireOn)
  return at === undefined ? {} : { expireAt: number(at) }
}

/** A place in the log of a topic. */
type LogPlace = Pick<JournalHead, "partition" | "offset">

/** What stands in a head's place says whose it is and how far it goes; `id` is written out where the key has only its beginning. */
const placed = (key: JournalKey, { offset, partition }: LogPlace, buckets: number): Item => {
  const { pk, sk } = headKey(key, buckets)
  return {
    pk: { S: pk },
    sk: { S: sk },
    ...(sk === headSortKey(key.id) ? {} : { id: { S: key.id } }),
    partition: number(partition),
    offset: number(offset)
  }
}

/** The item that holds a journal's head. */
export const headItem = (key: JournalKey, head: JournalHead, buckets: number): Item => {
  return {
    ...placed(key, head, buckets),
    seqNr: number(head.seqNr),
    deleteTo: number(head.deleteTo),
    recordId: { S: head.recordId },
    created: number(head.created),
    updated: number(head.updated),
    ...optional("expireAfter", head.expireAfter),
    ...optional("expireOn", head.expireOn),
    ...optional("origin", head.origin),
    ...expiry(head.expireOn)
  }
}

/** How long the marker of a purged journal is worth keeping, for whoever has DynamoDB remove what has had its time. */
const markerMs = 30 * dayMs

/**
 * The marker that takes the place of a journal's head which was purged at a place of the log: it keeps away the head that
 * a replicator which is out of date would begin the journal with.
 *
 * **Details**
 *
 * `writeId` names the write that has put it there, so that whoever has seen a marker can tell it from all others. `now` is
 * in milliseconds since the epoch.
 */
export const purgedItem = (key: JournalKey, at: LogPlace, buckets: number, writeId: string, now: number): Item => {
  return {
    ...placed(key, at, buckets),
    writeId: { S: writeId },
    purged: number(now),
    expireAt: number(Math.ceil((now + markerMs) / 1000))
  }
}

/** Whether an item in a head's place says that the journal was purged. */
export const isPurged = (item: FoundItem): boolean => item["purged"] !== undefined

/** The write that has put the marker of a purge there; throws a `TypeError` when the item does not say it. */
export const markerOf = (item: FoundItem): string => text(item, "writeId")

const integer = (item: FoundItem, name: string): number => {
  const value = Number(item[name]?.N)
  if (!Number.isSafeInteger(value)) throw new TypeError(`attribute ${name} is no integer up to 2^53 - 1`)
  return value
}

const optionalText = (item: FoundItem, name: string): string | undefined => {
  const value = item[name]
  if (value !== undefined && value.S === undefined) throw new TypeError(`attribute ${name} is no text`)
  return value?.S
}

const text = (item: FoundItem, name: string): string => {
  const value = optionalText(item, name)
  if (value === undefined) throw new TypeError(`attribute ${name} is missing`)
  return value
}

/** Decodes a head; throws a `TypeError` when the item is none. */
export const headOf = (item: FoundItem): JournalHead => ({
  partition: integer(item, "partition"),
  offset: integer(item, "offset"),
  seqNr: integer(item, "seqNr"),
  deleteTo: integer(item, "deleteTo"),
  recordId: text(item, "recordId"),
  created: integer(item, "created"),
  updated: integer(item, "updated"),
  expireAfter: optionalText(item, "expireAfter"),
  expireOn: optionalText(item, "expireOn"),
  origin: optionalText(item, "origin")
})

/** The id of the journal that a head's item belongs to; throws a `TypeError` when it has none. */
export const idOf = (item: FoundItem): string =>
  optionalText(item, "id") ?? text(item, "sk").slice(headSortKey("").length)

/** The id and the date of a head's item whose journal expires; throws a `TypeError` when it has none. */
export const expiringOf = (item: FoundItem): ExpiringJournal => ({ id: idOf(item), expireOn: text(item, "expireOn") })

/** The offset that a pointer's item holds; throws a `TypeError` when it holds none. */
export const pointerOf = (item: FoundItem): number => integer(item, "offset")
