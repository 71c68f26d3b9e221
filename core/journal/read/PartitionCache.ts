import { Follower } from "../../log/index.ts"
import type { Machine, Transition } from "../../machine/index.ts"
import type { LogPage } from "../../ports/index.ts"
import type { JournalError } from "../model/JournalError.ts"
import type { LogFailure } from "../ports/LogFailure.ts"
import { PartitionTails } from "./PartitionTails.ts"
import type { TailAnswer, TailUnknown } from "./TailAnswer.ts"

/**
 * How a partition is looked after; times are in milliseconds.
 *
 * **Details**
 *
 * At most `maxIds` tails are kept, and at most `maxWaiting` questions wait, `timeoutMs` at the longest. The store's
 * pointer is read again every `pointerMs`, and every `idlePointerMs` once nothing was asked for `idleAfterMs`; after
 * `expiryMs` without a question the cache closes. What fails is tried again after `backoffMs`, doubled each time up to
 * `maxLogBackoffMs` or `maxStoreBackoffMs`.
 */
export interface PartitionCacheConfig {
  readonly maxIds: number
  readonly maxWaiting: number
  readonly timeoutMs: number
  readonly pointerMs: number
  readonly idlePointerMs: number
  readonly idleAfterMs: number
  readonly expiryMs: number
  readonly backoffMs: number
  readonly maxLogBackoffMs: number
  readonly maxStoreBackoffMs: number
}

/** How a partition is looked after unless said otherwise. */
export const defaultPartitionCacheConfig: PartitionCacheConfig = {
  maxIds: 10_000,
  maxWaiting: 10_000,
  timeoutMs: 1000,
  pointerMs: 100,
  idlePointerMs: 1000,
  idleAfterMs: 5000,
  expiryMs: 600_000,
  backoffMs: 10,
  maxLogBackoffMs: 1000,
  maxStoreBackoffMs: 3000
}

/**
 * - `Begin`: once, first
 * - `Get`: what is the tail of this journal, up to this mark or further? Answered by one `Reply` with the same ticket
 * - `Replicated`: everything up to this offset is in the store; a hint, for which the pointer need not be read
 * - `Answered`: how a request of this epoch ended; answers to an earlier epoch's requests are passed over
 * - `Close`: answer whoever waits and stop
 */
export type PartitionCacheInput =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Begin" }
  | { readonly _tag: "Get"; readonly ticket: number; readonly id: string; readonly mark: number }
  | { readonly _tag: "Replicated"; readonly offset: number }
  | { readonly _tag: "Answered"; readonly epoch: number; readonly answer: PartitionCacheAnswer }
  | { readonly _tag: "Close" }

/** The answer to a request: what the store or the log gave, or that it failed. */
export type PartitionCacheAnswer =
  | { readonly _tag: "PointerRead"; readonly offset: number | undefined }
  | { readonly _tag: "PointerFailed"; readonly error: JournalError }
  | { readonly _tag: "LogRead"; readonly page: LogPage }
  | { readonly _tag: "LogFailed"; readonly failure: LogFailure }

/**
 * A request to the store or to the log. A read of the log that `waits` may be answered late where there is nothing at its
 * offset yet; another one is to be answered at once.
 */
export type PartitionCacheRequest =
  | { readonly _tag: "ReadPointer" }
  | { readonly _tag: "ReadLog"; readonly offset: number; readonly waits: boolean }

/**
 * - `Request`: answered by exactly one `Answered` of the same epoch
 * - `Reply`: the answer to a question
 * - `Stalled`: something failed for the second time in a row, and is tried again for ever
 * - `Closed`: nothing is under way and nothing follows
 */
export type PartitionCacheOutput =
  | { readonly _tag: "Request"; readonly epoch: number; readonly request: PartitionCacheRequest }
  | { readonly _tag: "Reply"; readonly ticket: number; readonly answer: TailAnswer }
  | { readonly _tag: "Stalled"; readonly error: JournalError }
  | { readonly _tag: "Closed" }

interface Waiting {
  readonly id: string
  readonly mark: number
  readonly until: number
}

/**
 * What is known of one partition.
 *
 * - `Starting`: the store's pointer is asked for
 * - `Following`: the log is read from the pointer on, for ever
 * - `Unable`: the log does not have what the store lacks, or cannot be read; begins again at `pointerAt`
 * - `Closed`: `Closed` was given
 */
export interface PartitionCacheState {
  readonly config: PartitionCacheConfig
  readonly phase: "Starting" | "Following" | "Unable" | "Closed"
  readonly now: number
  /** Counts how often the cache has begun. */
  readonly epoch: number
  readonly pointer: number | undefined
  /** When the pointer is read next; `undefined` while it is being read. */
  readonly pointerAt: number | undefined
  readonly follower: Follower.FollowerState<LogPage> | undefined
  /** Written by `step` alone. */
  readonly tails: PartitionTails | undefined
  /** Who waits, by ticket, in the order of the deadlines; written by `step` alone. */
  readonly waiting: Map<number, Waiting>
  /** When something was asked last; `Infinity` until it has begun. */
  readonly usedAt: number
  readonly storeFailures: number
  readonly logFailures: number
}

/** A cache that has not begun. */
export const start = (config: PartitionCacheConfig): PartitionCacheState => ({
  config,
  phase: "Starting",
  now: 0,
  epoch: 0,
  pointer: undefined,
  pointerAt: undefined,
  follower: undefined,
  tails: undefined,
  waiting: new Map(),
  usedAt: Infinity,
  storeFailures: 0,
  logFailures: 0
})

type Step = Transition<PartitionCacheState, PartitionCacheOutput>

const ask = (state: PartitionCacheState, request: PartitionCacheRequest): PartitionCacheOutput => ({
  _tag: "Request",
  epoch: state.epoch,
  request
})

const reply = (ticket: number, answer: TailAnswer): PartitionCacheOutput => ({ _tag: "Reply", ticket, answer })

const replyUnknown = (ticket: number, why: TailUnknown): PartitionCacheOutput => reply(ticket, { _tag: "Unknown", why })

/** Tells everybody who waits that nothing is known. */
const dismiss = ({ waiting }: PartitionCacheState, why: TailUnknown): Array<PartitionCacheOutput> => {
  const outputs = [...waiting.keys()].map((ticket) => replyUnknown(ticket, why))
  waiting.clear()
  return outputs
}

const backoff = ({ backoffMs }: PartitionCacheConfig, failures: number, max: number): number =>
  Math.min(max, backoffMs * 2 ** Math.min(failures, 20))

/** Begins again with nothing known. */
const begin = (before: PartitionCacheState): Step => {
  const epoch = before.epoch + 1
  const state: PartitionCacheState = {
    ...before,
    phase: "Starting",
    epoch,
    pointer: undefined,
    pointerAt: undefined,
    follower: undefined,
    tails: undefined
  }
  return [state, [ask(state, { _tag: "ReadPointer" })]]
}

const feedFollower = (before: PartitionCacheState, inputs: ReadonlyArray<Follower.FollowerInput<LogPage>>): Step => {
  let { follower } = before
  const outputs: Array<PartitionCacheOutput> = []
  for (const input of inputs) {
    if (follower === undefined) break
    const [next, more] = Follower.step(follower, input)
    follower = next
    for (const output of more) {
      if (output._tag === "Page") before.tails?.absorb(output.page)
      else if (output._tag === "ReadFrom") {
        const { offset } = output
        const waits = (before.tails?.position ?? -1) >= offset
        outputs.push(ask(before, { _tag: "ReadLog", offset, waits }))
      }
    }
  }
  return [{ ...before, follower }, outputs]
}

/** Reads the log from an offset on; no read is under way. */
const follow = (state: PartitionCacheState, from: number): Step => {
  const { backoffMs, maxLogBackoffMs: maxBackoffMs } = state.config
  const follower = Follower.start<LogPage>({ from, end: undefined, ahead: 1, backoffMs, maxBackoffMs })
  return feedFollower({ ...state, follower }, [{ _tag: "Tick", now: state.now }, { _tag: "Take" }])
}

/** Knows nothing but that everything below `from` is in the store, and reads the log from there. */
const locate = (state: PartitionCacheState, from: number): Step =>
  follow({ ...state, phase: "Following", tails: new PartitionTails(from) }, from)

/** Answers those whose mark was reached. */
const serve = ({ tails, waiting }: PartitionCacheState): Array<PartitionCacheOutput> => {
  const position = tails?.position
  if (tails === undefined || position === undefined) return []
  const outputs: Array<PartitionCacheOutput> = []
  for (const [ticket, { id, mark }] of waiting) {
    if (mark > position) continue
    waiting.delete(ticket)
    outputs.push(reply(ticket, tails.answer(id)))
  }
  return outputs
}

const get = (before: PartitionCacheState, ticket: number, id: string, mark: number): Step => {
  const { config, now, pointerAt, tails, waiting } = before
  if (before.phase === "Closed") return [before, [replyUnknown(ticket, "closed")]]
  const isWorking = before.phase === "Following" && before.storeFailures === 0
  const soon = now + config.pointerMs
  const state = {
    ...before,
    usedAt: now,
    pointerAt: isWorking && pointerAt !== undefined ? Math.min(pointerAt, soon) : pointerAt
  }
  if (state.phase === "Unable") return [state, [replyUnknown(ticket, "unavailable")]]
  if (tails?.position !== undefined && mark <= tails.position) return [state, [reply(ticket, tails.answer(id))]]
  if (waiting.size >= config.maxWaiting) return [state, [replyUnknown(ticket, "limited")]]
  waiting.set(ticket, { id, mark, until: now + config.timeoutMs })
  return [state, []]
}

const pointerRead = (before: PartitionCacheState, pointer: number | undefined): Step => {
  const { config, now, tails, usedAt } = before
  const isUsed = now - usedAt < config.idleAfterMs
  const pointerAt = now + (isUsed ? config.pointerMs : config.idlePointerMs)
  const state: PartitionCacheState = { ...before, pointer, pointerAt, storeFailures: 0 }
  if (tails === undefined) return locate(state, (pointer ?? -1) + 1)
  // A pointer never goes back: this is another store, and nothing that was known of the old one is true of it.
  if ((pointer ?? -1) < (before.pointer ?? -1)) {
    return locate({ ...state, epoch: state.epoch + 1 }, (pointer ?? -1) + 1)
  }
  if (pointer !== undefined) tails.replicated(pointer)
  return [state, []]
}

/**
 * The store has more than when its pointer was read last. What was read stays what it is: an answer that is under way may
 * be from before, and is no other store's for that.
 */
const replicated = (state: PartitionCacheState, offset: number): Step => {
  if (offset >= 0) state.tails?.replicated(offset)
  return [state, []]
}

const pointerFailed = (state: PartitionCacheState, error: JournalError): Step => {
  const { config, now, storeFailures } = state
  const pointerAt = now + backoff(config, storeFailures, config.maxStoreBackoffMs)
  return [
    { ...state, pointerAt, storeFailures: storeFailures + 1 },
    storeFailures === 1 ? [{ _tag: "Stalled", error }] : []
  ]
}

const logRead = (before: PartitionCacheState, page: LogPage): Step => {
  const { config, tails } = before
  if (tails === undefined) return [before, []]
  const state = { ...before, logFailures: 0 }
  const isStored = page.nextOffset < tails.from
  tails.reach(page.nextOffset)
  const [next, outputs] = isStored
    ? follow(state, tails.from)
    : feedFollower(state, [{ _tag: "Read", page }, { _tag: "Take" }])
  const replies = serve(next)
  tails.evict(config.maxIds)
  return [next, [...outputs, ...replies]]
}

/** The log cannot be read from where the store ends: nothing is known until that has changed. */
const unable = (before: PartitionCacheState, error: JournalError): Step => {
  const { config, logFailures, now } = before
  const state: PartitionCacheState = {
    ...before,
    phase: "Unable",
    epoch: before.epoch + 1,
    pointerAt: now + backoff(config, logFailures, config.maxStoreBackoffMs),
    logFailures: logFailures + 1,
    follower: undefined,
    tails: undefined
  }
  const outputs = dismiss(state, "unavailable")
  return [state, logFailures === 1 ? [...outputs, { _tag: "Stalled", error }] : outputs]
}

const logFailed = (state: PartitionCacheState, failure: LogFailure): Step => {
  switch (failure._tag) {
    case "Retry": {
      const outputs: ReadonlyArray<PartitionCacheOutput> =
        state.logFailures === 1 ? [{ _tag: "Stalled", error: failure.error }] : []
      const [next, more] = feedFollower(state, [{ _tag: "ReadFailed" }])
      return [{ ...next, logFailures: state.logFailures + 1 }, [...outputs, ...more]]
    }
    case "Trimmed":
    case "Final":
      return unable(state, failure.error)
  }
}

const answered = (state: PartitionCacheState, answer: PartitionCacheAnswer): Step => {
  switch (answer._tag) {
    case "PointerRead":
      return pointerRead(state, answer.offset)
    case "PointerFailed":
      return pointerFailed(state, answer.error)
    case "LogRead":
      return logRead(state, answer.page)
    case "LogFailed":
      return logFailed(state, answer.failure)
  }
}

const close = (state: PartitionCacheState): Step => [
  { ...state, phase: "Closed", pointerAt: undefined, follower: undefined, tails: undefined },
  [...dismiss(state, "closed"), { _tag: "Closed" }]
]

const tick = (before: PartitionCacheState, now: number): Step => {
  let state = { ...before, now }
  const { config, pointerAt, waiting } = state
  const outputs: Array<PartitionCacheOutput> = []
  for (const [ticket, { until }] of waiting) {
    if (until > now) break
    waiting.delete(ticket)
    outputs.push(replyUnknown(ticket, "timeout"))
  }
  if (waiting.size === 0 && now - state.usedAt >= config.expiryMs) {
    const [closed, more] = close(state)
    return [closed, [...outputs, ...more]]
  }
  if (pointerAt !== undefined && pointerAt <= now) {
    const [next, more] =
      state.phase === "Unable"
        ? begin(state)
        : [{ ...state, pointerAt: undefined }, [ask(state, { _tag: "ReadPointer" })]]
    state = next
    outputs.push(...more)
  }
  const [next, more] = feedFollower(state, [{ _tag: "Tick", now }])
  return [next, [...outputs, ...more]]
}

const step = (state: PartitionCacheState, input: PartitionCacheInput): Step => {
  if (input._tag === "Get") return get(state, input.ticket, input.id, input.mark)
  if (state.phase === "Closed") return [state, []]
  switch (input._tag) {
    case "Tick":
      return tick(state, input.now)
    case "Begin":
      return begin({ ...state, usedAt: state.now })
    case "Replicated":
      return replicated(state, input.offset)
    case "Answered":
      return input.epoch === state.epoch ? answered(state, input.answer) : [state, []]
    case "Close":
      return close(state)
  }
}

const wakeAt = ({ config, follower, phase, pointerAt, usedAt, waiting }: PartitionCacheState): number | undefined => {
  if (phase === "Closed") return undefined
  const [first] = waiting.values()
  const retryAt = follower === undefined ? undefined : Follower.wakeAt(follower)
  const endAt = first === undefined ? usedAt + config.expiryMs : first.until
  const at = Math.min(pointerAt ?? Infinity, retryAt ?? Infinity, endAt)
  return at === Infinity ? undefined : at
}

/** Draws the cache as text. */
export const describe = ({ phase, pointer, tails, waiting }: PartitionCacheState): string =>
  [
    `${phase}, pointer ${pointer ?? "none"}, ${waiting.size} waiting`,
    ...(tails?.describe() ?? []),
    ...[...waiting].map(([ticket, { id, mark, until }]) => `ticket ${ticket} for ${id} at ${mark} until ${until}`)
  ].join("\n")

/**
 * Knows the tails of all journals of one partition, so that many recoveries share one reading of the log.
 *
 * **Details**
 *
 * It reads the store's pointer, then follows the log from there, record by record, and keeps a summary of each journal's
 * actions; the pointer is read again from time to time, and what it passes is forgotten. A question is answered when the
 * log was read up to its mark. Where it cannot be answered, or not in time, the answer says so, and whoever asked reads
 * the log for itself.
 *
 * A record that cannot be read makes its own journal unknown, and no other.
 */
export const partitionCache: Machine<PartitionCacheState, PartitionCacheInput, PartitionCacheOutput> = { step, wakeAt }
