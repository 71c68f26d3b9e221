import * as Result from "effect/Result"
import type { EventRecord, JournalHead, Payload } from "../../ports/index.ts"
import type { ExpectedEvents, ExpectedJournal } from "./ExpectedJournals.ts"
import { parseExpireAfter } from "../model/ExpireAfter.ts"

/** A field that a store has otherwise than the log says; both as text. */
export interface FieldDifference {
  readonly field: string
  readonly log: string
  readonly store: string
}

/**
 * What a store has otherwise than the log says.
 *
 * - `PointerBeyondLog`: the store claims records that the log does not have yet: it belongs to another log
 * - `PointerBelowLog`: the log has lost records, from `from` to `to`, that were never replicated to this store
 * - `JournalMissing`: the store has no head of a journal that exists; `offset` is its last record
 * - `JournalUnexpected`: the store has a head of a journal that the log has purged, or has never had
 * - `HeadBehind`, `HeadAhead`: the head is of an older or a younger record than the journal's last one, `offset`
 * - `HeadDiffers`: the head is of the right record, and has other fields than that
 * - `EventMissing`: an event of the record at `offset` is not in the store
 * - `EventDiffers`: it is there, and has other fields
 * - `EventDoubled`: the store has several events of this number
 * - `EventUnexpected`: the store has an event that was deleted or is below its journal's beginning, whose journal was
 *   purged, that is above its journal's last number, or that the log does not have among its neighbours
 */
export type Difference = { readonly topic: string; readonly partition: number } & (
  | { readonly _tag: "PointerBeyondLog"; readonly pointer: number; readonly logEnd: number }
  | { readonly _tag: "PointerBelowLog"; readonly from: number; readonly to: number }
  | ({ readonly id: string } & JournalDifference)
)

/** What a store has otherwise of one journal. */
export type JournalDifference =
  | { readonly _tag: "JournalMissing"; readonly offset: number }
  | { readonly _tag: "JournalUnexpected"; readonly offset: number }
  | { readonly _tag: "HeadBehind" | "HeadAhead"; readonly offset: number; readonly store: number }
  | { readonly _tag: "HeadDiffers"; readonly offset: number; readonly fields: ReadonlyArray<FieldDifference> }
  | { readonly _tag: "EventMissing"; readonly seqNr: number; readonly offset: number }
  | {
      readonly _tag: "EventDiffers"
      readonly seqNr: number
      readonly offset: number
      readonly fields: ReadonlyArray<FieldDifference>
    }
  | { readonly _tag: "EventDoubled"; readonly seqNr: number }
  | {
      readonly _tag: "EventUnexpected"
      readonly seqNr: number
      readonly offset: number
      readonly why: "deleted" | "purged" | "beyond" | "unknown"
    }

const text = (value: string | number | undefined): string => (value === undefined ? "none" : String(value))

const same = (length: string | undefined, other: string | undefined): boolean => {
  if (length === undefined || other === undefined) return length === other
  const [one, two] = [parseExpireAfter(length), parseExpireAfter(other)]
  return Result.isSuccess(one) && Result.isSuccess(two) && one.success.nanos === two.success.nanos
}

/**
 * The number up to which there are no events, as far as the range tells it: from, and to. Where nothing is deleted, any
 * below the journal's first number says the same: heads were written that do not tell where their journal begins.
 */
const deletedBounds = ({ first, isWhole }: ExpectedJournal, head: JournalHead): readonly [number, number] => {
  const { deleteTo } = head
  if (isWhole) return [deleteTo + 1 === first ? 0 : deleteTo, deleteTo]
  if (first === undefined) return [deleteTo, Infinity]
  return [deleteTo, Math.max(deleteTo, first - 1)]
}

const headFields = (
  expected: ExpectedJournal,
  log: JournalHead,
  store: JournalHead
): ReadonlyArray<FieldDifference> => {
  const fields: Array<FieldDifference> = []
  const compare = (field: "partition" | "seqNr" | "recordId" | "created" | "updated" | "expireOn" | "origin") => {
    if (log[field] !== store[field]) fields.push({ field, log: text(log[field]), store: text(store[field]) })
  }
  compare("partition")
  compare("updated")
  // What was before the range may have gone further: of two writers of one number the first one counts.
  const least = expected.isWhole ? log.seqNr : Math.max(log.seqNr, store.seqNr)
  if (store.seqNr !== least) compare("seqNr")
  const [from, to] = deletedBounds(expected, log)
  if (store.deleteTo < from || store.deleteTo > to) {
    const bounds = from === to ? String(from) : `${from} to ${to}`
    fields.push({ field: "deleteTo", log: bounds, store: text(store.deleteTo) })
  }
  if (expected.isWhole) {
    compare("recordId")
    compare("created")
    compare("origin")
  }
  if (expected.isWhole || expected.first !== undefined) {
    compare("expireOn")
    if (!same(log.expireAfter, store.expireAfter)) {
      fields.push({ field: "expireAfter", log: text(log.expireAfter), store: text(store.expireAfter) })
    }
  }
  return fields
}

const headFieldNames = ["partition", "updated", "seqNr", "deleteTo", "recordId", "created", "origin", "expireOn"]

/** What is wrong with the head that a store has of a journal. */
export const compareHead = (
  expected: ExpectedJournal,
  store: JournalHead | undefined
): JournalDifference | undefined => {
  const { head } = expected
  if (head === undefined) return store === undefined ? undefined : { _tag: "JournalUnexpected", offset: store.offset }
  const { offset } = head
  if (store === undefined) return { _tag: "JournalMissing", offset }
  if (store.offset !== offset) {
    return { _tag: store.offset < offset ? "HeadBehind" : "HeadAhead", offset, store: store.offset }
  }
  const fields = headFields(expected, head, store)
  return fields.length === 0 ? undefined : { _tag: "HeadDiffers", offset, fields }
}

const payloadText = (payload: Payload | undefined): string => {
  if (payload === undefined) return "none"
  return payload._tag === "Binary" ? `Binary ${payload.bytes.join()}` : `${payload._tag} ${payload.text}`
}

const headersText = (headers: ReadonlyMap<string, string>): string =>
  JSON.stringify([...headers].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)))

const eventFields: ReadonlyArray<readonly [field: string, of: (event: EventRecord) => string]> = [
  ["payload", ({ payload }) => payloadText(payload)],
  ["tags", ({ tags }) => JSON.stringify([...tags].sort())],
  ["timestamp", ({ timestamp }) => text(timestamp)],
  ["partition", ({ partition }) => text(partition)],
  ["offset", ({ offset }) => text(offset)],
  ["origin", ({ origin }) => text(origin)],
  ["version", ({ version }) => text(version)],
  ["metadata", ({ metadata }) => text(metadata.payload)],
  ["headerMetadata", ({ metadata }) => text(metadata.header)],
  ["expireAfter", ({ metadata }) => text(metadata.expireAfter)],
  ["headers", ({ headers }) => headersText(headers)]
]

/** The fields of heads and events that are compared, beside the offsets and numbers that say which ones these are. */
export const comparedFields: ReadonlySet<string> = new Set([...headFieldNames, ...eventFields.map(([field]) => field)])

const shownLength = 200

const shown = (value: string): string => (value.length > shownLength ? `${value.slice(0, shownLength)}…` : value)

/** The fields in which two events of one number differ. */
export const compareEvent = (log: EventRecord, store: EventRecord): ReadonlyArray<FieldDifference> =>
  eventFields.flatMap(([field, of]) => {
    const [one, other] = [of(log), of(store)]
    return one === other ? [] : [{ field, log: shown(one), store: shown(other) }]
  })

/**
 * What is wrong with the events that a store has between two numbers.
 *
 * **Details**
 *
 * Numbers up to `deleteTo` are not looked at. With `from`, the range begins at that offset and may have taken up a journal
 * in the middle of its life: what the store has from before it is left alone.
 */
export const compareEvents = (
  { above, events, to }: ExpectedEvents,
  store: ReadonlyArray<EventRecord>,
  { deleteTo, from }: { readonly deleteTo: number; readonly from: number }
): ReadonlyArray<JournalDifference> => {
  const differences: Array<JournalDifference> = []
  const stored = new Map<number, EventRecord>()
  for (const event of store) {
    if (event.seqNr <= Math.max(above, deleteTo) || event.seqNr > to) continue
    if (stored.has(event.seqNr)) differences.push({ _tag: "EventDoubled", seqNr: event.seqNr })
    else stored.set(event.seqNr, event)
  }
  for (const event of events) {
    const { offset, seqNr } = event
    if (seqNr <= deleteTo) continue
    const found = stored.get(seqNr)
    stored.delete(seqNr)
    if (found === undefined) differences.push({ _tag: "EventMissing", seqNr, offset })
    else if (found.offset >= from) {
      const fields = compareEvent(event, found)
      if (fields.length > 0) differences.push({ _tag: "EventDiffers", seqNr, offset, fields })
    }
  }
  for (const { offset, seqNr } of stored.values()) {
    if (offset >= from) differences.push({ _tag: "EventUnexpected", seqNr, offset, why: "unknown" })
  }
  return differences
}
