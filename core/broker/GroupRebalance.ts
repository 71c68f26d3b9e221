import { type GroupDraft, noAssignment } from "./GroupDraft.ts"
import type { GroupMember } from "./GroupState.ts"

/** Starts a rebalance, unless one is already waiting for members. */
export const rebalance = (draft: GroupDraft): void => {
  if (draft.phase === "PreparingRebalance") {
    if (draft.initial !== undefined) draft.initial = { ...draft.initial, newcomers: true }
    return completeJoinWhenReady(draft)
  }
  if (draft.phase === "CompletingRebalance") {
    for (const member of [...draft.members.values()]) {
      if (member.syncing !== undefined) draft.refuseSync(member.syncing, "REBALANCE_IN_PROGRESS")
      draft.change(member, { syncing: undefined, assignment: noAssignment })
    }
  }
  const delay = draft.phase === "Empty" ? draft.config.initialRebalanceDelayMs : 0
  const timeout = draft.rebalanceTimeoutMs()
  draft.phase = "PreparingRebalance"
  if (delay > 0 && draft.members.size > 0) {
    const first = Math.min(delay, timeout)
    draft.initial = { remainingMs: timeout - first, newcomers: false }
    draft.deadline = draft.now + first
    return
  }
  draft.deadline = draft.now + timeout
  completeJoinWhenReady(draft)
}

/** Ends the wait for members as soon as nobody is missing. */
export const completeJoinWhenReady = (draft: GroupDraft): void => {
  if (draft.phase !== "PreparingRebalance") return
  if (draft.members.size > 0) {
    if (draft.initial !== undefined || draft.pending.size > 0) return
    for (const member of draft.members.values()) if (member.joining === undefined) return
  }
  completeJoin(draft)
}

/** Ends the wait for members when its time is over; an initial delay is prolonged while newcomers keep coming. */
export const joinTimedOut = (draft: GroupDraft): void => {
  const { initial } = draft
  if (initial !== undefined && initial.newcomers && initial.remainingMs > 0) {
    const more = Math.min(draft.config.initialRebalanceDelayMs, initial.remainingMs)
    draft.initial = { remainingMs: initial.remainingMs - more, newcomers: false }
    draft.deadline = draft.now + more
    return
  }
  draft.initial = undefined
  completeJoin(draft)
}

/**
 * Begins the next generation with those who joined.
 *
 * **Details**
 *
 * Dynamic members that did not come are out. Static ones stay, for they may be restarting; when nobody else is there, the
 * wait goes on until one joins or all their sessions have ended.
 */
const completeJoin = (draft: GroupDraft): void => {
  draft.initial = undefined
  for (const member of [...draft.members.values()]) {
    if (member.joining === undefined && member.instanceId === null) draft.members.delete(member.id)
  }
  const joined = [...draft.members.values()].filter((member) => member.joining !== undefined)
  if (draft.members.size > 0 && joined.length === 0) {
    draft.deadline = draft.now + draft.rebalanceTimeoutMs()
    return
  }
  draft.generation += 1
  if (draft.members.size === 0) {
    draft.phase = "Empty"
    draft.protocol = null
    draft.leader = null
    draft.deadline = Infinity
    return
  }
  draft.phase = "CompletingRebalance"
  draft.protocol = draft.electProtocol()
  if (!joined.some(({ id }) => id === draft.leader)) draft.leader = joined[0]?.id ?? null
  draft.deadline = draft.now + draft.rebalanceTimeoutMs()
  for (const member of joined) {
    if (member.joining !== undefined) draft.acceptJoin(member.joining, member)
  }
  for (const member of joined) {
    draft.change(member, {
      joining: undefined,
      synced: false,
      assignment: noAssignment,
      sessionDeadline: draft.now + member.sessionTimeoutMs
    })
  }
}

/** Sends away everybody who joined this generation and did not ask for the assignment in time. */
export const syncTimedOut = (draft: GroupDraft): void => {
  draft.deadline = Infinity
  const late = [...draft.members.values()].filter((member) => !member.synced)
  if (late.length > 0) removeAndRebalance(draft, late)
}

/** Takes members out and lets the others share out anew what these had. */
export const removeAndRebalance = (draft: GroupDraft, members: ReadonlyArray<GroupMember>): void => {
  for (const member of members) draft.remove(member, "UNKNOWN_MEMBER_ID")
  if (draft.phase === "PreparingRebalance") completeJoinWhenReady(draft)
  else rebalance(draft)
}
