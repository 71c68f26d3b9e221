import type {
  Caller,
  Group,
  GroupConfig,
  GroupError,
  GroupMember,
  GroupOutput,
  GroupPhase,
  InitialDelay,
  Joined,
  JoinedMember
} from "./GroupState.ts"

/** No assignment: zero bytes, which clients read as "nothing". */
export const noAssignment = new Uint8Array(0)

/** A group while one step changes it: a copy that only this step knows, and the answers so far. */
export class GroupDraft {
  readonly config: GroupConfig
  readonly id: string
  now: number
  phase: GroupPhase
  generation: number
  protocolType: string | null
  protocol: string | null
  leader: string | null
  readonly members: Map<string, GroupMember>
  readonly pending: Map<string, number>
  deadline: number
  initial: InitialDelay | undefined
  readonly outputs: Array<GroupOutput> = []

  constructor(group: Group, config: GroupConfig) {
    this.config = config
    this.id = group.id
    this.now = group.now
    this.phase = group.phase
    this.generation = group.generation
    this.protocolType = group.protocolType
    this.protocol = group.protocol
    this.leader = group.leader
    this.members = new Map(group.members)
    this.pending = new Map(group.pending)
    this.deadline = group.deadline
    this.initial = group.initial
  }

  /** The group as it stands now. */
  finish(): Group {
    const { deadline, generation, id, initial, leader, members, now, pending, phase, protocol, protocolType } = this
    return { id, now, phase, generation, protocolType, protocol, leader, members, pending, deadline, initial }
  }

  change(member: GroupMember, fields: Partial<GroupMember>): GroupMember {
    const changed = { ...member, ...fields }
    this.members.set(member.id, changed)
    return changed
  }

  /** Counts the call as a sign of life. */
  touch(member: GroupMember): void {
    this.change(member, { sessionDeadline: this.now + member.sessionTimeoutMs })
  }

  memberOfInstance(instanceId: string): GroupMember | undefined {
    for (const member of this.members.values()) if (member.instanceId === instanceId) return member
    return undefined
  }

  /** The member that a call comes from, or the error that the call gets. */
  caller(memberId: string, instanceId: string | null): GroupMember | GroupError {
    if (instanceId !== null) {
      const holder = this.memberOfInstance(instanceId)
      if (holder !== undefined && holder.id !== memberId) return "FENCED_INSTANCE_ID"
      return holder ?? "UNKNOWN_MEMBER_ID"
    }
    return this.members.get(memberId) ?? "UNKNOWN_MEMBER_ID"
  }

  refuseJoin(caller: Caller, error: GroupError, memberId: string): void {
    this.outputs.push({
      _tag: "Joined",
      caller,
      error,
      generation: -1,
      protocolType: null,
      protocol: null,
      leader: "",
      memberId,
      members: [],
      skipAssignment: false
    })
  }

  refuseSync(caller: Caller, error: GroupError): void {
    this.outputs.push({
      _tag: "Synced",
      caller,
      error,
      protocolType: null,
      protocol: null,
      assignment: noAssignment
    })
  }

  /** Answers a join with the present generation; `fields` are what differs for a static member that came back. */
  acceptJoin(caller: Caller, member: GroupMember, fields: Partial<Joined> = {}): void {
    this.outputs.push({
      _tag: "Joined",
      caller,
      error: "NONE",
      generation: this.generation,
      protocolType: this.protocolType,
      protocol: this.protocol,
      leader: this.leader ?? "",
      memberId: member.id,
      members: member.id === this.leader ? this.roster() : [],
      skipAssignment: false,
      ...fields
    })
  }

  acceptSync(caller: Caller, member: GroupMember): void {
    this.outputs.push({
      _tag: "Synced",
      caller,
      error: "NONE",
      protocolType: this.protocolType,
      protocol: this.protocol,
      assignment: member.assignment
    })
  }

  /** All members, with their metadata for the chosen protocol. */
  roster(): ReadonlyArray<JoinedMember> {
    return Array.from(this.members.values(), (member) => ({
      memberId: member.id,
      instanceId: member.instanceId,
      metadata: member.protocols.find(({ name }) => name === this.protocol)?.metadata ?? noAssignment
    }))
  }

  /** Takes a member out and ends its waiting calls with `error`. */
  remove(member: GroupMember, error: GroupError): void {
    this.members.delete(member.id)
    if (member.joining !== undefined) this.refuseJoin(member.joining, error, member.id)
    if (member.syncing !== undefined) this.refuseSync(member.syncing, error)
  }

  /** Whether some protocol of `names` is offered by every member. */
  supports(protocolType: string, names: ReadonlyArray<string>): boolean {
    if (this.members.size === 0) return true
    return protocolType === this.protocolType && names.some((name) => this.isCommon(name))
  }

  isCommon(name: string): boolean {
    for (const { protocols } of this.members.values()) {
      if (!protocols.some((protocol) => protocol.name === name)) return false
    }
    return true
  }

  /** The protocol that most members put first among those that all offer; the first voted for wins a tie. */
  electProtocol(): string | null {
    const votes = new Map<string, number>()
    for (const { protocols } of this.members.values()) {
      const vote = protocols.find(({ name }) => this.isCommon(name))?.name
      if (vote !== undefined) votes.set(vote, (votes.get(vote) ?? 0) + 1)
    }
    let winner: string | null = null
    for (const [name, count] of votes) if (winner === null || count > (votes.get(winner) ?? 0)) winner = name
    return winner
  }

  /** The longest time, at least a millisecond, that some member wants to be waited for in a rebalance. */
  rebalanceTimeoutMs(): number {
    let longest = 1
    for (const member of this.members.values()) longest = Math.max(longest, member.rebalanceTimeoutMs)
    return longest
  }
}
