import * as Result from "effect/Result"
import type { LogRecord } from "../log/index.ts"
import type { LogPage } from "../ports/index.ts"
import { decodeAction } from "./ActionCodec.ts"
import { eventRecords } from "./EventRecords.ts"
import { JournalError } from "./JournalError.ts"
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

const placed = (
  topic: string,
  partition: number,
  record: LogRecord
): Result.Result<readonly [id: string, action: PlacedAction] | undefined, JournalError> => {
  const place = { topic, partition, offset: record.offset }
  const fail = (error: { readonly message: string; readonly place: { readonly journalId?: string } }) =>
    Result.fail(
      new JournalError({ reason: "Corrupt", ...place, id: error.place.journalId, message: error.message, cause: error })
    )
  const decoded = decodeAction(record)
  if (Result.isFailure(decoded)) return fail(decoded.failure.at(place))
  const action = decoded.success
  if (action === undefined || action._tag === "Mark") return Result.succeed(undefined)
  const { journalId: id, origin, timestamp } = action
  const base = { offset: record.offset, timestamp, origin }
  if (action._tag === "Purge") return Result.succeed([id, { ...base, _tag: "Purge" }])
  if (action._tag === "Delete") return Result.succeed([id, { ...base, _tag: "Delete", to: action.to }])
  const events = eventRecords(action, place)
  if (Result.isFailure(events)) return fail(events.failure)
  return Result.succeed([id, { ...base, _tag: "Append", range: action.range, events: events.success }])
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
      poison = entry.failure
      nextOffset = record.offset
      break
    }
    const [id, action] = entry.success ?? []
    const line = id === undefined ? undefined : actions.get(id)
    if (action?._tag === "Purge" && line !== undefined) {
      rest = { ...page, records: page.records.slice(records) }
      nextOffset = record.offset
      break
    }
    records++
    bytes += record.value?.length ?? 0
    if (line !== undefined && action !== undefined) line.push(action)
    else if (id !== undefined && action !== undefined) actions.set(id, [action])
  }
  return { actions, nextOffset, records, bytes, since: page.records[0]?.timestamp, poison, rest }
}
