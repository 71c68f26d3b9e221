import * as Result from "effect/Result"
import { type TopicPartition, topicPartitionName } from "../log/index.ts"
import type { Machine } from "../machine/index.ts"
import type { GroupEvent } from "../ports/index.ts"
import { ErrorCode, isRetriable } from "../protocol/index.ts"
import { type ClientFailure, mayPass } from "./ClientFailure.ts"
import type {
  Counts,
  MemberAnswer,
  MemberEnd,
  MemberInput,
  MemberOutput,
  MemberQuestion,
  MemberState,
  Partitions
} from "./GroupMemberState.ts"
import { decodeAssignment } from "./GroupProtocol.ts"
import { assignSticky, type Shares, type Subscriber, withhold } from "./StickyAssignor.ts"

type Step = readonly [MemberState, ReadonlyArray<MemberOutput>]

const byName = (partitions: ReadonlyArray<TopicPartition>): Partitions =>
  new Map(partitions.map((tp) => [topicPartitionName(tp), tp]))

const tell = (
  state: MemberState,
  tag: GroupEvent["_tag"],
  partitions: ReadonlyArray<TopicPartition>
): MemberOutput => ({
  _tag: "Tell",
  revocation: tag === "Revoked" ? state.revocation : 0,
  event: { _tag: tag, generation: state.generation, partitions }
})

const ask = (state: MemberState, question: MemberQuestion): Step => {
  const turn = state.turn + 1
  return [{ ...state, turn, asking: question._tag }, [{ _tag: "Ask", turn, question }]]
}

const backOff = (state: MemberState): MemberState => {
  const { backoffMs, maxBackoffMs } = state.config
  const wait = Math.min(maxBackoffMs, backoffMs * 2 ** Math.min(state.failures, 16))
  return { ...state, failures: state.failures + 1, retryAt: state.now + wait }
}

/** The member's partitions may be somebody else's by now. */
const lose = (state: MemberState): Step => {
  const lost = [...state.owned.values()]
  const next = { ...state, owned: new Map(), ownedSince: -1, revoking: undefined }
  return [next, lost.length === 0 ? [] : [tell(state, "Lost", lost)]]
}

const end = (before: MemberState, why: MemberEnd): Step => {
  const [state, outputs] = lose(before)
  const idle = { ...state, turn: state.turn + 1, asking: undefined, wantsJoin: false, leadership: undefined }
  return [{ ...idle, ended: why }, [...outputs, { _tag: "Ended", end: why }]]
}

/** The coordinator no longer knows this member, or not in this generation. */
const expelled = (before: MemberState, memberId: string): Step => {
  const [state, outputs] = lose(before)
  return [{ ...state, memberId, generation: -1, synced: false, leadership: undefined, wantsJoin: true }, outputs]
}

const expelling: ReadonlySet<number> = new Set([
  ErrorCode.UNKNOWN_MEMBER_ID,
  ErrorCode.FENCED_INSTANCE_ID,
  ErrorCode.ILLEGAL_GENERATION
])

const lostCoordinator: ReadonlySet<number> = new Set([ErrorCode.COORDINATOR_NOT_AVAILABLE, ErrorCode.NOT_COORDINATOR])

/** What a code of the coordinator's means for the membership, whatever was asked. */
const refused = (state: MemberState, errorCode: number): Step => {
  if (errorCode === ErrorCode.REBALANCE_IN_PROGRESS) return [{ ...state, wantsJoin: true }, []]
  if (errorCode === ErrorCode.ILLEGAL_GENERATION) return expelled(state, state.memberId)
  if (expelling.has(errorCode)) return expelled(state, "")
  if (lostCoordinator.has(errorCode)) return [backOff({ ...state, coordinator: undefined }), []]
  return isRetriable(errorCode) ? [backOff(state), []] : end(state, { _tag: "Refused", errorCode })
}

const unanswered = (state: MemberState, failure: ClientFailure): Step =>
  mayPass(failure) ? [backOff({ ...state, coordinator: undefined }), []] : end(state, { _tag: "Failed", failure })

const joined = (state: MemberState, answer: Extract<MemberAnswer, { readonly _tag: "Joined" }>): Step => {
  const { generation, leads, members, memberId } = answer
  const alive = { aliveUntil: state.now + state.config.sessionTimeoutMs, beatAt: state.now + state.config.heartbeatMs }
  const next = { ...state, ...alive, generation, memberId, synced: false, beating: false }
  if (leads) return count({ ...next, leadership: { members, counts: undefined, countAt: Infinity, counting: true } })
  return sync({ ...next, leadership: undefined }, new Map())
}

const sync = (state: MemberState, shares: Shares): Step => {
  const { coordinator, generation, memberId } = state
  if (coordinator === undefined) return [{ ...state, wantsJoin: true }, []]
  return ask(state, { _tag: "Sync", coordinator, memberId, generation, shares })
}

const wanted = (members: ReadonlyArray<Subscriber>): ReadonlyArray<string> => [
  ...new Set(members.flatMap(({ topics }) => topics))
]

const count = (state: MemberState): Step => {
  const { generation, leadership } = state
  if (leadership === undefined) return [state, []]
  const next = { ...state, leadership: { ...leadership, counting: true } }
  return [next, [{ _tag: "Count", generation, topics: wanted(leadership.members) }]]
}

const sameCounts = (a: Counts, b: Counts): boolean =>
  a.size === b.size && [...a].every(([topic, partitions]) => b.get(topic) === partitions)

/** Whether the shares of a new generation wait for the numbers of partitions. */
const isAssigning = ({ leadership }: MemberState): boolean =>
  leadership !== undefined && leadership.counting && leadership.counts === undefined

const counted = (before: MemberState, counts: Counts | undefined): Step => {
  if (before.leadership === undefined) return [before, []]
  const countAt = before.now + before.config.discoveryMs
  const leadership = { ...before.leadership, counting: false, countAt }
  const state = { ...before, leadership }
  if (leadership.counts !== undefined) {
    const same = counts === undefined || sameCounts(leadership.counts, counts)
    return [same ? state : { ...state, wantsJoin: true }, []]
  }
  if (counts === undefined) return [backOff({ ...state, wantsJoin: true }), []]
  const shares = withhold(assignSticky(leadership.members, counts), leadership.members)
  return sync({ ...state, leadership: { ...leadership, counts } }, shares)
}

const revoke = (before: MemberState, revoking: ReadonlyArray<TopicPartition>): Step => {
  const state = { ...before, revocation: before.revocation + 1, revoking }
  return [state, [tell(state, "Revoked", revoking)]]
}

/** The share of this generation is known: what is new is the owner's, what is missing is to be let go. */
const synced = (state: MemberState, assignment: Uint8Array): Step => {
  const decoded = decodeAssignment(assignment)
  if (Result.isFailure(decoded))
    return end(state, { _tag: "Refused", errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL })
  const share = byName(decoded.success)
  const aliveUntil = state.now + state.config.sessionTimeoutMs
  if (state.leaving) return [{ ...state, synced: true, aliveUntil }, []]
  const added = [...share].filter(([name]) => !state.owned.has(name))
  const gone = [...state.owned].flatMap(([name, tp]) => (share.has(name) ? [] : [tp]))
  const owned = new Map([...state.owned, ...added])
  const next: MemberState = { ...state, synced: true, aliveUntil, owned, ownedSince: state.generation, failures: 0 }
  const outputs: Array<MemberOutput> = []
  if (added.length > 0)
    outputs.push(
      tell(
        state,
        "Assigned",
        added.map(([, tp]) => tp)
      )
    )
  if (gone.length === 0) return [next, outputs]
  const [revoking, told] = revoke(next, gone)
  return [revoking, [...outputs, ...told]]
}

const answered = (before: MemberState, answer: MemberAnswer): Step => {
  const { asking } = before
  const state = { ...before, asking: undefined }
  switch (answer._tag) {
    case "Found":
      return [{ ...state, coordinator: answer.coordinator }, []]
    case "Joined":
      return joined(state, answer)
    case "Synced":
      return synced(state, answer.assignment)
    case "Left":
      return end(state, { _tag: "Left" })
  }
  if (asking === "Leave") return end(state, { _tag: "Left" })
  const again = { ...state, wantsJoin: state.wantsJoin || asking === "Join" || asking === "Sync" }
  if (answer._tag === "Failed") return unanswered(again, answer.failure)
  if (answer.errorCode === ErrorCode.MEMBER_ID_REQUIRED) return [{ ...again, memberId: answer.memberId }, []]
  return refused(again, answer.errorCode)
}

/** Whether the coordinator may be holding the member in a join or a sync, whose answer says all that a heartbeat's does. */
const isHeld = ({ asking }: MemberState): boolean => asking === "Join" || asking === "Sync"

const beaten = (before: MemberState, input: Extract<MemberInput, { readonly _tag: "Beaten" }>): Step => {
  if (input.generation !== before.generation) return [before, []]
  const state = { ...before, beating: false, beatAt: input.sentAt + before.config.heartbeatMs }
  // What fails here is seen by the session's own clock, and by the next request.
  if ("failure" in input.answer) return isHeld(state) ? [state, []] : unanswered(state, input.answer.failure)
  const aliveUntil = Math.max(state.aliveUntil, input.sentAt + state.config.sessionTimeoutMs)
  const { errorCode } = input.answer
  if (errorCode === ErrorCode.NONE) return [{ ...state, aliveUntil, failures: 0 }, []]
  const heard = errorCode === ErrorCode.REBALANCE_IN_PROGRESS ? { ...state, aliveUntil } : state
  return isHeld(state) ? [heard, []] : refused(heard, errorCode)
}

/** The owner has let go, or its time for that is over. */
const told = (state: MemberState, input: Extract<MemberInput, { readonly _tag: "Told" }>): Step => {
  const { owned, revocation, revoking } = state
  if (revoking === undefined || input.revocation !== revocation) return [state, []]
  const kept = new Map(owned)
  for (const tp of revoking) kept.delete(topicPartitionName(tp))
  const next = { ...state, revoking: undefined, owned: kept, wantsJoin: true }
  return [next, input.inTime ? [] : [tell(state, "Lost", revoking)]]
}

const absorb = (state: MemberState, input: MemberInput): Step => {
  switch (input._tag) {
    case "Tick":
      return [{ ...state, now: input.now }, []]
    case "Start":
      return [{ ...state, wantsJoin: true }, []]
    case "Leave":
      return [{ ...state, leaving: true }, []]
    case "Answered":
      return input.turn === state.turn ? answered(state, input.answer) : [state, []]
    case "Counted":
      return input.generation === state.generation ? counted(state, input.counts) : [state, []]
    case "Beaten":
      return beaten(state, input)
    case "Told":
      return told(state, input)
    case "CommitRefused": {
      const isOut = input.generation === state.generation && state.synced && expelling.has(input.errorCode)
      return isOut ? refused(state, input.errorCode) : [state, []]
    }
  }
}

const leave = (state: MemberState): Step => {
  const { coordinator, memberId, owned } = state
  if (owned.size > 0) return revoke(state, [...owned.values()])
  if (coordinator === undefined || memberId === "") return end(state, { _tag: "Left" })
  return ask(state, { _tag: "Leave", coordinator, memberId })
}

/** Whether something is under way that has to end before the member finds a coordinator or joins. */
const isBusy = (state: MemberState): boolean =>
  state.asking !== undefined || state.revoking !== undefined || isAssigning(state)

const expiresAt = (state: MemberState): number => (state.owned.size > 0 ? state.aliveUntil : Infinity)

const beatsAt = (state: MemberState): number => {
  const can = state.coordinator !== undefined && state.generation >= 0 && !state.beating
  return can && state.asking !== "Leave" ? state.beatAt : Infinity
}

const turnsAt = (state: MemberState): number =>
  !isBusy(state) && (state.wantsJoin || state.coordinator === undefined) ? state.retryAt : Infinity

const watchesAt = (state: MemberState): number => {
  const { leadership } = state
  return leadership?.counting === false && !isBusy(state) && state.synced ? leadership.countAt : Infinity
}

/** Gives up what the coordinator may have given away, and with it the join or sync that claims it. */
const expire = (before: MemberState): Step => {
  if (expiresAt(before) > before.now) return [before, []]
  const state = isHeld(before) ? { ...before, turn: before.turn + 1, asking: undefined } : before
  return expelled(state, state.memberId)
}

const turn = (state: MemberState): Step => {
  if (state.leaving) return state.revoking !== undefined || state.asking === "Leave" ? [state, []] : leave(state)
  if (turnsAt(state) > state.now) return [state, []]
  const { coordinator, memberId, owned, ownedSince } = state
  if (coordinator === undefined) return ask(state, { _tag: "Find" })
  const joining = { ...state, wantsJoin: false, synced: false, leadership: undefined }
  return ask(joining, { _tag: "Join", coordinator, memberId, owned: [...owned.values()], ownedSince })
}

const beat = (state: MemberState): Step => {
  const { coordinator, generation, memberId, now } = state
  if (coordinator === undefined || beatsAt(state) > now) return [state, []]
  return [{ ...state, beating: true }, [{ _tag: "Beat", coordinator, memberId, generation, sentAt: now }]]
}

const watch = (state: MemberState): Step => (watchesAt(state) <= state.now ? count(state) : [state, []])

const step = (before: MemberState, input: MemberInput): Step => {
  if (before.ended !== undefined) return [before, []]
  let [state, outputs] = absorb(before, input)
  for (const part of [expire, turn, beat, watch]) {
    if (state.ended !== undefined) break
    const [next, more] = part(state)
    state = next
    outputs = [...outputs, ...more]
  }
  return [state, outputs]
}

const wakeAt = (state: MemberState): number | undefined => {
  if (state.ended !== undefined) return undefined
  const turns = state.leaving ? Infinity : turnsAt(state)
  const at = Math.min(expiresAt(state), turns, beatsAt(state), watchesAt(state))
  return at === Infinity ? undefined : at
}

/**
 * One member of a consumer group of Kafka's classic protocol, with cooperative rebalances (KIP-429).
 *
 * **Details**
 *
 * A member keeps its partitions while it joins anew, so that a rebalance stops nothing but what moves. What moves is let go
 * first, by an owner who may take its time, and given away in the generation after that. Losing is the one thing that is
 * told at once: when the coordinator no longer knows the member, or has not answered for a whole session.
 */
export const groupMember: Machine<MemberState, MemberInput, MemberOutput> = { step, wakeAt }
