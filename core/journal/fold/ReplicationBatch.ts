import * as Result from "effect/Result"
import type { LogRecord } from "../../log/index.ts"
import type { LogPage } from "../../ports/index.ts"
import { decodeAction } from "../codec/ActionCodec.ts"
import { eventRecords } from "../codec/EventRecords.ts"
import type { JournalDecodeError } from "../codec/JournalDecodeError.ts"
import { JournalError } from "../model/JournalError.ts"
import type { PlacedAction } from "./ReplicationPlan.ts"

/**
 * The actions of one page, by journal and in log order.
 *
 * **Details**
 *
 * `nextOffset` is the offset after the last record that the batch covers. `poison` is set where a record cannot be
 * decoded: the batch then ends before it. It also ends before a purge of a journal that has actions in it, and `rest`
 * is what follows: those actions are below the pointer before the purge begins, so that a reader who finds the head gone
 * never takes them for the beginning of a journal.
 */
export interface ReplicationBatch {
  readonly actions: ReadonlyMap<string, ReadonlyArray<PlacedAction>>
  readonly nextOffset: number
  readonly records: number
  readonly bytes: number
  /** Time stamp of the first record, in milliseconds since the epoch; `undefined` without records. */
  readonly since: number | undefined
  readonly poison: JournalError | undefined
  readonly rest: LogPage | undefined
}

/** An action of a journal, or what a record is that counts for nothing here: a mark, or nobody's. */
type Entry = { readonly id: string; readonly action: PlacedAction } | undefined

const placed = (topic: string, partition: number, record: LogRecord): Result.Result<Entry, JournalDecodeError> => {
  const { offset } = record
  const place = { topic, partition, offset }
  const decoded = decodeAction(record)
  if (Result.isFailure(decoded)) return Result.fail(decoded.failure.at(place))
  const action = decoded.success
  if (action === undefined || action._tag === "Mark") return Result.succeed(undefined)
  const { journalId: id, origin, timestamp } = action
  switch (action._tag) {
    case "Purge":
      return Result.succeed({ id, action: { _tag: "Purge", offset, timestamp, origin } })
    case "Delete":
      return Result.succeed({ id, action: { _tag: "Delete", offset, timestamp, origin, to: action.to } })
    case "Append": {
      const events = eventRecords(action, place)
      if (Result.isFailure(events)) return Result.fail(events.failure)
      const { range } = action
      return Result.succeed({
        id,
        action: { _tag: "Append", offset, timestamp, origin, range, events: events.success }
      })
    }
  }
}

const corrupt = (topic: string, partition: number, { offset }: LogRecord, error: JournalDecodeError): JournalError => {
  const { message, place } = error
  return new JournalError({ reason: "Corrupt", topic, partition, offset, id: place.journalId, message, cause: error })
}

/** Sorts the records of a page by journal; records that are not a journal's only move the offset. */
export const replicationBatch = (topic: string, partition: number, page: LogPage): ReplicationBatch => {
  const actions = new Map<string, Array<PlacedAction>>()
  let bytes = 0
  let records = 0
  let poison: JournalError | undefined
  let rest: LogPage | undefined
  let nextOffset = page.nextOffset
  for (const record of page.records) {
    const entry = placed(topic, partition, record)
    if (Result.isFailure(entry)) {
      poison = corrupt(topic, partition, record, entry.failure)
      nextOffset = record.offset
      break
    }
    const given = entry.success
    const line = given === undefined ? undefined : actions.get(given.id)
    if (given?.action._tag === "Purge" && line !== undefined) {
      rest = { ...page, records: page.records.slice(records) }
      nextOffset = record.offset
      break
    }
    records++
    bytes += record.value?.length ?? 0
    if (line !== undefined && given !== undefined) line.push(given.action)
    else if (given !== undefined) actions.set(given.id, [given.action])
  }
  return { actions, nextOffset, records, bytes, since: page.records[0]?.timestamp, poison, rest }
}
