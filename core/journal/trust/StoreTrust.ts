import type { Machine, Transition } from "../../machine/index.ts"
import type { Belonging, BelongingAnswer, BelongingRequest } from "./Belonging.ts"
import { otherLog } from "./CheckBelonging.ts"
import type { JournalError } from "../model/JournalError.ts"
import { answerComparison, beginComparison } from "./StoreComparison.ts"
import type { ComparisonPlace, ComparisonState, ComparisonStep } from "./StoreComparison.ts"

/**
 * Which partition it is about. Where nothing could be compared, the store is compared anew after `unknownMs` milliseconds;
 * `storeName` is how a person calls it.
 */
export interface StoreTrustConfig extends ComparisonPlace {
  readonly unknownMs: number
  readonly storeName: string | undefined
}

/**
 * - `Ask`: somebody wants to know whether the store is this log's; answered by one `Reply`, unless they leave
 * - `Leave`: whoever asked no longer waits
 * - `Answered`: the answer to a request of this round; those of an earlier round are passed over
 * - `Failed`: a request of this round failed
 * - `Doubt`: the log does not have what the store led a reader to: what was found out holds no more
 */
export type StoreTrustInput =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Ask"; readonly ticket: number }
  | { readonly _tag: "Leave"; readonly ticket: number }
  | { readonly _tag: "Answered"; readonly round: number; readonly answer: BelongingAnswer }
  | { readonly _tag: "Failed"; readonly round: number; readonly error: JournalError }
  | { readonly _tag: "Doubt" }

/**
 * - `Request`: answered by one `Answered` or `Failed` of the same round
 * - `Abandon`: nobody waits for the request of this round any more
 * - `Reply`: nothing speaks against the store, or why it is not to be used
 */
export type StoreTrustOutput =
  | { readonly _tag: "Request"; readonly round: number; readonly request: BelongingRequest }
  | { readonly _tag: "Abandon"; readonly round: number }
  | { readonly _tag: "Reply"; readonly ticket: number; readonly error: JournalError | undefined }

/** What is known of a partition's store, and who waits to be told. */
export interface StoreTrustState {
  readonly config: StoreTrustConfig
  readonly now: number
  /** Up to which time nothing needs to be asked; for ever where the store is this log's. */
  readonly trustedUntil: number
  /** The comparison that is under way, or the last one. */
  readonly round: number
  /** Who waits for the comparison that is under way; there is one as long as somebody waits. */
  readonly waiting: ReadonlyArray<number>
  readonly comparison: ComparisonState | undefined
}

type Step = Transition<StoreTrustState, StoreTrustOutput>

/** Nothing is known yet. */
export const start = (config: StoreTrustConfig): StoreTrustState => ({
  config,
  now: 0,
  trustedUntil: -1,
  round: 0,
  waiting: [],
  comparison: undefined
})

/** Whether nothing needs to be asked at this time. */
export const isTrusted = ({ trustedUntil }: StoreTrustState, now: number): boolean => now <= trustedUntil

const told = (state: StoreTrustState, error: JournalError | undefined): Step => [
  { ...state, waiting: [], comparison: undefined },
  state.waiting.map((ticket) => ({ _tag: "Reply", ticket, error }))
]

/** Only what speaks for the store is kept, and that nothing does for a while. */
const found = (state: StoreTrustState, belonging: Belonging): Step => {
  const { config, now } = state
  switch (belonging._tag) {
    case "Same":
      return told({ ...state, trustedUntil: Infinity }, undefined)
    case "Unknown":
      return told({ ...state, trustedUntil: now + config.unknownMs }, undefined)
    case "Beyond":
      return told(state, belonging.error)
    case "Other":
      return told(state, otherLog(config, belonging, config.storeName))
  }
}

const went = (state: StoreTrustState, step: ComparisonStep): Step => {
  if (step._tag === "Done") return found(state, step.belonging)
  const { request } = step
  return [{ ...state, comparison: step.state }, [{ _tag: "Request", round: state.round, request }]]
}

const ask = (state: StoreTrustState, ticket: number): Step => {
  if (isTrusted(state, state.now)) return [state, [{ _tag: "Reply", ticket, error: undefined }]]
  const waiting = [...state.waiting, ticket]
  if (state.waiting.length > 0) return [{ ...state, waiting }, []]
  const { lookBack, partition, topic } = state.config
  return went({ ...state, waiting, round: state.round + 1 }, beginComparison({ topic, partition, lookBack }))
}

const leave = (state: StoreTrustState, ticket: number): Step => {
  const waiting = state.waiting.filter((one) => one !== ticket)
  if (waiting.length === state.waiting.length) return [state, []]
  if (waiting.length > 0) return [{ ...state, waiting }, []]
  return [{ ...state, waiting, comparison: undefined }, [{ _tag: "Abandon", round: state.round }]]
}

const step = (state: StoreTrustState, input: StoreTrustInput): Step => {
  switch (input._tag) {
    case "Tick":
      return [{ ...state, now: input.now }, []]
    case "Ask":
      return ask(state, input.ticket)
    case "Leave":
      return leave(state, input.ticket)
    case "Answered": {
      const { comparison, round } = state
      if (comparison === undefined || input.round !== round) return [state, []]
      return went(state, answerComparison(comparison, input.answer))
    }
    case "Failed":
      return input.round === state.round ? told(state, input.error) : [state, []]
    case "Doubt":
      return [{ ...state, trustedUntil: -1 }, []]
  }
}

/**
 * Knows whether the store of a partition may be used: it is compared with the log when somebody asks first.
 *
 * **Details**
 *
 * Whoever asks while the store is compared waits for that, and those who leave harm nobody who stays. That the store is
 * this log's is kept, until a reader is led by it to a place that the log does not have; where nothing could be compared it
 * is asked again after a while. What speaks against the store, and what failed, is told to those who wait, and is found out
 * anew for whoever asks next, so that a store that was repaired is used again.
 */
export const storeTrust: Machine<StoreTrustState, StoreTrustInput, StoreTrustOutput> = {
  step,
  wakeAt: () => undefined
}
