import type { Machine } from "../machine/index.ts"
import type { Fetch } from "../protocol/index.ts"
import type { ClientFailure } from "./ClientFailure.ts"
import { fatesOf, type FetchPlan, partitionKey, planFetch, type WaitingRead } from "./FetchPlan.ts"
import type { FetchedPartition } from "./PageDecoder.ts"

/**
 * Bounds of the reads at one broker.
 *
 * **Details**
 *
 * `maxBytes` bounds what the answers of all Fetches under way may take together. `pollMs` is the longest wait of one
 * Fetch on the connection for waiting reads: a read that comes in between waits no longer for the next one. `lingerMs` is
 * how long that next one is held back for readers that have just been answered and usually come back at once; while one
 * of them is still away (`awayMs` at most), a Fetch waits for `shortPollMs` only.
 */
export interface FetchConfig {
  readonly maxBytes: number
  readonly pollMs: number
  readonly shortPollMs: number
  readonly lingerMs: number
  readonly awayMs: number
}

/** How reads are bounded unless said otherwise. */
export const defaultFetchConfig: FetchConfig = {
  maxBytes: 64 * 1024 * 1024,
  pollMs: 500,
  shortPollMs: 50,
  lingerMs: 5,
  awayMs: 1000
}

/** The connection that a Fetch goes over: `now` for those that do not wait at the broker, `follow` for those that do. */
export type Lane = "now" | "follow"

/** Fetches that may be under way on the `now` connection: one at the broker, one on the wire. */
const maxNowFetches = 2

interface InFlight {
  readonly id: number
  readonly lane: Lane
  readonly plan: FetchPlan
}

/** The reads at one broker. Make it with {@link noReads}; only the machine makes the next one. */
export interface FetchState {
  readonly config: FetchConfig
  readonly now: number
  readonly nextFetch: number
  readonly inFlight: ReadonlyArray<InFlight>
  /** Reads for the next Fetch that answers at once. */
  readonly asking: ReadonlyArray<WaitingRead>
  /** Reads for the next Fetch that waits. */
  readonly following: ReadonlyArray<WaitingRead>
  /** Partitions whose follower was answered and has not come back, with when it is taken for gone. */
  readonly away: ReadonlyMap<string, number>
  /** Until when the next Fetch that waits is held back. */
  readonly lingerUntil: number
  readonly cancelled: ReadonlySet<number>
}

/**
 * - `Tick`: the time, in milliseconds since the epoch
 * - `Read`: a read that waits for `maxWaitMs` at most when there is nothing at its offset
 * - `Cancel`: nobody waits for that read any more
 * - `Fetched`: what a Fetch answered
 * - `FetchFailed`: a Fetch has no answer
 */
export type FetchInput =
  | { readonly _tag: "Tick"; readonly now: number }
  | {
      readonly _tag: "Read"
      readonly id: number
      readonly topic: string
      readonly partition: number
      readonly offset: number
      readonly maxBytes: number
      readonly maxWaitMs: number
    }
  | { readonly _tag: "Cancel"; readonly id: number }
  | {
      readonly _tag: "Fetched"
      readonly fetch: number
      readonly responses: (typeof Fetch)["response"]["Type"]["responses"]
    }
  | { readonly _tag: "FetchFailed"; readonly fetch: number; readonly failure: ClientFailure }

/**
 * - `Fetch`: ask the broker; answered by one `Fetched` or `FetchFailed`
 * - `Answered`: what the broker said of a read's partition, which may be an error
 * - `Failed`: there is no answer for a read; `undefined` when the answer left its partition out
 */
export type FetchOutput =
  | {
      readonly _tag: "Fetch"
      readonly fetch: number
      readonly lane: Lane
      readonly plan: FetchPlan
      readonly maxWaitMs: number
    }
  | { readonly _tag: "Answered"; readonly id: number; readonly fetched: FetchedPartition }
  | { readonly _tag: "Failed"; readonly id: number; readonly failure: ClientFailure | undefined }

type Step = readonly [FetchState, ReadonlyArray<FetchOutput>]

/** A broker that nothing is read from. */
export const noReads = (config: FetchConfig): FetchState => ({
  config,
  now: 0,
  nextFetch: 1,
  inFlight: [],
  asking: [],
  following: [],
  away: new Map(),
  lingerUntil: 0,
  cancelled: new Set()
})

const isPolling = (state: FetchState): boolean => state.inFlight.some((each) => each.lane === "follow")

/** A new read joins the next Fetch that waits, or first asks at once when such a Fetch is already under way. */
const accept = (state: FetchState, read: WaitingRead, waits: boolean): FetchState => {
  if (!waits) return { ...state, asking: [...state.asking, read] }
  const away = new Map(state.away)
  away.delete(partitionKey(read.topic, read.partition))
  return isPolling(state)
    ? { ...state, away, asking: [...state.asking, read] }
    : { ...state, away, following: [...state.following, read] }
}

const cancel = (state: FetchState, id: number): FetchState => {
  const others = (reads: ReadonlyArray<WaitingRead>) => reads.filter((read) => read.id !== id)
  const underWay = state.inFlight.some(({ plan }) =>
    plan.partitions.some(({ reads }) => reads.some((read) => read.id === id))
  )
  return {
    ...state,
    asking: others(state.asking),
    following: others(state.following),
    cancelled: underWay ? new Set(state.cancelled).add(id) : state.cancelled
  }
}

/** Takes a Fetch out of what is under way; `undefined` when it is not there. */
const settle = (state: FetchState, fetch: number): readonly [FetchState, InFlight | undefined] => [
  { ...state, inFlight: state.inFlight.filter((each) => each.id !== fetch) },
  state.inFlight.find((each) => each.id === fetch)
]

const fetched = (before: FetchState, input: Extract<FetchInput, { readonly _tag: "Fetched" }>): Step => {
  const [state, settled] = settle(before, input.fetch)
  if (settled === undefined) return [state, []]
  const outputs: Array<FetchOutput> = []
  const cancelled = new Set(state.cancelled)
  const away = new Map(state.away)
  const starved: Array<WaitingRead> = []
  const waiting: Array<WaitingRead> = []
  for (const fate of fatesOf(settled.plan, input.responses)) {
    const { read } = fate
    if (cancelled.delete(read.id)) continue
    if (fate._tag === "Missing") {
      outputs.push({ _tag: "Failed", id: read.id, failure: undefined })
    } else if (fate._tag === "Starved") {
      starved.push(read)
    } else if (fate._tag === "Empty" && read.until > state.now) {
      waiting.push({ ...read, empty: fate.fetched })
    } else {
      outputs.push({ _tag: "Answered", id: read.id, fetched: fate.fetched })
      if (settled.lane === "follow") {
        away.set(partitionKey(read.topic, read.partition), state.now + state.config.awayMs)
      }
    }
  }
  const answered = settled.lane === "follow" && outputs.length > 0
  return [
    {
      ...state,
      cancelled,
      away,
      asking: [...starved, ...state.asking],
      following: [...state.following, ...waiting],
      lingerUntil: answered ? state.now + state.config.lingerMs : state.lingerUntil
    },
    outputs
  ]
}

const fetchFailed = (before: FetchState, fetch: number, failure: ClientFailure): Step => {
  const [state, settled] = settle(before, fetch)
  const outputs: Array<FetchOutput> = []
  const cancelled = new Set(state.cancelled)
  for (const { reads } of settled?.plan.partitions ?? []) {
    for (const { id } of reads) if (!cancelled.delete(id)) outputs.push({ _tag: "Failed", id, failure })
  }
  return [{ ...state, cancelled }, outputs]
}

/** Reads whose time is over while no Fetch has taken them along are answered with what was seen last, or ask once. */
const expire = (state: FetchState): Step => {
  if (!state.following.some((read) => read.until <= state.now)) return [state, []]
  const outputs: Array<FetchOutput> = []
  const asking = [...state.asking]
  const following = state.following.filter((read) => {
    if (read.until > state.now) return true
    if (read.empty === undefined) asking.push(read)
    else outputs.push({ _tag: "Answered", id: read.id, fetched: read.empty })
    return false
  })
  return [{ ...state, asking, following }, outputs]
}

const tick = (state: FetchState, now: number): Step => {
  const away = [...state.away].some(([, until]) => until <= now)
    ? new Map([...state.away].filter(([, until]) => until > now))
    : state.away
  return expire({ ...state, now, away })
}

const absorb = (state: FetchState, input: FetchInput): Step => {
  switch (input._tag) {
    case "Tick":
      return tick(state, input.now)
    case "Read": {
      const { id, maxBytes, maxWaitMs, offset, partition, topic } = input
      const read = { id, topic, partition, offset, maxBytes, until: state.now + maxWaitMs, empty: undefined }
      return [accept(state, read, maxWaitMs > 0), []]
    }
    case "Cancel":
      return [cancel(state, input.id), []]
    case "Fetched":
      return fetched(state, input)
    case "FetchFailed":
      return fetchFailed(state, input.fetch, input.failure)
  }
}

const send = (state: FetchState, lane: Lane, plan: FetchPlan, maxWaitMs: number): Step => {
  const fetch = state.nextFetch
  return [
    { ...state, nextFetch: fetch + 1, inFlight: [...state.inFlight, { id: fetch, lane, plan }] },
    [{ _tag: "Fetch", fetch, lane, plan, maxWaitMs }]
  ]
}

const bytesInFlight = (state: FetchState): number =>
  state.inFlight.reduce((sum, each) => (each.lane === "now" ? sum + each.plan.maxBytes : sum), 0)

/** Half of the bound is for answers at once, half for the Fetch that waits, so that neither holds the other up. */
const sendAsking = (state: FetchState): Step => {
  const outputs: Array<FetchOutput> = []
  while (state.asking.length > 0) {
    const underWay = state.inFlight.filter((each) => each.lane === "now").length
    const budget = state.config.maxBytes / 2 - bytesInFlight(state)
    if (underWay >= maxNowFetches || (underWay > 0 && budget <= 0)) break
    const { left, plan } = planFetch(state.asking, budget)
    if (underWay > 0 && plan.maxBytes > budget) break
    const [sent, more] = send({ ...state, asking: left }, "now", plan, 0)
    state = sent
    outputs.push(...more)
  }
  return [state, outputs]
}

const sendFollowing = (state: FetchState): Step => {
  if (state.following.length === 0 || isPolling(state)) return [state, []]
  if (state.away.size > 0 && state.now < state.lingerUntil) return [state, []]
  const { config, now } = state
  const { left, plan } = planFetch(state.following, config.maxBytes / 2)
  const bound = left.length > 0 || state.away.size > 0 ? config.shortPollMs : config.pollMs
  const wait = plan.partitions.reduce(
    (least, { reads }) => reads.reduce((own, read) => Math.min(own, read.until - now), least),
    bound
  )
  return send({ ...state, following: left }, "follow", plan, Math.max(0, wait))
}

const step = (before: FetchState, input: FetchInput): Step => {
  const [absorbed, outputs] = absorb(before, input)
  const [asked, more] = sendAsking(absorbed)
  const [state, last] = sendFollowing(asked)
  return [state, [...outputs, ...more, ...last]]
}

const wakeAt = (state: FetchState): number | undefined => {
  if (state.following.length === 0) return undefined
  const expiry = state.following.reduce((least, read) => Math.min(least, read.until), Infinity)
  return isPolling(state) ? expiry : Math.min(expiry, state.lingerUntil)
}

/**
 * Combines the reads at one broker into Fetches on two connections, so that a read that may not wait never stands behind
 * one that does.
 *
 * **Details**
 *
 * Reads that may not wait are sent at once while fewer than two such Fetches are under way, and together otherwise. All
 * reads that wait are in one Fetch at a time; each is answered when its partition has something, or its own time is over.
 */
export const fetchMachine: Machine<FetchState, FetchInput, FetchOutput> = { step, wakeAt }
