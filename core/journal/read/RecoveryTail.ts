import * as Result from "effect/Result"
import type { LogRecord } from "../../log/index.ts"
import type { EventRecord } from "../../ports/index.ts"
import { eventRecords } from "../codec/EventRecords.ts"
import { admit, appended, deleted } from "../fold/Fold.ts"
import { journalActions } from "../codec/JournalActions.ts"
import type { Kept } from "../codec/JournalActions.ts"
import type { JournalDecodeError } from "../codec/JournalDecodeError.ts"
import type { RecoveryState } from "./RecoveryState.ts"

const copied = (entry: Kept): Kept =>
  entry.action._tag === "Append" ? { ...entry, action: { ...entry.action, value: entry.action.value.slice() } } : entry

/** The first pass over a part of the tail: what it amounts to, and as much of it as may be kept. */
export const scanTail = (
  before: RecoveryState,
  records: ReadonlyArray<LogRecord>
): Result.Result<RecoveryState, JournalDecodeError> => {
  const actions = journalActions(before.config, records)
  if (Result.isFailure(actions)) return Result.fail(actions.failure)
  // What is kept holds on to the whole page, so that a few records among many others are copied out of it.
  const isCopied = actions.success.length * 2 < records.length
  let { base, first, keptBytes, purged, rereadFrom, state } = before
  const kept = [...before.kept]
  for (const entry of actions.success) {
    if (entry === "Purge") {
      kept.length = 0
      keptBytes = 0
      purged = true
      state = undefined
      base = undefined
      rereadFrom = undefined
      continue
    }
    const { action, offset } = entry
    first ??= offset
    state = action._tag === "Append" ? appended(state, action.range) : deleted(state, action.to)
    if (action._tag === "Append") keptBytes += action.value.length
    if (rereadFrom === undefined && keptBytes <= before.config.tailBytes) kept.push(isCopied ? copied(entry) : entry)
    else rereadFrom ??= offset
  }
  return Result.succeed({ ...before, base, first, kept, keptBytes, purged, rereadFrom, state })
}

/** What a part of the tail gives to whoever pulls. */
export interface Fresh {
  /** The recovery after it. */
  readonly state: RecoveryState
  readonly events: ReadonlyArray<EventRecord>
  readonly conflicts: ReadonlyArray<{ readonly seqNr: number; readonly offset: number }>
}

/** The events that are new and asked for in some actions of the tail, which follow those that were given out. */
export const freshEvents = (
  before: RecoveryState,
  actions: ReadonlyArray<Kept>
): Result.Result<Fresh, JournalDecodeError> => {
  const { config, next } = before
  const events: Array<EventRecord> = []
  const conflicts: Array<Fresh["conflicts"][number]> = []
  let { base } = before
  for (const { action, offset } of actions) {
    if (action._tag === "Delete") {
      base = deleted(base, action.to)
      continue
    }
    if (action.range.to < next && action.range.from > (base?.seqNr ?? 0)) {
      base = appended(base, action.range)
      continue
    }
    const decoded = eventRecords(action, { topic: config.key.topic, partition: config.partition, offset })
    if (Result.isFailure(decoded)) return Result.fail(decoded.failure)
    const { fresh, refused, state } = admit(base, action.range, decoded.success)
    base = state
    for (const event of fresh) if (event.seqNr >= next && event.seqNr <= config.to) events.push(event)
    for (const { seqNr } of refused) conflicts.push({ seqNr, offset })
  }
  const last = events.at(-1)
  return Result.succeed({
    state: { ...before, base, next: last === undefined ? next : last.seqNr + 1 },
    events,
    conflicts
  })
}

/** Likewise of a part of the tail that is read a second time. */
export const freshRecords = (
  before: RecoveryState,
  records: ReadonlyArray<LogRecord>
): Result.Result<Fresh, JournalDecodeError> =>
  Result.flatMap(journalActions(before.config, records), (actions) =>
    freshEvents(
      before,
      actions.filter((entry): entry is Kept => entry !== "Purge")
    )
  )
