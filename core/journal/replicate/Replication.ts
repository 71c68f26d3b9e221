import { Follower } from "../../log/index.ts"
import type { Machine, Transition } from "../../machine/index.ts"
import type { JournalHead, LogPage, WriteStep } from "../../ports/index.ts"
import { firstMoved, loadBatch, withHeads } from "./BatchLoading.ts"
import { divideLine, planBatch, pointerStep } from "./BatchWriting.ts"
import { answerBelonging, compareBelonging } from "../trust/Belonging.ts"
import type { BelongingState, BelongingStep } from "../trust/Belonging.ts"
import { otherLog } from "../trust/CheckBelonging.ts"
import type { JournalError } from "../model/JournalError.ts"
import type { LogFailure } from "../ports/LogFailure.ts"
import { asked, granted, holds } from "./PointerLease.ts"
import type { Conflict } from "../fold/ReplicationPlan.ts"
import { pointerLine } from "./ReplicationRequest.ts"
import type { ReplicationAnswer, ReplicationRequest, StoreRequest } from "./ReplicationRequest.ts"
import type { Batch, ReplicationState, Writing } from "./ReplicationState.ts"

export type { ReplicationAnswer, ReplicationRequest, StoreRequest } from "./ReplicationRequest.ts"
export { start } from "./ReplicationState.ts"
export type { ReplicationConfig, ReplicationState } from "./ReplicationState.ts"

/**
 * - `Begin`: once, first
 * - `Stop`: finish the batch in hand and stop
 * - `Answered`: how a request of this epoch ended; answers to an earlier epoch's requests are passed over
 */
export type ReplicationInput =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Begin" }
  | { readonly _tag: "Stop" }
  | { readonly _tag: "Answered"; readonly epoch: number; readonly answer: ReplicationAnswer }

/**
 * - `Request`: answered by exactly one `Answered` of the same epoch
 * - `Replicated`: everything below `nextOffset` is in the store; `logEnd` is where the log ended when it was read
 * - `Conflicted`: an event lost its number to an earlier record and is left out
 * - `Stalled`: the partition waits until `retryAt`, in milliseconds since the epoch, because of this error
 * - `Stopped`: nothing is under way and nothing follows
 */
export type ReplicationOutput =
  | { readonly _tag: "Request"; readonly epoch: number; readonly request: ReplicationRequest }
  | {
      readonly _tag: "Replicated"
      readonly nextOffset: number
      readonly logEnd: number
      readonly records: number
      readonly events: number
      readonly bytes: number
      readonly since: number | undefined
    }
  | { readonly _tag: "Conflicted"; readonly conflict: Conflict }
  | { readonly _tag: "Stalled"; readonly error: JournalError; readonly retryAt: number }
  | { readonly _tag: "Stopped" }

type Step = Transition<ReplicationState, ReplicationOutput>

const ask = (state: ReplicationState, request: ReplicationRequest): ReplicationOutput => ({
  _tag: "Request",
  epoch: state.epoch,
  request
})

/** Asks something of the store; of what tells where the pointer is the time is kept. */
const askStore = (state: ReplicationState, request: StoreRequest): Step => {
  if (request._tag === "Write" && request.line !== pointerLine) return askWrites(state, [request.line])
  const lease = request._tag === "ReadHeads" ? state.lease : asked(state.lease, state.now)
  return [{ ...state, lease }, [ask(state, request)]]
}

/** Has the next steps of lines written; without transactions only where the pointer was looked at lately. */
const askWrites = (state: ReplicationState, which: Iterable<number>): Step => {
  const { config, lease, now, writing } = state
  if (writing === undefined) return [state, []]
  const { held, lines } = writing
  if (config.atomic || holds(lease, now)) {
    const until = config.atomic ? undefined : lease.until
    const writes: Array<ReplicationOutput> = []
    for (const line of which) {
      const [steps] = lines.get(line) ?? []
      if (steps !== undefined) writes.push(ask(state, { _tag: "Write", line, steps, until }))
    }
    return [state, writes]
  }
  const isLooking = held.size > 0
  for (const line of which) held.add(line)
  return isLooking ? [state, []] : askStore(state, { _tag: "ConfirmPointer" })
}

/** The pointer was looked at: go on with what waits for that, or begin again where another replicator has moved it. */
const confirmed = (before: ReplicationState, offset: number | undefined): Step => {
  if (offset !== before.pointer) return fenced(before)
  const state = grant(before)
  const lines = [...(state.writing?.held ?? [])]
  state.writing?.held.clear()
  return askWrites(state, lines)
}

const grant = (state: ReplicationState): ReplicationState => ({
  ...state,
  lease: granted(state.lease, state.now, state.config.fenceMs)
})

const feedFollower = (before: ReplicationState, input: Follower.FollowerInput<LogPage>): Step => {
  if (before.follower === undefined) return [before, []]
  const [follower, more] = Follower.step(before.follower, input)
  let state: ReplicationState = { ...before, follower }
  const outputs: Array<ReplicationOutput> = []
  for (const output of more) {
    if (output._tag === "ReadFrom") outputs.push(ask(state, { _tag: "ReadLog", offset: output.offset }))
    else if (output._tag === "Page") {
      const [next, given] = load(state, output.page)
      state = next
      outputs.push(...given)
    }
  }
  return [state, outputs]
}

/** Follows the log from an offset, and asks for the first page. */
const follow = (before: ReplicationState, from: number): Step => {
  const { backoffMs, maxBackoffMs } = before.config
  const follower = Follower.start<LogPage>({ from, end: undefined, ahead: 0, backoffMs, maxBackoffMs })
  return feedFollower({ ...before, follower: { ...follower, taken: true } }, { _tag: "Tick", now: before.now })
}

/** A page was taken: ask for the heads that are not in memory, beside the writes of the batch in hand. */
const load = (state: ReplicationState, page: LogPage): Step => {
  const { batch, requests } = loadBatch(state, page)
  const asks = requests.map((request) => ask(state, request))
  if (state.writing !== undefined) return [{ ...state, ahead: batch }, asks]
  const next = { ...state, batch }
  return batch.missing === 0 ? write(next, batch) : [next, asks]
}

const headsRead = (
  state: ReplicationState,
  ids: ReadonlyArray<string>,
  heads: ReadonlyMap<string, JournalHead>
): Step => {
  const error = firstMoved(state, heads)
  if (error !== undefined) return stalled(state, error, { _tag: "ReadHeads", ids })
  const { ahead, batch, writing } = state
  if (writing !== undefined) {
    return [ahead === undefined ? state : { ...state, ahead: withHeads(ahead, ids, heads) }, []]
  }
  if (batch === undefined) return [state, []]
  const loaded = withHeads(batch, ids, heads)
  const next = { ...state, batch: loaded }
  return loaded.missing === 0 ? write(next, loaded) : [next, []]
}

/** All heads are known: plan the writes, start them, and take what follows meanwhile. */
const write = (state: ReplicationState, batch: Batch): Step => {
  const { conflicts, writing } = planBatch(state, batch)
  const { lines } = writing
  const outputs: Array<ReplicationOutput> = conflicts.map((conflict) => ({ _tag: "Conflicted", conflict }))
  const planned = { ...state, writing }
  const [asked, writes] = lines.size === 0 ? progressed(planned, writing, batch) : askWrites(planned, lines.keys())
  for (const output of writes) outputs.push(output)
  if (asked.writing !== writing) return [asked, outputs]
  const [next, more] = lookAhead(asked, batch)
  return [next, [...outputs, ...more]]
}

/** Takes what follows the batch in hand: the rest of its page, or the next one. */
const lookAhead = (state: ReplicationState, { poison, rest }: Batch): Step => {
  if (rest !== undefined) return load(state, rest)
  return poison === undefined ? feedFollower(state, { _tag: "Take" }) : [state, []]
}

const written = (state: ReplicationState, line: number): Step => {
  const { batch, claimed, writing } = state
  if (claimed !== undefined) return follow({ ...grant(state), claimed: undefined, pointer: claimed }, claimed + 1)
  if (batch === undefined || writing === undefined) return [state, []]
  if (line === pointerLine) return progressed(grant(state), { ...writing, pointerWritten: true }, batch)
  const { lines } = writing
  const rest = lines.get(line)?.slice(1) ?? []
  if (rest.length === 0) lines.delete(line)
  else lines.set(line, rest)
  if (rest.length > 0) return askWrites(state, [line])
  return lines.size === 0 ? progressed(state, writing, batch) : [state, []]
}

/** Every line is written: move the pointer, or go on when it has moved. */
const progressed = (state: ReplicationState, writing: Writing, batch: Batch): Step => {
  if (!writing.pointerWritten) {
    const steps = [pointerStep(state, batch)]
    return askStore({ ...state, writing }, { _tag: "Write", line: pointerLine, steps, until: undefined })
  }
  remember(state, writing)
  const done: ReplicationOutput = {
    _tag: "Replicated",
    nextOffset: batch.nextOffset,
    logEnd: batch.logEnd,
    records: batch.records,
    events: writing.events,
    bytes: batch.bytes,
    since: batch.since
  }
  const pointer = batch.nextOffset > 0 ? Math.max(batch.nextOffset - 1, state.pointer ?? -1) : state.pointer
  const failures = batch.records > 0 ? 0 : state.failures
  const { ahead } = state
  const next: ReplicationState = { ...state, batch: ahead, writing: undefined, ahead: undefined, pointer, failures }
  const [after, more] = proceed(next, batch)
  return [after, [done, ...more]]
}

/** After a batch: stop, wait before a record that cannot be read, or go on with what was taken meanwhile or comes next. */
const proceed = (state: ReplicationState, before: Batch): Step => {
  const { batch } = state
  if (state.stopping) return stop(state)
  if (batch !== undefined) return batch.missing === 0 ? write(state, batch) : [state, []]
  if (before.poison !== undefined) return stalled({ ...state, follower: undefined }, before.poison, "Begin")
  return lookAhead(state, before)
}

const remember = (state: ReplicationState, writing: Writing): void => {
  const { config, known } = state
  for (const [id, head] of writing.heads) {
    known.delete(id)
    known.set(id, head)
  }
  for (const id of known.keys()) {
    if (known.size <= config.heads) break
    known.delete(id)
  }
}

const stop = (state: ReplicationState): Step => [
  {
    ...state,
    stopped: true,
    follower: undefined,
    batch: undefined,
    writing: undefined,
    ahead: undefined,
    retries: []
  },
  [{ _tag: "Stopped" }]
]

/** Stops after the batch in hand, or at once where nothing of it is being written. */
const stopInOrder = (state: ReplicationState): Step => {
  const { retries, writing } = state
  const fails = retries.some(({ request }) => request === "Begin" || request._tag !== "ReadHeads")
  return writing === undefined || fails
    ? stop(state)
    : [{ ...state, stopping: true, ahead: undefined, retries: [] }, []]
}

/** What is to be done again of a request: a write of several journals for each by itself, so that one holds up no other. */
const again = (
  { config, writing }: ReplicationState,
  request: StoreRequest | "Begin"
): ReadonlyArray<StoreRequest | "Begin"> =>
  request === "Begin" || request._tag !== "Write" || config.atomic || writing === undefined
    ? [request]
    : divideLine(writing, request.line).map((line) => ({ ...request, line }))

/** Something failed: say so, and do it again later. */
const stalled = (state: ReplicationState, error: JournalError, request: StoreRequest | "Begin"): Step => {
  if (state.stopping) return stop(state)
  const { backoffMs, maxBackoffMs } = state.config
  const retryAt = state.now + Math.min(maxBackoffMs, backoffMs * 2 ** Math.min(state.failures, 20))
  const retries = again(state, request).map((each) => ({ at: retryAt, request: each }))
  return [
    { ...state, failures: state.failures + 1, retries: [...state.retries, ...retries] },
    [{ _tag: "Stalled", error, retryAt }]
  ]
}

/** Starts over from what the store knows. */
const begin = (state: ReplicationState): Step => {
  state.known.clear()
  const next: ReplicationState = {
    ...state,
    epoch: state.epoch + 1,
    pointer: undefined,
    follower: undefined,
    belonging: undefined,
    claimed: undefined,
    batch: undefined,
    writing: undefined,
    ahead: undefined,
    retries: []
  }
  return askStore(next, { _tag: "ReadPointer" })
}

const tick = (before: ReplicationState, now: number): Step => {
  const due = before.retries.filter(({ at }) => at <= now)
  let state: ReplicationState = { ...before, now, retries: before.retries.filter(({ at }) => at > now) }
  if (due.some(({ request }) => request === "Begin")) return begin(state)
  const outputs: Array<ReplicationOutput> = []
  for (const { request } of due) {
    if (request === "Begin") continue
    const [next, again] = askStore(state, request)
    state = next
    outputs.push(...again)
  }
  const [next, more] = feedFollower(state, { _tag: "Tick", now })
  state = next
  return [state, [...outputs, ...more]]
}

const logFailed = (state: ReplicationState, failure: LogFailure): Step => {
  switch (failure._tag) {
    case "Retry": {
      const [next, outputs] = feedFollower(state, { _tag: "ReadFailed" })
      const retryAt = next.follower?.retryAt ?? next.now
      return [next, [...outputs, { _tag: "Stalled", error: failure.error, retryAt }]]
    }
    case "Trimmed":
      return state.pointer === undefined && state.batch === undefined
        ? beginBehind(state, failure.logStart - 1)
        : stalled({ ...state, follower: undefined, belongs: false }, failure.error, "Begin")
    case "Final":
      return stalled({ ...state, follower: undefined, belongs: false }, failure.error, "Begin")
  }
}

/**
 * Begins behind an offset up to which the log has nothing any more, and says so by the first pointer, before anything else is
 * written.
 *
 * **Details**
 *
 * Another replicator may have begun when the log still had that, and be late: a store without transactions tells it by the
 * pointer that this one has passed over its records.
 */
const beginBehind = (state: ReplicationState, offset: number): Step => {
  const { atomic, partition, topic } = state.config
  if (atomic) return follow(state, offset + 1)
  const steps: ReadonlyArray<WriteStep> = [{ _tag: "PutPointer", topic, partition, offset, previous: undefined }]
  return askStore({ ...state, claimed: offset }, { _tag: "Write", line: pointerLine, steps, until: undefined })
}

/** The store has told its pointer: begin there, once it is known that it is a place in this log. */
const pointerRead = (before: ReplicationState, offset: number | undefined): Step => {
  const { belongs, config } = before
  const state = { ...before, pointer: offset }
  if (belongs || offset === undefined) return follow(state, (offset ?? -1) + 1)
  const { lookBack, partition, topic } = config
  return compared(state, compareBelonging({ topic, partition, pointer: offset, lookBack }))
}

/** Goes on with the comparison of the store with the log, or with what it has shown. */
const compared = (before: ReplicationState, step: BelongingStep): Step => {
  if (step._tag === "Ask") {
    const { request } = step
    const state = { ...before, belonging: step.state }
    if (request._tag === "Look") return [state, [ask(state, request)]]
    return askStore(state, request._tag === "ReadHead" ? { _tag: "ReadHeads", ids: [request.id] } : request)
  }
  const { belonging } = step
  const state = { ...before, belonging: undefined }
  if (belonging._tag === "Moved") return fenced(state)
  if (belonging._tag === "Other")
    return stalled(state, otherLog(state.config, belonging, state.config.storeName), "Begin")
  return follow({ ...state, belongs: true }, (state.pointer ?? -1) + 1)
}

/** An answer while the store is compared with the log. */
const comparing = (state: ReplicationState, belonging: BelongingState, answer: ReplicationAnswer): Step => {
  switch (answer._tag) {
    case "LogRead":
    case "PointerConfirmed":
      return compared(state, answerBelonging(belonging, answer))
    case "HeadsRead": {
      const head = answer.ids.map((id) => answer.heads.get(id))[0]
      return compared(state, answerBelonging(belonging, { _tag: "HeadRead", head }))
    }
    case "LogFailed": {
      const { failure } = answer
      return failure._tag === "Retry"
        ? stalled(state, failure.error, "Begin")
        : compared(state, answerBelonging(belonging, { _tag: "LogFailed", failure }))
    }
    default:
      return [state, []]
  }
}

/** Another replicator has moved the pointer. */
const fenced = (state: ReplicationState): Step => (state.stopping ? stop(state) : begin(state))

const answered = (state: ReplicationState, answer: ReplicationAnswer): Step => {
  const { belonging } = state
  if (belonging !== undefined && answer._tag !== "StoreFailed") return comparing(state, belonging, answer)
  switch (answer._tag) {
    case "PointerRead":
      return state.stopping ? stop(state) : pointerRead(grant(state), answer.offset)
    case "PointerConfirmed":
      return confirmed(state, answer.offset)
    case "HeadsRead":
      return headsRead(state, answer.ids, answer.heads)
    case "LogRead":
      return feedFollower(state, { _tag: "Read", page: answer.page })
    case "LogFailed":
      return logFailed(state, answer.failure)
    case "Written":
      return written(state, answer.line)
    case "TooLate":
      return askWrites(state, [answer.line])
    case "StoreFailed":
      // Who stops needs no heads of what comes later.
      if (state.stopping && answer.request._tag === "ReadHeads") return [state, []]
      return stalled(state, answer.error, answer.request)
    case "Fenced":
      return fenced(state)
  }
}

const step = (state: ReplicationState, input: ReplicationInput): Step => {
  if (state.stopped) return [state, []]
  switch (input._tag) {
    case "Tick":
      return tick(state, input.now)
    case "Begin":
      return begin(state)
    case "Answered":
      return input.epoch === state.epoch ? answered(state, input.answer) : [state, []]
    case "Stop":
      return stopInOrder(state)
  }
}

const wakeAt = (state: ReplicationState): number | undefined => {
  const times = state.retries.map(({ at }) => at)
  const follower = state.follower === undefined ? undefined : Follower.wakeAt(state.follower)
  if (follower !== undefined) times.push(follower)
  return times.length === 0 ? undefined : Math.min(...times)
}

/**
 * Copies one partition's journals from the log to the store, in log order, again and again the same.
 *
 * **Details**
 *
 * Begins at the store's own pointer, so it may be killed at any moment: what it does twice gives the same rows. A batch
 * is a page of the log. An atomic store gets one transaction a batch; another gets events, then heads, then the pointer,
 * each journal's steps one after the other and the journals beside one another. Such a store may not refuse what comes
 * from a replicator that slept and was replaced, so that the pointer is looked at before a write where the last look is
 * too long ago. Before it goes on from a pointer for the first time, and after the log did not have what was to come, it
 * looks whether the store is this log's at all, and writes nothing where it is another's. A record that cannot be read stops the partition before it, and is tried again with back-off.
 */
export const replication: Machine<ReplicationState, ReplicationInput, ReplicationOutput> = { step, wakeAt }
