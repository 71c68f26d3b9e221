import * as Result from "effect/Result"
import { Follower } from "../../log/index.ts"
import type { Machine, Transition } from "../../machine/index.ts"
import type { EventRecord, JournalHead, LogPage } from "../../ports/index.ts"
import type { JournalState } from "../fold/Fold.ts"
import type { JournalDecodeError } from "../codec/JournalDecodeError.ts"
import { JournalError } from "../model/JournalError.ts"
import type { LogFailure } from "../ports/LogFailure.ts"
import { start } from "./RecoveryState.ts"
import type { KnownTail, RecoveryInput, RecoveryOutput, RecoveryState } from "./RecoveryState.ts"
import { freshEvents, freshRecords, scanTail } from "./RecoveryTail.ts"
import type { Fresh } from "./RecoveryTail.ts"
import { isStillOf, isWholePage, nextFrom } from "./StoredPage.ts"
import type { StoredPage } from "./StoredPage.ts"
import type { TailAnswer } from "./TailAnswer.ts"
import { over } from "../fold/TailSummary.ts"

export * from "./RecoveryState.ts"

type Step = Transition<RecoveryState, RecoveryOutput>

const ended = (state: RecoveryState, output: RecoveryOutput): Step => [
  { ...state, phase: "Ended", wanted: false, kept: [], follower: undefined },
  [output]
]

/** How often a recovery begins before it gives up: a store that never holds still would keep it going for ever. */
const mostBeginnings = 10

/**
 * What the recovery stands on has moved: begins again below the same mark, or fails when events were given out, or when
 * it has begun often enough.
 */
const moved = (before: RecoveryState): Step => {
  const { begun, config, given, mark, now, trimmed, wanted } = before
  if (!given && begun < mostBeginnings) {
    const state: RecoveryState = { ...start(config), begun: begun + 1, mark, unanswered: false, now, trimmed, wanted }
    return [state, [{ _tag: "ReadPointer" }]]
  }
  const error = new JournalError({
    reason: "Changed",
    ...config.key,
    partition: config.partition,
    message: given
      ? `Events from ${before.next} on were deleted, purged or trimmed while the journal was read; read it again.`
      : `The journal changed in the store under each of ${begun} attempts to read it; read it again, and if that does not help, see that nothing but its replicator writes to the store.`
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

/** Follows the log from `from`, to the fence unless said otherwise, with the first page already asked for. */
const follow = (state: RecoveryState, from: number, end = state.fence): Step =>
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
    case "ReadFrom": {
      const { offset } = output
      const end = state.phase === "Checking" ? offset : state.fence
      return [state, [{ _tag: "ReadLog", offset, end, retrying: (state.follower?.failures ?? 0) > 0 }]]
    }
    case "Page":
      return state.phase === "Scanning"
        ? scan(state, output.page)
        : giveTail(state, freshRecords(state, output.page.records))
    case "End":
      return state.phase === "Scanning" ? scanned(state) : finish(state)
  }
}

const scan = (before: RecoveryState, page: LogPage): Step => {
  const after = scanTail(before, page.records)
  return Result.isFailure(after) ? corrupt(before, after.failure) : feedFollower(after.success, [{ _tag: "Take" }])
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
  if (state.phase === "Storing") return [{ ...state, asking: true }, [{ _tag: "ReadEvents", ...pageOf(state) }]]
  if (state.phase !== "Tailing") return [state, []]
  if (state.next > state.config.to) return finish(state)
  if (state.kept.length > 0) return giveTail(state, freshEvents({ ...state, kept: [] }, state.kept))
  if (state.follower !== undefined) return feedFollower(state, [{ _tag: "Take" }])
  const isOver = state.rereadFrom === undefined || state.next > (state.state?.seqNr ?? 0)
  return isOver ? finish(state) : follow(state, state.rereadFrom)
}

/** The page of the store that is read next, or was asked for last. */
const pageOf = ({ config, head, next }: RecoveryState): StoredPage => ({
  head,
  from: next,
  to: Math.min(config.to, head?.seqNr ?? 0),
  limit: config.pageEvents
})

const stored = (state: RecoveryState, events: ReadonlyArray<EventRecord>): Step =>
  isWholePage(pageOf(state), events)
    ? giveStored(state, events)
    : [{ ...state, doubted: events }, [{ _tag: "ReadHead" }]]

/** The head after a page that has gaps: numbers were left out by the writer, or removed since. */
const confirmed = (state: RecoveryState, events: ReadonlyArray<EventRecord>, head: JournalHead | undefined): Step =>
  isStillOf(pageOf(state), head) ? giveStored({ ...state, doubted: undefined }, events) : moved(state)

const giveStored = (before: RecoveryState, events: ReadonlyArray<EventRecord>): Step => {
  const asked = pageOf(before)
  const next = nextFrom(asked, events)
  const state: RecoveryState = {
    ...before,
    asking: false,
    next: next ?? asked.to + 1,
    phase: next === undefined ? "Tailing" : "Storing"
  }
  return events.length === 0 ? advance(state) : give(state, events)
}

/** Gives out what a part of the tail gives. */
const giveTail = (before: RecoveryState, fresh: Result.Result<Fresh, JournalDecodeError>): Step => {
  if (Result.isFailure(fresh)) return corrupt(before, fresh.failure)
  const { conflicts, events, state } = fresh.success
  const [after, outputs] = events.length === 0 ? advance(state) : give(state, events)
  return [after, [...conflicts.map((conflict): RecoveryOutput => ({ _tag: "Conflict", ...conflict })), ...outputs]]
}

const finish = (state: RecoveryState): Step => ended(state, { _tag: "End", state: state.state })

/** The log reaches as far as the store, whether it still has what is there or begins only beyond it. */
const reached = (state: RecoveryState): Step => scanned({ ...state, follower: undefined, stalled: undefined })

const stateOf = (head: JournalHead | undefined): JournalState | undefined =>
  head === undefined ? undefined : { seqNr: head.seqNr, deleteTo: head.deleteTo }

/** Looks whether the log reaches as far as the store, which is beyond the fence. */
const check = (state: RecoveryState, seam: number): Step => follow({ ...state, phase: "Checking" }, seam, Infinity)

/** Once the mark and the head are known, the tail can be scanned: all records of the log between the two. */
const located = (state: RecoveryState): Step => {
  if (state.mark === undefined || !state.located) return [state, []]
  const { head, mark: fence, pointer, trimmed } = state
  const base = stateOf(head)
  const seam = Math.max(pointer ?? -1, head?.offset ?? -1) + 1
  const scanning: RecoveryState = { ...state, phase: "Scanning", fence, state: base, base }
  if (seam > fence + 1) return check(scanning, seam)
  if (trimmed === undefined || seam >= trimmed.logStart) return follow(scanning, seam)
  return ended(state, { _tag: "Fail", error: trimmed.error })
}

/**
 * The pointer was read and the tail was told of, where somebody was asked: what is left is the head, and after a purge not
 * even that.
 *
 * **Details**
 *
 * What is known of a tail is true of a store whose pointer has come to where the tail begins. One that was read before the
 * answer may be behind that and is read once more. One that is still behind has gone back: the store is another one, or
 * was restored from a backup, and lacks more than the tail that is known.
 */
const joined = (state: RecoveryState): Step => {
  const { known, looks, pointer, unanswered } = state
  if (looks === 0 || unanswered) return [state, []]
  if (known?.tail?.purged === true) return summed(state, known, undefined)
  const isBehind = known !== undefined && (pointer ?? -1) + 1 < known.from
  if (isBehind && looks === 1) return [state, [{ _tag: "ReadPointer" }]]
  return [isBehind ? { ...state, known: undefined } : state, [{ _tag: "ReadHead" }]]
}

const tailKnown = (state: RecoveryState, answer: TailAnswer): Step =>
  joined({ ...state, unanswered: false, known: answer._tag === "Known" ? answer : undefined })

const pointerRead = (state: RecoveryState, pointer: number | undefined): Step => {
  const { first, looks, phase, trimmed } = state
  if (phase === "Confirming") return (pointer ?? -1) < (first ?? 0) ? open(state) : moved(state)
  if (phase !== "Overtaken") return joined({ ...state, pointer, looks: looks + 1 })
  const isLost = trimmed !== undefined && (pointer ?? -1) + 1 < trimmed.logStart
  return isLost ? ended(state, { _tag: "Fail", error: trimmed.error }) : moved(state)
}

/**
 * The journal by its head and what is known of its tail: the head alone where it has the whole tail; the tail over the
 * head where it has nothing of it; and in between the tail's rest has to be scanned.
 */
const summed = (before: RecoveryState, known: KnownTail, head: JournalHead | undefined): Step => {
  const { from, tail, to } = known
  const base = stateOf(head)
  const after = (head?.offset ?? -1) + 1
  const state: RecoveryState = { ...before, known, head, fence: to, state: base, base }
  if (tail === undefined || after > tail.last) return after > to ? check(state, after) : open(state)
  const { first, last, purged } = tail
  const fenced: RecoveryState = { ...state, fence: last + 1 }
  if (first !== undefined && after > first) return follow({ ...fenced, phase: "Scanning" }, Math.max(after, from))
  return scanned({ ...fenced, state: over(tail, base), first, purged, rereadFrom: first })
}

/**
 * Retention has taken what was to be read next. Whoever was given events and is to read again has to find the rest in the
 * store: where the store does not have it, it is lost.
 */
const overtaken = (state: RecoveryState): Step =>
  state.given
    ? [{ ...state, phase: "Overtaken", follower: undefined, stalled: undefined }, [{ _tag: "ReadPointer" }]]
    : moved(state)

const logFailed = (state: RecoveryState, failure: LogFailure): Step => {
  switch (failure._tag) {
    case "Retry": {
      const stalled = state.stalled ?? { since: state.now, error: failure.error }
      return feedFollower({ ...state, stalled }, [{ _tag: "ReadFailed" }])
    }
    case "Trimmed":
      return state.phase === "Checking" ? reached(state) : overtaken({ ...state, trimmed: failure })
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
          message: `The log does not show its records up to offset ${state.fence}, where the read's fence is; check for an open transaction on the topic or replicas that lag, and read again.`
        })
      })
  return feedFollower({ ...state, stalled }, [{ _tag: "Read", page }])
}

/** The store is trusted: from here on it is read, and the mark is on its way. */
const begin = (state: RecoveryState): Step => [state, [{ _tag: "Mark" }, { _tag: "ReadPointer" }]]

const step = (state: RecoveryState, input: RecoveryInput): Step => {
  if (state.phase === "Ended") return [state, []]
  switch (input._tag) {
    case "Tick":
      return tick(state, input.now)
    case "Begin":
      return state.config.trusted ? begin(state) : [state, [{ _tag: "CheckStore" }]]
    case "StoreTrusted":
      return begin(state)
    case "Pull":
      return advance({ ...state, wanted: true })
    case "Marked":
      return state.config.cached
        ? [{ ...state, mark: input.offset }, [{ _tag: "AskTail", mark: input.offset }]]
        : located({ ...state, mark: input.offset })
    case "TailKnown":
      return tailKnown(state, input.answer)
    case "PointerRead":
      return pointerRead(state, input.offset)
    case "HeadRead":
      if (state.doubted !== undefined) return confirmed(state, state.doubted, input.head)
      if (state.known !== undefined) return summed(state, state.known, input.head)
      return located({ ...state, head: input.head, located: true })
    case "EventsRead":
      return stored(state, input.events)
    case "LogRead":
      return state.phase === "Checking" ? reached(state) : logRead(state, input.page)
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
 * No mark is written before it is known that the store is this log's: where it is another one's, the mark would be a step
 * towards the place from which on that store looks right. It is not read before either: it may be repaired while it is compared.
 *
 * Where somebody follows the log for many recoveries (`cached`), the tail's summary takes the place of that reading. The
 * fence is then where the one who knows had come to, at or above the mark. The pointer is read all the same, beside the mark
 * and before the head: where it is below what the summary takes for granted, the store was restored or replaced since.
 * The log is read from the tail's first action to its last, and only where events of it are wanted, or where the store
 * has a part of the tail by now. Where nothing is known, the recovery goes on in the way of one that cannot ask.
 *
 * What is given out is the journal at one point of the log: at the fence, or, where the store had gone beyond it
 * when its head was read, at the last record in that head. The store may go on while it is read. Appends do no harm,
 * since nothing above the head's number is asked of it. Deletes and purges show in a page that is not as the head
 * promises; the head is then read again, and where it has changed the recovery begins again, or fails with `Changed` if
 * events were already given out, because what follows them is gone, or if it has begun ten times. Where retention has taken
 * what follows them before it was copied, there is nothing to be read again, and the recovery fails with `Lost`.
 *
 * **Gotchas**
 *
 * While a purge behind the fence is being copied to a store without transactions, a reader may find all events gone and
 * the last number still there.
 */
export const recovery: Machine<RecoveryState, RecoveryInput, RecoveryOutput> = { step, wakeAt }
