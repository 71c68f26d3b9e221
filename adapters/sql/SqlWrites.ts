import type { EventRecord, JournalHead, JournalKey, Payload, WriteStep } from "../../core/ports/index.ts"
import type { StatementName } from "./Statements.ts"

/** What a parameter of a statement, or a column of a row, can be. */
export type SqlValue = string | number | Uint8Array | null

/** One statement to run in the transaction of a write. */
export interface SqlWrite {
  readonly statement: StatementName
  readonly parameters: ReadonlyArray<SqlValue>
}

const payloadParameters = (payload: Payload | undefined): readonly [SqlValue, SqlValue, SqlValue] => {
  switch (payload?._tag) {
    case undefined:
      return [null, null, null]
    case "Binary":
      return ["binary", null, payload.bytes]
    case "Text":
      return ["text", payload.text, null]
    case "Json":
      return ["json", payload.text, null]
  }
}

/** The columns of an event's row, in the order of the statements' parameters. */
export const eventParameters = (key: JournalKey, recordId: string, event: EventRecord): ReadonlyArray<SqlValue> => [
  key.topic,
  key.id,
  event.seqNr,
  recordId,
  event.partition,
  event.offset,
  event.timestamp,
  event.origin ?? null,
  event.version ?? null,
  event.tags.length === 0 ? null : JSON.stringify(event.tags),
  event.headers.size === 0 ? null : JSON.stringify(Object.fromEntries(event.headers)),
  event.metadata.header ?? null,
  event.metadata.payload ?? null,
  event.metadata.expireAfter ?? null,
  ...payloadParameters(event.payload)
]

/** The columns of a head's row, in the order of the statements' parameters. */
export const headParameters = (key: JournalKey, head: JournalHead): ReadonlyArray<SqlValue> => [
  key.topic,
  key.id,
  head.partition,
  head.offset,
  head.seqNr,
  head.deleteTo,
  head.recordId,
  head.created,
  head.updated,
  head.expireAfter ?? null,
  head.expireOn ?? null,
  head.origin ?? null
]

/**
 * The statements that carry out a step, in their order.
 *
 * **Details**
 *
 * Those of `PutPointer` must change exactly one row; where they change none, the pointer does not stand where the step
 * says, and the transaction is to be rolled back as fenced.
 */
export const writesOf = (step: WriteStep): ReadonlyArray<SqlWrite> => {
  switch (step._tag) {
    case "PutEvents":
      return step.events.map((event) => ({
        statement: "putEvent",
        parameters: eventParameters(step.key, step.head.recordId, event)
      }))
    case "PutHead":
      return [{ statement: "putHead", parameters: headParameters(step.key, step.head) }]
    case "RemoveEvents":
      return [{ statement: "removeEvents", parameters: [step.key.topic, step.key.id, step.from, step.to] }]
    case "RemoveHead":
      return step.previous === undefined ? [] : [{ statement: "removeHead", parameters: [step.key.topic, step.key.id] }]
    case "PutPointer":
      return step.previous === undefined
        ? [{ statement: "addPointer", parameters: [step.topic, step.partition, step.offset] }]
        : [{ statement: "movePointer", parameters: [step.offset, step.topic, step.partition, step.previous] }]
  }
}
