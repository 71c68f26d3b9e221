import type { Machine, Transition } from "../../machine/index.ts"
import type { GivenRecords } from "./GivenRecords.ts"
import { givenEnd, missingRecords, readGiven } from "./GivenRecords.ts"
import type { JournalError } from "../model/JournalError.ts"
import { replication, start } from "./Replication.ts"
import type { ReplicationAnswer, ReplicationInput, ReplicationOutput } from "./Replication.ts"
import type { ReplicationConfig, ReplicationState } from "./ReplicationState.ts"

/**
 * Which records to replicate, and for how long.
 *
 * **Details**
 *
 * No page is begun from `stopAt` on, and at `endAt` everything is given up, both in milliseconds since the epoch. A store
 * that is out of reach is asked again for `patienceMs`; whatever else fails ends the replication. A page is of about
 * `pageBytes`. With `hasLog` what is missing before the records, or between them, is read from the log, and with
 * `compares`, too, the store is compared with it.
 */
export interface GivenReplicationConfig extends ReplicationConfig, GivenRecords {
  readonly pageBytes: number
  readonly stopAt: number
  readonly endAt: number
  readonly patienceMs: number
  readonly hasLog: boolean
  readonly compares: boolean
}

/**
 * How the replication of given records has ended: `Done` with all of them in the store, `Late` because its time was up, or
 * `Failed`. Everything below `nextOffset` is in the store; `undefined` where the store has not said where that is.
 */
export type GivenOutcome = { readonly nextOffset: number | undefined } & (
  | { readonly _tag: "Done" }
  | { readonly _tag: "Late" }
  | { readonly _tag: "Failed"; readonly error: JournalError }
)

/** The offset of the first given record that is not in the store; `undefined` where all of them are. */
export const firstUnstored = ({ records }: Pick<GivenRecords, "records">, outcome: GivenOutcome): number | undefined =>
  records.find(({ offset }) => offset >= (outcome.nextOffset ?? 0))?.offset

/** As of a replication; `Ended` is the last output, and then nothing is to be done any more. */
export type GivenReplicationOutput =
  | Exclude<ReplicationOutput, { readonly _tag: "Stopped" }>
  | { readonly _tag: "Ended"; readonly outcome: GivenOutcome }

/** A read that waits for the batch in hand. */
interface Asked {
  readonly epoch: number
  readonly offset: number
}

/** Where the replication of given records stands. */
export interface GivenReplicationState {
  readonly config: GivenReplicationConfig
  readonly inner: ReplicationState
  readonly asked: Asked | undefined
  /** Where the store has said that it is. */
  readonly nextOffset: number | undefined
  /** Since when the store is out of reach. */
  readonly stalledSince: number | undefined
  readonly ended: boolean
}

type Step = Transition<GivenReplicationState, GivenReplicationOutput>

/** Given records of which none is replicated. A store is compared with its log only where there is a log to read. */
export const startGiven = (config: GivenReplicationConfig): GivenReplicationState => ({
  config,
  inner: { ...start(config), belongs: !config.compares },
  asked: undefined,
  nextOffset: undefined,
  stalledSince: undefined,
  ended: false
})

const end = (state: GivenReplicationState, outcome: GivenOutcome): Step => [
  { ...state, ended: true, asked: undefined },
  [{ _tag: "Ended", outcome }]
]

const ended = (state: GivenReplicationState): Step => {
  const { nextOffset } = state
  const isDone = nextOffset !== undefined && nextOffset >= givenEnd(state.config)
  return end(state, { _tag: isDone ? "Done" : "Late", nextOffset })
}

/** What comes of a read: an answer of the records, a request to the log, or nothing yet. */
const readStep = (state: GivenReplicationState, asked: Asked): Step | undefined => {
  const { config, inner } = state
  const { epoch, offset } = asked
  const given = readGiven(config, offset, config.pageBytes)
  const rest = { ...state, asked: undefined }
  const answered = (answer: ReplicationAnswer): Step => feed(rest, { _tag: "Answered", epoch, answer })
  if (given._tag === "Page") return answered({ _tag: "LogRead", page: given.page })
  // What is missing ends the replication, and not before what is in hand is in the store.
  if (given._tag === "End" || inner.batch !== undefined) return undefined
  if (config.hasLog) return [rest, [{ _tag: "Request", epoch, request: { _tag: "ReadLog", offset } }]]
  const error = missingRecords(config, inner.pointer, offset, given.before)
  return answered({ _tag: "LogFailed", failure: { _tag: "Final", error } })
}

/** Feeds the replication, and answers its reads from the records. */
const feed = (before: GivenReplicationState, input: ReplicationInput): Step => {
  const [inner, given] = replication.step(before.inner, input)
  let state: GivenReplicationState = { ...before, inner }
  const outputs: Array<GivenReplicationOutput> = []
  for (const output of given) {
    if (state.ended) break
    const [next, more] = pass(state, output)
    state = next
    for (const one of more) outputs.push(one)
  }
  return [state, outputs]
}

/** Takes an output of the replication: hands it on, or acts on it. */
const pass = (state: GivenReplicationState, output: ReplicationOutput): Step => {
  switch (output._tag) {
    case "Request": {
      const { epoch, request } = output
      return request._tag === "ReadLog"
        ? [{ ...state, asked: { epoch, offset: request.offset } }, []]
        : [state, [output]]
    }
    case "Replicated":
      return [{ ...state, nextOffset: output.nextOffset, stalledSince: undefined }, [output]]
    case "Stalled":
      return stalled(state, output)
    case "Stopped":
      return ended(state)
    case "Conflicted":
      return [state, [output]]
  }
}

/** Something failed: wait where it may pass in time. */
const stalled = (
  state: GivenReplicationState,
  output: Extract<ReplicationOutput, { readonly _tag: "Stalled" }>
): Step => {
  const { error, retryAt } = output
  const { patienceMs, stopAt } = state.config
  const stalledSince = state.stalledSince ?? state.inner.now
  const waits = error.reason === "Unavailable" && retryAt < Math.min(stopAt, stalledSince + patienceMs)
  if (waits) return [{ ...state, stalledSince }, [output]]
  const [last, outputs] = end(state, { _tag: "Failed", error, nextOffset: state.nextOffset })
  return [last, [output, ...outputs]]
}

/** Does what is next, as long as there is something, and ends where nothing is left. */
const settle = (before: Step): Step => {
  let [state] = before
  const outputs = [...before[1]]
  let next = nextStep(state)
  while (next !== undefined) {
    state = next[0]
    for (const output of next[1]) outputs.push(output)
    next = nextStep(state)
  }
  return [state, outputs]
}

const nextStep = (state: GivenReplicationState): Step | undefined => {
  const { asked, config, inner, nextOffset } = state
  if (state.ended) return undefined
  if (inner.batch === undefined && nextOffset !== undefined && nextOffset >= givenEnd(config)) return ended(state)
  return asked?.epoch === inner.epoch ? readStep(state, asked) : undefined
}

/** Where the store has said that it is counts from when it is heard. */
const heard = (state: GivenReplicationState, input: ReplicationInput): GivenReplicationState => {
  if (input._tag !== "Answered" || input.epoch !== state.inner.epoch || input.answer._tag !== "PointerRead")
    return state
  return { ...state, nextOffset: (input.answer.offset ?? -1) + 1 }
}

const tick = (before: GivenReplicationState, now: number): Step => {
  const { endAt, stopAt } = before.config
  const [state, outputs] = feed(before, { _tag: "Tick", now })
  if (state.ended) return [state, outputs]
  if (now >= endAt) {
    const [last, more] = end(state, { _tag: "Late", nextOffset: state.nextOffset })
    return [last, [...outputs, ...more]]
  }
  if (now < stopAt || state.inner.stopping) return [state, outputs]
  const [stopping, more] = feed(state, { _tag: "Stop" })
  return [stopping, [...outputs, ...more]]
}

const step = (before: GivenReplicationState, input: ReplicationInput): Step => {
  if (before.ended) return [before, []]
  const state = heard(before, input)
  return settle(input._tag === "Tick" ? tick(state, input.now) : feed(state, input))
}

const wakeAt = ({ config, ended: isOver, inner }: GivenReplicationState): number | undefined => {
  if (isOver) return undefined
  return Math.min(inner.stopping ? config.endAt : config.stopAt, replication.wakeAt(inner) ?? Infinity)
}

/**
 * Copies the journals of records that somebody else has read, such as AWS Lambda, and then ends.
 *
 * **Details**
 *
 * It is the replication of a partition, with reads that the records answer: the same fold, the same writes, and the same place to begin, behind
 * the store's own pointer. What is below that is passed over, so that records may be handed over again, and to
 * two at once.
 *
 * A record is taken only if no offset is missing between it and what the store has, but for `largestGap` of them. Whoever hands
 * records over may begin in the middle of the log (a consumer group that was there before, a store that was restored from
 * a backup), or leave some out (a filter, retries that were given up), and a record that is left out would be missing
 * for ever, without a word. A log of journals has a record at each offset: compaction and transactions alone leave others.
 */
export const givenReplication: Machine<GivenReplicationState, ReplicationInput, GivenReplicationOutput> = {
  step,
  wakeAt
}
