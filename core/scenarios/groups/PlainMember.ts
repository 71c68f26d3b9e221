import type { Subscriber } from "../../client/index.ts"
import type { Machine } from "../../machine/index.ts"
import { ErrorCode } from "../../protocol/index.ts"

/** What a plain member asks: one thing after the other. */
export type PlainQuestion =
  | { readonly _tag: "Join"; readonly memberId: string }
  | {
      readonly _tag: "Sync"
      readonly memberId: string
      readonly generation: number
      /** Whom the leader shares partitions out among; `undefined` for everybody else. */
      readonly led: ReadonlyArray<Subscriber> | undefined
    }
  | { readonly _tag: "Fetch"; readonly partitions: ReadonlyArray<number> }
  | { readonly _tag: "Beat"; readonly memberId: string; readonly generation: number }
  | {
      readonly _tag: "Commit"
      readonly memberId: string
      readonly generation: number
      readonly partitions: ReadonlyArray<number>
    }
  | { readonly _tag: "Leave"; readonly memberId: string }

/** How what was asked last has ended: without a code there was no answer. */
export interface PlainAnswer {
  readonly errorCode: number | undefined
  readonly memberId?: string
  readonly generation?: number
  readonly led?: ReadonlyArray<Subscriber>
  readonly share?: ReadonlyArray<number>
}

export type PlainInput =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Start" | "Commit" | "Leave" }
  | { readonly _tag: "Answered"; readonly answer: PlainAnswer }

export type PlainOutput = { readonly _tag: "Ask"; readonly question: PlainQuestion } | { readonly _tag: "Ended" }

export interface PlainState {
  readonly heartbeatMs: number
  readonly isStatic: boolean
  readonly now: number
  readonly asking: PlainQuestion | undefined
  readonly next: PlainQuestion | undefined
  readonly memberId: string
  readonly generation: number
  readonly isSettled: boolean
  readonly wantsJoin: boolean
  readonly wantsCommit: boolean
  readonly isLeaving: boolean
  readonly hasEnded: boolean
  readonly owned: ReadonlyArray<number>
  readonly beatAt: number
  readonly retryAt: number
}

const retryMs = 50

export const newPlainMember = (heartbeatMs: number, isStatic: boolean): PlainState => ({
  heartbeatMs,
  isStatic,
  now: 0,
  asking: undefined,
  next: undefined,
  memberId: "",
  generation: -1,
  isSettled: false,
  wantsJoin: false,
  wantsCommit: false,
  isLeaving: false,
  hasEnded: false,
  owned: [],
  beatAt: Infinity,
  retryAt: 0
})

const rejoin = (state: PlainState, fields: Partial<PlainState> = {}): PlainState => ({
  ...state,
  wantsJoin: true,
  isSettled: false,
  owned: [],
  ...fields
})

const final: ReadonlySet<number> = new Set([
  ErrorCode.FENCED_INSTANCE_ID,
  ErrorCode.GROUP_MAX_SIZE_REACHED,
  ErrorCode.INCONSISTENT_GROUP_PROTOCOL
])

const answered = (before: PlainState, { errorCode, ...told }: PlainAnswer): PlainState => {
  const { asking, now } = before
  const state = { ...before, asking: undefined }
  if (asking === undefined) return before
  if (asking._tag === "Leave") return { ...state, hasEnded: true }
  if (asking._tag === "Fetch") return state
  if (errorCode === undefined) return rejoin(state, { retryAt: now + retryMs })
  if (final.has(errorCode)) return { ...state, hasEnded: true }
  switch (errorCode) {
    case ErrorCode.NONE:
      break
    case ErrorCode.MEMBER_ID_REQUIRED:
      return rejoin(state, { memberId: told.memberId ?? "" })
    case ErrorCode.UNKNOWN_MEMBER_ID:
      return rejoin(state, { memberId: "" })
    case ErrorCode.REBALANCE_IN_PROGRESS:
      // What was not committed is worked on once more.
      return asking._tag === "Commit" ? { ...state, beatAt: now } : rejoin(state)
    default:
      return rejoin(state, { retryAt: now + retryMs })
  }
  if (asking._tag === "Join") {
    const { generation = -1, led, memberId = "" } = told
    const next: PlainQuestion = { _tag: "Sync", memberId, generation, led }
    return { ...state, memberId, generation, next }
  }
  const beatAt = now + state.heartbeatMs
  if (asking._tag !== "Sync") return { ...state, beatAt: asking._tag === "Beat" ? beatAt : state.beatAt }
  const { share: partitions = [] } = told
  const next: PlainQuestion | undefined = partitions.length > 0 ? { _tag: "Fetch", partitions } : undefined
  return { ...state, owned: partitions, isSettled: true, beatAt, next }
}

const absorb = (state: PlainState, input: PlainInput): PlainState => {
  switch (input._tag) {
    case "Tick":
      return { ...state, now: input.now }
    case "Start":
      return { ...state, wantsJoin: true }
    case "Commit":
      return { ...state, wantsCommit: state.isSettled && state.owned.length > 0 }
    case "Leave":
      return { ...state, isLeaving: true }
    case "Answered":
      return answered(state, input.answer)
  }
}

/** What is to be done next, where nothing is under way. */
const turn = (state: PlainState): readonly [PlainState, PlainQuestion | "End" | undefined] => {
  const { beatAt, generation, memberId, next, now, owned, retryAt } = state
  if (state.asking !== undefined) return [state, undefined]
  // Who leaves has given up what it had before anybody else is told of it.
  if (state.isLeaving) {
    return [{ ...state, owned: [] }, memberId === "" || state.isStatic ? "End" : { _tag: "Leave", memberId }]
  }
  if (next !== undefined) return [{ ...state, next: undefined }, next]
  if (state.wantsJoin) {
    return retryAt > now
      ? [state, undefined]
      : [
          { ...state, wantsJoin: false, isSettled: false },
          { _tag: "Join", memberId }
        ]
  }
  if (!state.isSettled) return [state, undefined]
  if (state.wantsCommit) {
    return [
      { ...state, wantsCommit: false },
      { _tag: "Commit", memberId, generation, partitions: owned }
    ]
  }
  return [state, beatAt <= now ? { _tag: "Beat", memberId, generation } : undefined]
}

/**
 * A member as a plain client is one: it gives everything up before it joins anew, does one thing at a time, and repeats
 * what has no answer.
 */
export const plainMember: Machine<PlainState, PlainInput, PlainOutput> = {
  step: (before, input) => {
    if (before.hasEnded) return [before, []]
    const absorbed = absorb(before, input)
    const [state, question] = absorbed.hasEnded ? [absorbed, "End" as const] : turn(absorbed)
    if (question === undefined) return [state, []]
    if (question === "End") return [{ ...state, hasEnded: true, isSettled: false, owned: [] }, [{ _tag: "Ended" }]]
    return [{ ...state, asking: question }, [{ _tag: "Ask", question }]]
  },
  wakeAt: ({ asking, beatAt, hasEnded, isSettled, retryAt, wantsJoin }) => {
    if (hasEnded || asking !== undefined) return undefined
    if (wantsJoin) return retryAt
    return isSettled ? beatAt : undefined
  }
}
