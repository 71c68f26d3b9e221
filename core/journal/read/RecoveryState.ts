import type { Follower } from "../../log/index.ts"
import type { EventRecord, JournalHead, JournalKey, LogPage } from "../../ports/index.ts"
import type { JournalState } from "../fold/Fold.ts"
import type { Kept } from "../codec/JournalActions.ts"
import type { JournalError } from "../model/JournalError.ts"
import type { LogFailure } from "../ports/LogFailure.ts"
import type { StoredPage } from "./StoredPage.ts"
import type { TailAnswer } from "./TailAnswer.ts"

/**
 * What to recover.
 *
 * **Details**
 *
 * Events from `from` to `to`, both inclusive, or with `events: false` only the journal's state. `keyBytes` is the record
 * key, `partition` the one that the mark and all records of the key are in. Without `trusted` it is asked first whether the
 * store is this log's. With `cached`, somebody can be asked for the journal's tail. `pageEvents` bounds what is asked of the
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
  readonly trusted: boolean
  readonly cached: boolean
  readonly pageEvents: number
  readonly tailBytes: number
  readonly patienceMs: number
}

/**
 * - `Begin`: once, first
 * - `Pull`: more events are wanted; answered by one `Events`, `End` or `Fail`
 * - `StoreTrusted`: nothing speaks against the store
 * - `Marked`: the mark is in the log at this offset
 * - `TailKnown`: what is known of the journal's tail
 * - `PointerRead`, `HeadRead`, `EventsRead`: what the store answered
 * - `LogRead`, `LogFailed`: what a read of the log gave
 * - `Failed`: the mark or the store failed, or the store is not this log's
 */
export type RecoveryInput =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Begin" }
  | { readonly _tag: "Pull" }
  | { readonly _tag: "StoreTrusted" }
  | { readonly _tag: "Marked"; readonly offset: number }
  | { readonly _tag: "TailKnown"; readonly answer: TailAnswer }
  | { readonly _tag: "PointerRead"; readonly offset: number | undefined }
  | { readonly _tag: "HeadRead"; readonly head: JournalHead | undefined }
  | { readonly _tag: "EventsRead"; readonly events: ReadonlyArray<EventRecord> }
  | { readonly _tag: "LogRead"; readonly page: LogPage }
  | { readonly _tag: "LogFailed"; readonly failure: LogFailure }
  | { readonly _tag: "Failed"; readonly error: JournalError }

/**
 * - `CheckStore`, `Mark`, `AskTail`, `ReadPointer`, `ReadHead`, `ReadEvents`, `ReadLog`: requests, each answered by one input;
 *   what the log has at `end` and beyond is of no use to the one who reads it
 * - `Events`: events for the one who pulled, at least one
 * - `Conflict`: an event that lost its number to an earlier record and is left out
 * - `End`: the journal's state; nothing follows
 * - `Fail`: the recovery has failed; nothing follows
 */
export type RecoveryOutput =
  | { readonly _tag: "CheckStore" }
  | { readonly _tag: "Mark" }
  | { readonly _tag: "AskTail"; readonly mark: number }
  | { readonly _tag: "ReadPointer" }
  | { readonly _tag: "ReadHead" }
  | ({ readonly _tag: "ReadEvents" } & StoredPage)
  | { readonly _tag: "ReadLog"; readonly offset: number; readonly end: number; readonly retrying: boolean }
  | { readonly _tag: "Events"; readonly events: ReadonlyArray<EventRecord> }
  | { readonly _tag: "Conflict"; readonly seqNr: number; readonly offset: number }
  | { readonly _tag: "End"; readonly state: JournalState | undefined }
  | { readonly _tag: "Fail"; readonly error: JournalError }

/**
 * Where a recovery stands.
 *
 * - `Locating`: waiting until the store is trusted, for the mark, what is known of the tail, the pointer and the head
 * - `Checking`: looking whether the log reaches as far as the store, which is beyond the fence, says that it does
 * - `Scanning`: reading the log's tail once, to learn what it deletes before anything is given out
 * - `Confirming`: reading the pointer again, since the store has no head and the tail has actions
 * - `Overtaken`: reading the pointer again, since the log has no more what was to be given out next
 * - `Storing`: giving out the store's events
 * - `Tailing`: giving out the tail's events
 * - `Ended`: `End` or `Fail` was given
 */
export interface RecoveryState {
  readonly config: RecoveryConfig
  readonly phase: "Locating" | "Checking" | "Scanning" | "Confirming" | "Overtaken" | "Storing" | "Tailing" | "Ended"
  readonly now: number
  readonly wanted: boolean
  /** How often the recovery has begun. */
  readonly begun: number
  /** Whether events were given out: from then on the recovery cannot begin again by itself. */
  readonly given: boolean
  readonly mark: number | undefined
  /** Whether the one who may know the tail has not answered yet. */
  readonly unanswered: boolean
  /** What was known of the journal's tail: no more is read of the log than it needs. */
  readonly known: KnownTail | undefined
  /** The offset at which the log's tail ends. */
  readonly fence: number
  readonly pointer: number | undefined
  /** How often the pointer was read before the head. */
  readonly looks: number
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

export type KnownTail = Extract<TailAnswer, { readonly _tag: "Known" }>
type FollowerState = Follower.FollowerState<LogPage>
type Trimmed = Extract<LogFailure, { readonly _tag: "Trimmed" }>

/** A recovery that has not begun. */
export const start = (config: RecoveryConfig): RecoveryState => ({
  config,
  phase: "Locating",
  now: 0,
  wanted: false,
  begun: 1,
  given: false,
  mark: undefined,
  unanswered: config.cached,
  known: undefined,
  fence: 0,
  pointer: undefined,
  looks: 0,
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
