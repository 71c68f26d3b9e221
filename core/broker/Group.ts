import { sameBytes } from "../bytes/index.ts"
import type { Machine } from "../machine/index.ts"
import { GroupDraft, noAssignment } from "./GroupDraft.ts"
import { completeJoinWhenReady, joinTimedOut, rebalance, removeAndRebalance, syncTimedOut } from "./GroupRebalance.ts"
import type {
  CommitInput,
  Group,
  GroupConfig,
  GroupError,
  GroupInput,
  GroupMember,
  GroupOutput,
  GroupProtocol,
  HeartbeatInput,
  JoinInput,
  LeaveInput,
  SyncInput
} from "./GroupState.ts"

/**
 * The coordinator of one consumer group of Kafka's classic protocol: join, sync, heartbeat, leave, and who may commit.
 *
 * **Details**
 *
 * Every call gets exactly one answer, at once or when the group gets there. A generation is a number that only grows
 * while the group lives. Members do not outlive the broker: after a restart they are unknown, and join again.
 *
 * **Gotchas**
 *
 * A connection that ends is no leave: the member keeps its partitions until its session has ended.
 */
export const makeGroup = (config: GroupConfig): Machine<Group, GroupInput, GroupOutput> => ({
  step: (group, input) => {
    const draft = new GroupDraft(group, config)
    switch (input._tag) {
      case "Tick":
        tick(draft, input.now)
        break
      case "Join":
        join(draft, input)
        break
      case "Sync":
        sync(draft, input)
        break
      case "Heartbeat":
        draft.outputs.push({ _tag: "HeartbeatAnswered", caller: input.caller, error: heartbeat(draft, input) })
        break
      case "Leave":
        leave(draft, input)
        break
      case "Commit":
        draft.outputs.push({ _tag: "CommitAnswered", caller: input.caller, error: commit(draft, input) })
        break
    }
    return [draft.finish(), draft.outputs]
  },
  wakeAt: (group) => {
    let at = group.deadline
    for (const lapse of group.pending.values()) at = Math.min(at, lapse)
    for (const { sessionDeadline } of group.members.values()) at = Math.min(at, sessionDeadline)
    return at === Infinity ? undefined : at
  }
})

const tick = (draft: GroupDraft, now: number): void => {
  draft.now = now
  for (const [memberId, lapse] of draft.pending) if (lapse <= now) draft.pending.delete(memberId)
  const dead = [...draft.members.values()].filter((member) => member.sessionDeadline <= now)
  if (dead.length > 0) removeAndRebalance(draft, dead)
  else completeJoinWhenReady(draft)
  if (draft.deadline > now) return
  if (draft.phase === "PreparingRebalance") joinTimedOut(draft)
  else syncTimedOut(draft)
}

const join = (draft: GroupDraft, input: JoinInput): void => {
  const refuse = (error: GroupError): void => draft.refuseJoin(input.caller, error, input.memberId)
  const { instanceId, memberId, protocols, sessionTimeoutMs } = input
  if (sessionTimeoutMs < draft.config.minSessionTimeoutMs || sessionTimeoutMs > draft.config.maxSessionTimeoutMs) {
    return refuse("INVALID_SESSION_TIMEOUT")
  }
  if (input.protocolType === "" || protocols.length === 0) return refuse("INCONSISTENT_GROUP_PROTOCOL")
  const names = protocols.map(({ name }) => name)
  if (!draft.supports(input.protocolType, names)) return refuse("INCONSISTENT_GROUP_PROTOCOL")

  const known = memberId === "" && instanceId !== null ? draft.memberOfInstance(instanceId) : undefined
  if (known !== undefined) return rejoinStatic(draft, input, known)

  if (memberId === "" || draft.pending.has(memberId)) {
    const others = draft.members.size + draft.pending.size - (draft.pending.has(memberId) ? 1 : 0)
    if (others >= draft.config.maxSize) return refuse("GROUP_MAX_SIZE_REACHED")
    if (memberId === "" && instanceId === null && input.memberIdRequired) {
      draft.pending.set(input.newMemberId, draft.now + sessionTimeoutMs)
      return draft.refuseJoin(input.caller, "MEMBER_ID_REQUIRED", input.newMemberId)
    }
    draft.pending.delete(memberId)
    return admit(draft, input, memberId === "" ? input.newMemberId : memberId)
  }

  const member = draft.caller(memberId, instanceId)
  if (typeof member === "string") return refuse(member)
  const unchanged = sameProtocols(member.protocols, protocols)
  const rejoins =
    draft.phase === "PreparingRebalance" || !unchanged || (draft.phase === "Stable" && memberId === draft.leader)
  if (!rejoins) {
    draft.touch(member)
    return draft.acceptJoin(input.caller, member)
  }
  park(draft, member, input)
  rebalance(draft)
}

/** Takes in somebody new, who waits for the next generation. */
const admit = (draft: GroupDraft, input: JoinInput, memberId: string): void => {
  if (draft.members.size === 0) draft.protocolType = input.protocolType
  draft.members.set(memberId, {
    id: memberId,
    instanceId: input.instanceId,
    clientId: input.clientId,
    clientHost: input.clientHost,
    sessionTimeoutMs: input.sessionTimeoutMs,
    rebalanceTimeoutMs: input.rebalanceTimeoutMs,
    protocols: input.protocols,
    assignment: noAssignment,
    sessionDeadline: draft.now + draft.config.newMemberTimeoutMs,
    synced: false,
    joining: input.caller,
    syncing: undefined
  })
  rebalance(draft)
}

/** Lets a member wait for the next generation with what it now says about itself. */
const park = (draft: GroupDraft, member: GroupMember, input: JoinInput): void => {
  if (member.joining !== undefined) draft.refuseJoin(member.joining, "REBALANCE_IN_PROGRESS", member.id)
  draft.change(member, {
    clientId: input.clientId,
    clientHost: input.clientHost,
    sessionTimeoutMs: input.sessionTimeoutMs,
    rebalanceTimeoutMs: input.rebalanceTimeoutMs,
    protocols: input.protocols,
    sessionDeadline: Infinity,
    joining: input.caller
  })
}

/**
 * Gives the place of a static member (KIP-345) to the process that came back under its instance id.
 *
 * **Details**
 *
 * Whoever still uses the old member id is fenced. A stable group whose choice of protocol does not change goes on without
 * a rebalance; a leader that came back must then not assign: from version 9 it is told so, before that it is told that
 * its old id leads.
 */
const rejoinStatic = (draft: GroupDraft, input: JoinInput, old: GroupMember): void => {
  const roster = [...draft.members.values()]
  draft.members.clear()
  for (const member of roster) {
    const id = member === old ? input.newMemberId : member.id
    draft.members.set(id, member === old ? { ...member, id, joining: undefined, syncing: undefined } : member)
  }
  if (old.joining !== undefined) draft.refuseJoin(old.joining, "FENCED_INSTANCE_ID", old.id)
  if (old.syncing !== undefined) draft.refuseSync(old.syncing, "FENCED_INSTANCE_ID")
  const wasLeader = draft.leader === old.id
  if (wasLeader) draft.leader = input.newMemberId
  const member = draft.members.get(input.newMemberId) ?? old
  park(draft, member, input)
  const parked = draft.members.get(input.newMemberId) ?? member
  if (draft.phase !== "Stable" || draft.electProtocol() !== draft.protocol) return rebalance(draft)
  const back = draft.change(parked, { joining: undefined, sessionDeadline: draft.now + parked.sessionTimeoutMs })
  if (!wasLeader) return draft.acceptJoin(input.caller, back)
  if (input.canSkipAssignment) return draft.acceptJoin(input.caller, back, { skipAssignment: true })
  draft.acceptJoin(input.caller, back, { leader: old.id, members: [] })
}

const sync = (draft: GroupDraft, input: SyncInput): void => {
  const member = draft.caller(input.memberId, input.instanceId)
  if (typeof member === "string") return draft.refuseSync(input.caller, member)
  if (input.generation !== draft.generation) return draft.refuseSync(input.caller, "ILLEGAL_GENERATION")
  const otherType = input.protocolType !== null && input.protocolType !== draft.protocolType
  if (otherType || (input.protocol !== null && input.protocol !== draft.protocol)) {
    return draft.refuseSync(input.caller, "INCONSISTENT_GROUP_PROTOCOL")
  }
  if (draft.phase === "PreparingRebalance") return draft.refuseSync(input.caller, "REBALANCE_IN_PROGRESS")
  const sessionDeadline = draft.now + member.sessionTimeoutMs
  if (draft.phase === "Stable") {
    draft.acceptSync(input.caller, draft.change(member, { synced: true, sessionDeadline }))
    return everybodySynced(draft)
  }
  if (member.syncing !== undefined) draft.refuseSync(member.syncing, "REBALANCE_IN_PROGRESS")
  draft.change(member, { synced: true, syncing: input.caller, sessionDeadline })
  if (member.id === draft.leader) assign(draft, input)
}

/** Hands out the leader's assignment to everybody who waits for it. */
const assign = (draft: GroupDraft, input: SyncInput): void => {
  const shares = new Map(input.assignments.map(({ assignment, memberId }) => [memberId, assignment]))
  draft.phase = "Stable"
  for (const member of [...draft.members.values()]) {
    const assignment = shares.get(member.id) ?? noAssignment
    const assigned = draft.change(member, { assignment, syncing: undefined })
    if (member.syncing !== undefined) draft.acceptSync(member.syncing, assigned)
  }
  everybodySynced(draft)
}

/** Stops waiting for syncs once no member is missing. */
const everybodySynced = (draft: GroupDraft): void => {
  for (const { synced } of draft.members.values()) if (!synced) return
  draft.deadline = Infinity
}

const heartbeat = (draft: GroupDraft, input: HeartbeatInput): GroupError => {
  const member = draft.caller(input.memberId, input.instanceId)
  if (typeof member === "string") return member
  if (input.generation !== draft.generation) return "ILLEGAL_GENERATION"
  if (member.joining === undefined) draft.touch(member)
  return draft.phase === "PreparingRebalance" ? "REBALANCE_IN_PROGRESS" : "NONE"
}

const commit = (draft: GroupDraft, input: CommitInput): GroupError => {
  if (input.generation < 0 && draft.phase === "Empty") return "NONE"
  const member = draft.caller(input.memberId, input.instanceId)
  if (typeof member === "string") return member
  if (input.generation !== draft.generation) return "ILLEGAL_GENERATION"
  if (draft.phase === "CompletingRebalance") return "REBALANCE_IN_PROGRESS"
  if (member.joining === undefined) draft.touch(member)
  return "NONE"
}

const leave = (draft: GroupDraft, input: LeaveInput): void => {
  const gone = new Set<GroupMember>()
  const answers = input.members.map(({ instanceId, memberId }) => {
    const error = memberToRemove(draft, memberId, instanceId)
    if (typeof error !== "string") gone.add(error)
    return { memberId, instanceId, error: typeof error === "string" ? error : ("NONE" as const) }
  })
  draft.outputs.push({ _tag: "Left", caller: input.caller, members: answers })
  if (gone.size > 0) removeAndRebalance(draft, [...gone])
  else completeJoinWhenReady(draft)
}

/** Who is meant; `NONE` for an id that was given out and never used. An administrator names the instance alone. */
const memberToRemove = (draft: GroupDraft, memberId: string, instanceId: string | null): GroupMember | GroupError => {
  if (instanceId !== null && memberId === "") return draft.memberOfInstance(instanceId) ?? "UNKNOWN_MEMBER_ID"
  if (instanceId === null && draft.pending.delete(memberId)) return "NONE"
  return draft.caller(memberId, instanceId)
}

const sameProtocols = (a: ReadonlyArray<GroupProtocol>, b: ReadonlyArray<GroupProtocol>): boolean =>
  a.length === b.length &&
  a.every(({ metadata, name }, i) => {
    const other = b[i]
    return other !== undefined && other.name === name && sameBytes(metadata, other.metadata)
  })
