import * as Result from "effect/Result"
import { Follower } from "../log/index.ts"
import type { LogRecord } from "../log/index.ts"
import type { Machine, Transition } from "../machine/index.ts"
import type { EventRecord, JournalHead, JournalKey, LogPage } from "../ports/index.ts"
import { eventRecords } from "./EventRecords.ts"
import { admit, appended, deleted } from "./Fold.ts"
import type { JournalState } from "./Fold.ts"
import type { JournalDecodeError } from "./JournalDecodeError.ts"
import { journalActions } from "./JournalActions.ts"
import type { Kept } from "./JournalActions.ts"
import { JournalError } from "./JournalError.ts"
import type { LogFailure } from "./LogFailure.ts"

/**
 * What to recover.
 *
 * **Details**
 *
 * Events from `from` to `to`, both inclusive, or with `events: false` only the journal's state. `keyBytes` is the record
 * key, `partition` the one that the mark and all records of the key are in. `pageEvents` bounds what is asked of the
 * store at once, `tailBytes` how much of the log's tail is kept in memory between its two uses; what is beyond is read
 * again. A log that does not answer fails the recovery after `patienceMs` milliseconds without progress.
 */
export interface RecoveryConfig {
  readonly key: JournalKey
  readonly keyBytes: Uint8Array
  readonly partition: number
  readonly from: number
  readonly to: number
  readonly events: boolean
  readonly pageEvents: number
  readonly tailBytes: number
  readonly patienceMs: number
}

/**
 * - `Begin`: once, first
 * - `Pull`: more events are wanted; answered by one `Events`, `End` or `Fail`
 * - `Marked`: the mark is in the log at this offset
 * - `PointerRead`, `HeadRead`, `EventsRead`: what the store answered
 * - `LogRead`, `LogFailed`: what a read of the log gave
 * - `Failed`: the mark or the store failed
 */
export type RecoveryInput =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Begin" }
  | { readonly _tag: "Pull" }
  | { readonly _tag: "Marked"; readonly offset: number }
  | { readonly _tag: "PointerRead"; readonly offset: number | undefined }
  | { readonly _tag: "HeadRead"; readonly head: JournalHead | undefined }
  | { readonly _tag: "EventsRead"; readonly events: ReadonlyArray<EventRecord> }
  | { readonly _tag: "LogRead"; readonly page: LogPage }
  | { readonly _tag: "LogFailed"; readonly failure: LogFailure }
  | { readonly _tag: "Failed"; readonly error: JournalError }

/**
 * - `Mark`, `ReadPointer`, `ReadHead`, `ReadEvents`, `ReadLog`: requests, each answered by one input
 * - `Events`: events for the one who pulled, at least one
 * - `Conflict`: an event that lost its number to an earlier record and is left out
 * - `End`: the journal's state at the mark; nothing follows
 * - `Fail`: the recovery has failed; nothing follows
 */
export type RecoveryOutput =
  | { readonly _tag: "Mark" }
  | { readonly _tag: "ReadPointer" }
  | { readonly _tag: "ReadHead" }
  | { readonly _tag: "ReadEvents"; readonly from: number; readonly to: number; readonly limit: number }
  | { readonly _tag: "ReadLog"; readonly offset: number; readonly retrying: boolean }
  | { readonly _tag: "Events"; readonly events: ReadonlyArray<EventRecord> }
  | { readonly _tag: "Conflict"; readonly seqNr: number; readonly offset: number }
  | { readonly _tag: "End"; readonly state: JournalState | undefined }
  | { readonly _tag: "Fail"; readonly error: JournalError }

/**
 * Where a recovery stands.
 *
 * - `Locating`: waiting for the mark, the pointer and the head
 * - `Checking`: looking whether the log reaches as far as the store, which is beyond the mark, says that it does
 * - `Scanning`: reading the log's tail once, to learn what it deletes before anything is given out
 * - `Confirming`: reading the pointer again, since the store has no head and the tail has actions
 * - `Storing`: giving out the store's events
 * - `Tailing`: giving out the tail's events
 * - `Ended`: `End` or `Fail` was given
 */
export interface RecoveryState {
  readonly config: RecoveryConfig
  readonly phase: "Locating" | "Checking" | "Scanning" | "Confirming" | "Storing" | "Tailing" | "Ended"
  readonly now: number
  readonly wanted: boolean
  /** Whether events were given out: from then on the recovery cannot begin again by itself. */
  readonly given: boolean
  readonly mark: number | undefined
  readonly pointer: number | undefined
  readonly head: JournalHead | undefined
  readonly located: boolean
  /** The journal after every action that has been seen. */
  readonly state: JournalState | undefined
  /** The journal before the first action of `kept`. */
  readonly base: JournalState | undefined
  /** The offset of the first action in the tail. */
  readonly first: number | undefined
  /** Whether the tail purges the journal, so that what the store has is void. */
  readonly purged: boolean
  readonly kept: ReadonlyArray<Kept>
  readonly keptBytes: number
  /** The offset of the first action that is not kept in memory and has to be read again. */
  readonly rereadFrom: number | undefined
  /** The next sequence number to ask the store for, or of the tail to give out. */
  readonly next: number
  readonly asking: boolean
  /** A page of the store that waits until the head is read again. */
  readonly doubted: ReadonlyArray<EventRecord> | undefined
  readonly follower: FollowerState | undefined
  /** The start of the log, once it was found above an offset that was asked for. */
  readonly trimmed: Trimmed | undefined
  readonly stalled: { readonly since: number; readonly error: JournalError } | undefined
}

type FollowerState = Follower.FollowerState<LogPage>
type Trimmed = Extract<LogFailure, { readonly _tag: "Trimmed" }>

/** A recovery that has not begun. */
export const start = (config: RecoveryConfig): RecoveryState => ({
  config,
  phase: "Locating",
  now: 0,
  wanted: false,
  given: false,
  mark: undefined,
  pointer: undefined,
  head: undefined,
  located: false,
  state: undefined,
  base: undefined,
  first: undefined,
  purged: false,
  kept: [],
  keptBytes: 0,
  rereadFrom: undefined,
  next: config.from,
  asking: false,
  doubted: undefined,
  follower: undefined,
  trimmed: undefined,
  stalled: undefined
})

type Step = Transition<RecoveryState, RecoveryOutput>

const ended = (state: RecoveryState, output: RecoveryOutput): Step => [
  { ...state, phase: "Ended", wanted: false, kept: [], follower: undefined },
  [output]
]

/** What the recovery stands on has moved: begins again below the same mark, or fails when events were given out. */
const moved = (before: RecoveryState): Step => {
  const { config, given, mark, now, stalled, trimmed, wanted } = before
  if (!given) return [{ ...start(config), mark, now, stalled, trimmed, wanted }, [{ _tag: "ReadPointer" }]]
  const error = new JournalError({
    reason: "Changed",
    ...config.key,
    partition: config.partition,
    message: `Events from ${before.next} on were deleted, purged or trimmed while the journal was read; read it again.`
  })
  return ended(before, { _tag: "Fail", error })
}

const give = (state: RecoveryState, events: ReadonlyArray<EventRecord>): Step => [
  { ...state, wanted: false, given: true },
  [{ _tag: "Events", events }]
]

const corrupt = (state: RecoveryState, error: JournalDecodeError): Step =>
  ended(state, {
    _tag: "Fail",
    error: new JournalError({
      reason: "Corrupt",
      ...state.config.key,
      partition: state.config.partition,
      offset: error.place.offset,
      message: error.message,
      cause: error
    })
  })

/** Follows the log from `from`, to the mark unless said otherwise, with the first page already asked for. */
const follow = (state: RecoveryState, from: number, end = state.mark): Step =>
  feedFollower({ ...state, follower: Follower.start({ from, end, ahead: 1, backoffMs: 20, maxBackoffMs: 1000 }) }, [
    { _tag: "Tick", now: state.now },
    { _tag: "Take" }
  ])

const feedFollower = (before: RecoveryState, inputs: ReadonlyArray<Follower.FollowerInput<LogPage>>): Step => {
  let state = before
  const outputs: Array<RecoveryOutput> = []
  for (const input of inputs) {
    if (state.follower === undefined) break
    const [follower, more] = Follower.step(state.follower, input)
    state = { ...state, follower }
    for (const output of more) {
      if (state.phase === "Ended") break
      const [next, given] = fromFollower(state, output)
      state = next
      outputs.push(...given)
    }
  }
  return [state, outputs]
}

const fromFollower = (state: RecoveryState, output: Follower.FollowerOutput<LogPage>): Step => {
  switch (output._tag) {
    case "ReadFrom":
      return [state, [{ _tag: "ReadLog", offset: output.offset, retrying: (state.follower?.failures ?? 0) > 0 }]]
    case "Page":
      return state.phase === "Scanning" ? scan(state, output.page) : tail(state, output.page.records)
    case "End":
      return state.phase === "Scanning" ? scanned(state) : finish(state)
  }
}

/** The first pass over the tail: what it amounts to, and as much of it as may be kept. */
const scan = (before: RecoveryState, page: LogPage): Step => {
  const actions = journalActions(before.config, page.records)
  if (Result.isFailure(actions)) return corrupt(before, actions.failure)
  let state: RecoveryState = before
  const kept = [...state.kept]
  for (const entry of actions.success) {
    if (entry === "Purge") {
      kept.length = 0
      state = { ...state, state: undefined, base: undefined, purged: true, keptBytes: 0, rereadFrom: undefined }
      continue
    }
    const { action, offset } = entry
    const first = state.first ?? offset
    const next = action._tag === "Append" ? appended(state.state, action.range) : deleted(state.state, action.to)
    const keptBytes = state.keptBytes + (action._tag === "Append" ? action.value.length : 0)
    const fits = state.rereadFrom === undefined && keptBytes <= state.config.tailBytes
    if (fits) kept.push(entry)
    state = { ...state, state: next, first, keptBytes, rereadFrom: fits ? undefined : (state.rereadFrom ?? offset) }
  }
  return feedFollower({ ...state, kept }, [{ _tag: "Take" }])
}

/**
 * The tail is known. Without a head its first action is taken for the journal's beginning, which is wrong where the
 * store had copied that action, and a purge after it, between the readings of the pointer and of the head.
 */
const scanned = (state: RecoveryState): Step =>
  state.head === undefined && !state.purged && state.first !== undefined
    ? [{ ...state, phase: "Confirming", follower: undefined }, [{ _tag: "ReadPointer" }]]
    : open(state)

/** The tail and what it stands on are known: from here on events are given out. */
const open = (before: RecoveryState): Step => {
  const { config, head, purged } = before
  const state: RecoveryState = {
    ...before,
    follower: undefined,
    next: Math.max(config.from, (before.state?.deleteTo ?? 0) + 1)
  }
  if (!config.events) return finish(state)
  const stored = head !== undefined && !purged && state.next <= Math.min(config.to, head.seqNr)
  return advance({ ...state, phase: stored ? "Storing" : "Tailing" })
}

/** Does the next thing, when more is wanted and nothing is under way. */
const advance = (state: RecoveryState): Step => {
  if (!state.wanted || state.asking) return [state, []]
  if (state.phase === "Storing") {
    const to = Math.min(state.config.to, state.head?.seqNr ?? 0)
    return [{ ...state, asking: true }, [{ _tag: "ReadEvents", from: state.next, to, limit: state.config.pageEvents }]]
  }
  if (state.phase !== "Tailing") return [state, []]
  if (state.next > state.config.to) return finish(state)
  if (state.kept.length > 0) return giveTail({ ...state, kept: [] }, state.kept)
  if (state.follower !== undefined) return feedFollower(state, [{ _tag: "Take" }])
  return state.rereadFrom === undefined ? finish(state) : follow(state, state.rereadFrom)
}

/**
 * Whether a page of the store is as the head promises: no number is missing, and no event is younger than the head. A
 * page is read long after the head, and a delete or a purge may have been copied to the store meanwhile.
 */
const isWhole = ({ config, head, next }: RecoveryState, events: ReadonlyArray<EventRecord>): boolean => {
  const offset = head?.offset ?? -1
  const limit = Math.min(config.to, head?.seqNr ?? 0)
  if (events.some((event, at) => event.seqNr !== next + at || event.offset > offset)) return false
  return events.length >= config.pageEvents || next + events.length > limit
}

const stored = (state: RecoveryState, events: ReadonlyArray<EventRecord>): Step =>
  isWhole(state, events) ? giveStored(state, events) : [{ ...state, doubted: events }, [{ _tag: "ReadHead" }]]

/** The head after a page that has gaps: numbers were left out by the writer, or removed since. */
const confirmed = (state: RecoveryState, events: ReadonlyArray<EventRecord>, head: JournalHead | undefined): Step => {
  const same = head !== undefined && head.recordId === state.head?.recordId && head.deleteTo < state.next
  return same ? giveStored({ ...state, doubted: undefined }, events) : moved(state)
}

const giveStored = (before: RecoveryState, events: ReadonlyArray<EventRecord>): Step => {
  const last = events.at(-1)
  const limit = Math.min(before.config.to, before.head?.seqNr ?? 0)
  const over = last === undefined || events.length < before.config.pageEvents || last.seqNr >= limit
  const next = over ? limit + 1 : last.seqNr + 1
  const state: RecoveryState = { ...before, asking: false, next, phase: over ? "Tailing" : "Storing" }
  return last === undefined ? advance(state) : give(state, events)
}

/** The second pass over a part of the tail that was not kept. */
const tail = (state: RecoveryState, records: ReadonlyArray<LogRecord>): Step => {
  const actions = journalActions(state.config, records)
  if (Result.isFailure(actions)) return corrupt(state, actions.failure)
  const kept = actions.success.filter((entry): entry is Kept => entry !== "Purge")
  return giveTail(state, kept)
}

/** Gives out what is new and asked for in these actions of the tail. */
const giveTail = (before: RecoveryState, kept: ReadonlyArray<Kept>): Step => {
  const { config, next } = before
  let base = before.base
  const events: Array<EventRecord> = []
  const conflicts: Array<RecoveryOutput> = []
  for (const { action, offset } of kept) {
    if (action._tag === "Delete") {
      base = deleted(base, action.to)
      continue
    }
    if (action.range.to < next && action.range.from > (base?.seqNr ?? 0)) {
      base = appended(base, action.range)
      continue
    }
    const decoded = eventRecords(action, { topic: config.key.topic, partition: config.partition, offset })
    if (Result.isFailure(decoded)) return corrupt(before, decoded.failure)
    const admitted = admit(base, action.range, decoded.success)
    base = admitted.state
    events.push(...admitted.fresh.filter(({ seqNr }) => seqNr >= next && seqNr <= config.to))
    for (const { seqNr } of admitted.refused) conflicts.push({ _tag: "Conflict", seqNr, offset })
  }
  const last = events.at(-1)
  const state: RecoveryState = { ...before, base, next: last === undefined ? next : last.seqNr + 1 }
  const [after, outputs] = last === undefined ? advance(state) : give(state, events)
  return [after, [...conflicts, ...outputs]]
}

const finish = (state: RecoveryState): Step => ended(state, { _tag: "End", state: state.state })

/** Once the mark and the head are known, the tail can be scanned: all records of the log between the two. */
const located = (state: RecoveryState): Step => {
  if (state.mark === undefined || !state.located) return [state, []]
  const { head, pointer, trimmed } = state
  const known = head === undefined ? undefined : { seqNr: head.seqNr, deleteTo: head.deleteTo }
  const seam = Math.max(pointer ?? -1, head?.offset ?? -1) + 1
  const scanning: RecoveryState = { ...state, phase: "Scanning", state: known, base: known }
  if (seam > state.mark + 1) return follow({ ...scanning, phase: "Checking" }, seam, Infinity)
  if (trimmed === undefined || seam >= trimmed.logStart) return follow(scanning, seam)
  if (seam === 0) return follow(scanning, trimmed.logStart)
  return ended(state, { _tag: "Fail", error: trimmed.error })
}

const logFailed = (state: RecoveryState, failure: LogFailure): Step => {
  switch (failure._tag) {
    case "Retry": {
      const stalled = state.stalled ?? { since: state.now, error: failure.error }
      return feedFollower({ ...state, stalled }, [{ _tag: "ReadFailed" }])
    }
    case "Trimmed":
      return moved({ ...state, trimmed: failure })
    case "Final":
      return ended(state, { _tag: "Fail", error: failure.error })
  }
}

const tick = (before: RecoveryState, now: number): Step => {
  const state = { ...before, now }
  const { stalled } = state
  if (stalled !== undefined && now - stalled.since >= state.config.patienceMs) {
    return ended(state, { _tag: "Fail", error: stalled.error })
  }
  return feedFollower(state, [{ _tag: "Tick", now }])
}

const logRead = (state: RecoveryState, page: LogPage): Step => {
  const moved = page.nextOffset > (state.follower?.position ?? 0)
  const stalled = moved
    ? undefined
    : (state.stalled ?? {
        since: state.now,
        error: new JournalError({
          reason: "Unavailable",
          ...state.config.key,
          partition: state.config.partition,
          offset: page.nextOffset,
          message: `The log does not show its records up to the mark at offset ${state.mark}; check for an open transaction on the topic or replicas that lag, and read again.`
        })
      })
  return feedFollower({ ...state, stalled }, [{ _tag: "Read", page }])
}

const step = (state: RecoveryState, input: RecoveryInput): Step => {
  if (state.phase === "Ended") return [state, []]
  switch (input._tag) {
    case "Tick":
      return tick(state, input.now)
    case "Begin":
      return [state, [{ _tag: "Mark" }, { _tag: "ReadPointer" }]]
    case "Pull":
      return advance({ ...state, wanted: true })
    case "Marked":
      return located({ ...state, mark: input.offset })
    case "PointerRead":
      if (state.phase === "Confirming") return (input.offset ?? -1) < (state.first ?? 0) ? open(state) : moved(state)
      return [{ ...state, pointer: input.offset }, [{ _tag: "ReadHead" }]]
    case "HeadRead":
      if (state.doubted !== undefined) return confirmed(state, state.doubted, input.head)
      return located({ ...state, head: input.head, located: true })
    case "EventsRead":
      return stored(state, input.events)
    case "LogRead":
      if (state.phase === "Checking") return scanned({ ...state, follower: undefined, stalled: undefined })
      return logRead(state, input.page)
    case "LogFailed":
      return logFailed(state, input.failure)
    case "Failed":
      return ended(state, { _tag: "Fail", error: input.error })
  }
}

const wakeAt = (state: RecoveryState): number | undefined => {
  const giveUp = state.stalled === undefined ? undefined : state.stalled.since + state.config.patienceMs
  const retry = state.follower === undefined ? undefined : Follower.wakeAt(state.follower)
  if (giveUp === undefined || retry === undefined) return giveUp ?? retry
  return Math.min(giveUp, retry)
}

/**
 * Recovers one journal so that everything acknowledged before it began is seen, whether it is replicated or not.
 *
 * **Details**
 *
 * A mark is appended to the log with the journal's key; its offset is the fence. Meanwhile the store tells up to which
 * offset it has everything (the pointer), and then the journal's head. The log between the two is read once, to learn
 * what it deletes. Then the store's events are given out up to the head's number, and after them the log's events above
 * it. The order pointer, head, events is what makes the seam safe: whatever is at or below the pointer or the head's own
 * offset is in the store when its events are read; whatever is above is in the tail.
 *
 * What is given out is the journal at one point of the log: at the mark, or, where the store had gone beyond the mark
 * when its head was read, at the last record in that head. The store may go on while it is read. Appends do no harm,
 * since nothing above the head's number is asked of it. Deletes and purges show in a page that is not as the head
 * promises; the head is then read again, and where it has changed the recovery begins again, or fails with `Changed` if
 * events were already given out, because what follows them is gone.
 *
 * **Gotchas**
 *
 * While a purge behind the mark is being copied to a store without transactions, a reader may find all events gone and
 * the last number still there.
 */
export const recovery: Machine<RecoveryState, RecoveryInput, RecoveryOutput> = { step, wakeAt }
