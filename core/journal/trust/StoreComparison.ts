import type { TopicPartition } from "../../log/index.ts"
import { answerBelonging, compareBelonging } from "./Belonging.ts"
import type { Belonging, BelongingAnswer, BelongingRequest, BelongingState, BelongingStep } from "./Belonging.ts"

/** Which partition a store is compared with, and how many offsets before the store's pointer are looked at first. */
export interface ComparisonPlace extends TopicPartition {
  readonly lookBack: number
}

/** How far a comparison is that reads the store's pointer first, and begins anew where that is moved meanwhile. */
export interface ComparisonState {
  readonly place: ComparisonPlace
  readonly begun: number
  /** Nothing while the pointer is read that it begins with. */
  readonly comparing: BelongingState | undefined
}

/** What to ask for next, or what was found. */
export type ComparisonStep =
  | { readonly _tag: "Ask"; readonly state: ComparisonState; readonly request: BelongingRequest }
  | { readonly _tag: "Done"; readonly belonging: Belonging }

/** How often it is begun anew where the pointer moves meanwhile, before nothing is said of the store. */
const mostBeginnings = 3

const begin = (place: ComparisonPlace, begun: number): ComparisonStep => ({
  _tag: "Ask",
  state: { place, begun, comparing: undefined },
  request: { _tag: "ConfirmPointer" }
})

/** Begins to look whether a store was filled from this log. */
export const beginComparison = (place: ComparisonPlace): ComparisonStep => begin(place, 1)

const went = ({ begun, place }: ComparisonState, step: BelongingStep): ComparisonStep => {
  if (step._tag === "Ask") return { _tag: "Ask", state: { place, begun, comparing: step.state }, request: step.request }
  const { belonging } = step
  if (belonging._tag !== "Moved") return { _tag: "Done", belonging }
  return begun < mostBeginnings ? begin(place, begun + 1) : { _tag: "Done", belonging: { _tag: "Unknown" } }
}

/** Goes on with the answer to what was asked for. */
export const answerComparison = (state: ComparisonState, answer: BelongingAnswer): ComparisonStep => {
  const { comparing, place } = state
  if (comparing !== undefined) return went(state, answerBelonging(comparing, answer))
  if (answer._tag !== "PointerConfirmed" || answer.offset === undefined) {
    return { _tag: "Done", belonging: { _tag: "Unknown" } }
  }
  return went(state, compareBelonging({ ...place, pointer: answer.offset }))
}
