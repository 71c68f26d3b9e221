import type { LogRecord } from "./Record.ts"

/**
 * A page of a log as a follower sees it; `nextOffset` is where the next read continues, also past gaps that compaction
 * and transaction markers leave.
 */
export interface FollowedPage {
  readonly records: ReadonlyArray<LogRecord>
  readonly nextOffset: number
}

/**
 * How to follow a partition.
 *
 * **Details**
 *
 * `from` is the first offset to read. The follower ends when its position has reached `end` (records at or beyond it are
 * left out), whether or not a record stands there; `undefined` follows for ever. `ahead` is how many pages may be read
 * before they are taken, which bounds what is buffered. A failed read is tried again after `backoffMs`, doubled each
 * time up to `maxBackoffMs`. With an `end`, a read that moves nothing forward is tried again likewise, until the
 * deadline of whoever drives the follower.
 */
export interface FollowerConfig {
  readonly from: number
  readonly end: number | undefined
  readonly ahead: number
  readonly backoffMs: number
  readonly maxBackoffMs: number
}

/** Where a follower stands. Make it with {@link start}; only {@link step} makes the next one. */
export interface FollowerState<Page extends FollowedPage> {
  readonly config: FollowerConfig
  readonly now: number
  /** The offset that the next read asks for. */
  readonly position: number
  readonly reading: boolean
  readonly failures: number
  readonly retryAt: number | undefined
  readonly buffered: ReadonlyArray<Page>
  readonly taken: boolean
  readonly ended: boolean
}

/**
 * - `Tick`: the time, in milliseconds since the epoch
 * - `Take`: the next page is wanted
 * - `Read`: what a read gave
 * - `ReadFailed`: a read failed, and another may succeed
 */
export type FollowerInput<Page extends FollowedPage> =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Take" }
  | { readonly _tag: "Read"; readonly page: Page }
  | { readonly _tag: "ReadFailed" }

/**
 * - `ReadFrom`: read a page at this offset; answered by one `Read` or `ReadFailed`
 * - `Page`: the page that was taken
 * - `End`: the position has reached the end; nothing follows
 */
export type FollowerOutput<Page extends FollowedPage> =
  | { readonly _tag: "ReadFrom"; readonly offset: number }
  | { readonly _tag: "Page"; readonly page: Page }
  | { readonly _tag: "End" }

/** A follower that has read nothing yet. */
export const start = <Page extends FollowedPage>(config: FollowerConfig): FollowerState<Page> => ({
  config,
  now: 0,
  position: config.from,
  reading: false,
  failures: 0,
  retryAt: undefined,
  buffered: [],
  taken: false,
  ended: false
})

/** When the follower has to be woken, in milliseconds since the epoch. */
export const wakeAt = <Page extends FollowedPage>(state: FollowerState<Page>): number | undefined => state.retryAt

const received = <Page extends FollowedPage>(state: FollowerState<Page>, page: Page): FollowerState<Page> => {
  const { end } = state.config
  const moved = page.nextOffset > state.position
  if (!moved && end !== undefined) return failed({ ...state, reading: false })
  const inside =
    end !== undefined && page.nextOffset > end
      ? { ...page, records: page.records.filter((record) => record.offset < end), nextOffset: end }
      : page
  return {
    ...state,
    reading: false,
    failures: 0,
    position: Math.max(state.position, inside.nextOffset),
    buffered: moved ? [...state.buffered, inside] : state.buffered
  }
}

const failed = <Page extends FollowedPage>(state: FollowerState<Page>): FollowerState<Page> => {
  const { backoffMs, maxBackoffMs } = state.config
  return {
    ...state,
    reading: false,
    failures: state.failures + 1,
    retryAt: state.now + Math.min(maxBackoffMs, backoffMs * 2 ** Math.min(state.failures, 20))
  }
}

const absorb = <Page extends FollowedPage>(
  state: FollowerState<Page>,
  input: FollowerInput<Page>
): FollowerState<Page> => {
  switch (input._tag) {
    case "Tick":
      return {
        ...state,
        now: input.now,
        retryAt: state.retryAt !== undefined && state.retryAt <= input.now ? undefined : state.retryAt
      }
    case "Take":
      return { ...state, taken: true }
    case "Read":
      return received(state, input.page)
    case "ReadFailed":
      return failed(state)
  }
}

/**
 * Follows one partition from a position, over failed reads, with a bound on what is buffered: the one way in which this
 * package reads a log in order.
 *
 * **Details**
 *
 * A part of a machine: whoever holds the state feeds its inputs and carries out its outputs. One read is under way at a
 * time. Pages are handed over one for each `Take`.
 */
export const step = <Page extends FollowedPage>(
  before: FollowerState<Page>,
  input: FollowerInput<Page>
): readonly [FollowerState<Page>, ReadonlyArray<FollowerOutput<Page>>] => {
  let state = absorb(before, input)
  const outputs: Array<FollowerOutput<Page>> = []
  if (state.taken && state.buffered.length > 0) {
    const [page, ...rest] = state.buffered
    if (page !== undefined) outputs.push({ _tag: "Page", page })
    state = { ...state, taken: false, buffered: rest }
  }
  const { config } = state
  const atEnd = config.end !== undefined && state.position >= config.end
  if (atEnd && state.taken && !state.ended) {
    outputs.push({ _tag: "End" })
    state = { ...state, taken: false, ended: true }
  }
  const wanted = state.buffered.length < config.ahead || state.taken
  if (!atEnd && !state.reading && state.retryAt === undefined && wanted) {
    outputs.push({ _tag: "ReadFrom", offset: state.position })
    state = { ...state, reading: true }
  }
  return [state, outputs]
}
