import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { EventRecord, JournalHead, JournalKey, WriteStep } from "../../ports/index.ts"
import { parseExpireAfter } from "../model/ExpireAfter.ts"
import { admit, deleted } from "./Fold.ts"
import type { JournalState } from "./Fold.ts"
import { recordId } from "./RecordId.ts"
import type { SeqRange } from "../model/SeqNr.ts"

/** One action of a journal at its place in the log, with its events decoded. Times are milliseconds since the epoch. */
export type PlacedAction = {
  readonly offset: number
  readonly timestamp: number
  readonly origin: string | undefined
} & (
  | { readonly _tag: "Append"; readonly range: SeqRange; readonly events: ReadonlyArray<EventRecord> }
  | { readonly _tag: "Delete"; readonly to: number }
  | { readonly _tag: "Purge" }
)

/** An event that lost its number to an earlier record. */
export interface Conflict {
  readonly id: string
  readonly seqNr: number
  readonly offset: number
}

/**
 * The writes that bring one journal up to date, in their order, and the head it then has.
 *
 * **Details**
 *
 * `events` is how many events are written. No steps: nothing was new.
 */
export interface JournalPlan {
  readonly key: JournalKey
  readonly steps: ReadonlyArray<WriteStep>
  readonly head: JournalHead | undefined
  readonly events: number
  readonly conflicts: ReadonlyArray<Conflict>
}

interface Draft {
  state: JournalState | undefined
  head: JournalHead | undefined
  events: Array<EventRecord>
  /** The highest number of this life of the journal that may have a row in the store. */
  highest: number
  /** Up to this number nothing is to be removed: it was removed before, or the journal begins beyond it. */
  removedTo: number
  /** The offset of the last purge. */
  purgedAt: number | undefined
  redelivered: boolean
}

type Expiry = Pick<JournalHead, "expireAfter" | "expireOn">

const noExpiry: Expiry = { expireAfter: undefined, expireOn: undefined }

const expiry = (head: JournalHead | undefined, last: EventRecord | undefined): Expiry => {
  const text = last?.metadata.expireAfter
  const length = text === undefined ? undefined : parseExpireAfter(text)
  if (last === undefined || text === undefined || length === undefined || Result.isFailure(length)) return noExpiry
  const before = head?.expireAfter === undefined ? undefined : parseExpireAfter(head.expireAfter)
  const at = last.timestamp + Number(length.success.nanos / 1_000_000n)
  // A time stamp may be so far off that no date can be said.
  const expireOn = Option.getOrUndefined(Option.map(DateTime.make(at), DateTime.formatIsoDateUtc))
  const unchanged =
    before !== undefined &&
    Result.isSuccess(before) &&
    before.success.nanos === length.success.nanos &&
    head?.expireOn === expireOn
  return { expireAfter: unchanged ? head?.expireAfter : text, expireOn }
}

/** The head after an action that counts; `created`, `origin` and the incarnation's name stay those of its first action. */
const touched = (
  key: JournalKey,
  partition: number,
  head: JournalHead | undefined,
  { deleteTo, seqNr }: JournalState,
  action: PlacedAction
): JournalHead => {
  const { offset, timestamp } = action
  const { expireAfter, expireOn } = action._tag === "Append" ? expiry(head, action.events.at(-1)) : (head ?? noExpiry)
  return {
    partition,
    offset,
    seqNr,
    deleteTo,
    recordId: head === undefined ? recordId(key.topic, partition, offset) : head.recordId,
    created: head === undefined ? timestamp : head.created,
    updated: timestamp,
    expireAfter,
    expireOn,
    origin: head === undefined ? action.origin : head.origin,
    ...(head?.layout === undefined ? {} : { layout: head.layout })
  }
}

const apply = (draft: Draft, key: JournalKey, partition: number, action: PlacedAction, conflicts: Array<Conflict>) => {
  if (action._tag === "Purge") {
    draft.state = undefined
    draft.head = undefined
    draft.events = []
    draft.highest = 0
    draft.removedTo = 0
    draft.purgedAt = action.offset
    return
  }
  if (action._tag === "Delete") draft.state = deleted(draft.state, action.to)
  else {
    const { fresh, refused, state } = admit(draft.state, action.range, action.events)
    if (draft.state === undefined) draft.removedTo = state.deleteTo
    draft.state = state
    for (const event of fresh) draft.events.push(event)
    for (const { seqNr } of refused) conflicts.push({ id: key.id, seqNr, offset: action.offset })
    draft.highest = Math.max(draft.highest, draft.state.seqNr)
  }
  draft.head = touched(key, partition, draft.head, draft.state, action)
}

/** The steps that forget a journal which was purged at an offset, and what the store has of it. */
export const purgeSteps = (key: JournalKey, stored: JournalHead, offset: number): ReadonlyArray<WriteStep> => {
  const { deleteTo, partition, seqNr } = stored
  const emptied = { ...stored, deleteTo: seqNr }
  return [
    ...(deleteTo < seqNr ? [{ _tag: "PutHead", key, head: emptied, previous: stored } as const] : []),
    { _tag: "RemoveEvents", key, head: emptied, from: 1, to: seqNr },
    { _tag: "RemoveHead", key, previous: emptied, partition, offset }
  ]
}

/**
 * Plans the writes of one journal's actions, in log order, on top of the head that the store has.
 *
 * **Details**
 *
 * Actions at or below the head's offset are in the store already and are passed over. Events come before the head, so
 * that a head never promises events that are not there; rows that a delete leaves behind come after it, so that no
 * reader is promised what is being removed; and a purge deletes all events in the head before it removes them, and the
 * head after them. After a crash between any two steps the same actions give a plan that repairs what was left: rows
 * are replaced by number, and the removal of a redelivered delete is planned again.
 *
 * **Gotchas**
 *
 * A purge removes what the stored head promises, so that it has to be the journal's first action here that counts, as
 * `replicationBatch` sees to: of actions before it an earlier plan, which was cut short, may have left more.
 */
export const planJournal = (
  key: JournalKey,
  partition: number,
  stored: JournalHead | undefined,
  actions: ReadonlyArray<PlacedAction>
): JournalPlan => {
  const draft: Draft = {
    state: stored,
    head: stored,
    events: [],
    highest: stored?.seqNr ?? 0,
    removedTo: stored?.deleteTo ?? 0,
    purgedAt: undefined,
    redelivered: false
  }
  const conflicts: Array<Conflict> = []
  for (const action of actions) {
    if (stored === undefined || action.offset > stored.offset) apply(draft, key, partition, action, conflicts)
    else if (action._tag === "Delete") draft.redelivered = true
  }
  const { head, highest, purgedAt } = draft
  const steps: Array<WriteStep> = []
  if (purgedAt !== undefined && stored !== undefined) {
    for (const step of purgeSteps(key, stored, purgedAt)) steps.push(step)
  } else if (purgedAt !== undefined && head === undefined) {
    steps.push({ _tag: "RemoveHead", key, previous: undefined, partition, offset: purgedAt })
  }
  if (head === undefined) return { key, steps, head, events: 0, conflicts }
  const { deleteTo } = head
  const events = deleteTo === 0 ? draft.events : draft.events.filter((event) => event.seqNr > deleteTo)
  if (head !== stored) {
    const previous = purgedAt === undefined ? stored : undefined
    if (events.length > 0) steps.push({ _tag: "PutEvents", key, head, previous, events })
    steps.push({ _tag: "PutHead", key, head, previous })
  }
  const removedTo = draft.redelivered ? 0 : draft.removedTo
  const removeTo = Math.min(deleteTo, highest)
  if (removeTo > removedTo) steps.push({ _tag: "RemoveEvents", key, head, from: removedTo + 1, to: removeTo })
  return { key, steps, head, events: events.length, conflicts }
}
