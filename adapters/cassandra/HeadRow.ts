import type { JournalHead } from "../../core/ports/index.ts"
import type { Cassandra } from "./CassandraModule.ts"
import { integer, optionalInteger, optionalShown, optionalText, optionalTime, textMap } from "./Columns.ts"
import type { Row } from "./Columns.ts"
import type { Value } from "./EventRow.ts"
import { durationOf, expireAfterOf } from "./ExpiryDuration.ts"
import { defaultSegmentSize, layoutNote } from "./Segments.ts"
import type { Layout } from "./Segments.ts"

/** The columns of a head that change, in the order in which {@link headValues} gives their values. */
export const headColumns = [
  "partition",
  "offset",
  "segment_size",
  "seq_nr",
  "delete_to",
  "created",
  "created_date",
  "updated",
  "expire_after",
  "expire_on",
  "record_id",
  "origin",
  "properties"
] as const

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** A record id as the tables keep it: a UUID; `undefined` for one that is none, and for that of a head without one. */
export const incarnationOf = (head: JournalHead | undefined): string | undefined =>
  head !== undefined && uuid.test(head.recordId) ? head.recordId : undefined

/** What has no column: a record id that is no UUID, and an expiry that is no duration. Nobody but a test has such. */
const propertiesOf = (head: JournalHead): ReadonlyMap<string, string> | undefined => {
  const properties = new Map<string, string>()
  const { expireAfter, recordId } = head
  if (recordId !== "" && incarnationOf(head) === undefined) properties.set("recordId", recordId)
  if (expireAfter !== undefined && durationOf(expireAfter) === undefined) properties.set("expireAfter", expireAfter)
  return properties.size === 0 ? undefined : properties
}

const dateOf = ({ types }: Cassandra, timeMs: number): Value => types.LocalDate.fromDate(new Date(timeMs))

const durationValue = ({ types }: Cassandra, expireAfter: string | undefined): Value => {
  const parts = expireAfter === undefined ? undefined : durationOf(expireAfter)
  if (parts === undefined) return undefined
  return new types.Duration(parts.months, parts.days, types.Long.fromString(String(parts.nanos)))
}

/** The value of a column that may be empty: none where it stays as it was, `null` where it is emptied. */
const changed = <A>(after: A | undefined, before: A | undefined, isNew: boolean, value: (after: A) => Value): Value => {
  if (after !== undefined) return isNew || after !== before ? value(after) : undefined
  return before === undefined ? undefined : null
}

/**
 * The values of a head's columns. With `previous` those that have not changed are left out, apart from what readers go
 * by, so that a head which another replicator has overwritten is whole again.
 */
export const headValues = (
  module: Cassandra,
  head: JournalHead,
  previous: JournalHead | undefined,
  { segmentSize }: Layout
): Array<Value> => {
  const { created, deleteTo, expireAfter, expireOn, offset, origin, partition, seqNr, updated } = head
  const isNew = previous === undefined
  const { LocalDate } = module.types
  const properties = propertiesOf(head)
  const hadProperties = previous !== undefined && propertiesOf(previous) !== undefined
  const isCreatedKnown = previous?.created === created
  return [
    partition,
    BigInt(offset),
    segmentSize,
    BigInt(seqNr),
    deleteTo > 0 ? BigInt(deleteTo) : (previous?.deleteTo ?? 0) > 0 ? null : undefined,
    isCreatedKnown ? undefined : new Date(created),
    isCreatedKnown ? undefined : dateOf(module, created),
    new Date(updated),
    changed(
      expireAfter,
      previous?.expireAfter,
      isNew,
      (text) => durationValue(module, text) ?? (isNew ? undefined : null)
    ),
    changed(expireOn, previous?.expireOn, isNew, (date) => LocalDate.fromString(date)),
    incarnationOf(head) ?? (incarnationOf(previous) === undefined ? undefined : null),
    changed(origin, previous?.origin, isNew, (name) => name),
    properties ?? (hadProperties ? null : undefined)
  ]
}

/** The driver's duration; its types do not tell its parts. */
interface DriverDuration {
  readonly months: number
  readonly days: number
  readonly nanoseconds: { readonly toString: () => string }
}

const expireAfterColumn = (row: Row): string | undefined => {
  const value = row["expire_after"] as DriverDuration | null | undefined
  if (value === null || value === undefined) return undefined
  const { days, months, nanoseconds } = value
  return expireAfterOf({ months, days, nanos: BigInt(nanoseconds.toString()) })
}

/**
 * Decodes a head; throws where the row is none. `headSegments` says where it was found.
 *
 * **Details**
 *
 * It is as lenient as kafka-journal: only the last number must be there. A head without a record id, which
 * kafka-journal makes of a delete and old versions made of everything, has an empty one.
 */
export const headOf = (row: Row, headSegments: number): JournalHead => {
  const properties = textMap(row, "properties")
  return {
    partition: optionalInteger(row, "partition") ?? 0,
    offset: optionalInteger(row, "offset") ?? 0,
    seqNr: integer(row, "seq_nr"),
    deleteTo: optionalInteger(row, "delete_to") ?? 0,
    recordId: optionalShown(row, "record_id") ?? properties.get("recordId") ?? "",
    created: optionalTime(row, "created") ?? 0,
    updated: optionalTime(row, "updated") ?? 0,
    expireAfter: expireAfterColumn(row) ?? properties.get("expireAfter"),
    expireOn: optionalShown(row, "expire_on"),
    origin: optionalText(row, "origin"),
    layout: layoutNote({ segmentSize: optionalInteger(row, "segment_size") ?? defaultSegmentSize, headSegments })
  }
}
