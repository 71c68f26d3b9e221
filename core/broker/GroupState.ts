/**
 * Where a consumer group is in its life.
 *
 * - `Empty`: no members; offsets may be kept
 * - `PreparingRebalance`: members are being waited for
 * - `CompletingRebalance`: the leader's assignment is being waited for
 * - `Stable`: every member has or can have its assignment
 */
export type GroupPhase = "Empty" | "PreparingRebalance" | "CompletingRebalance" | "Stable"

/** The settings of all groups of a broker; times are in milliseconds. */
export interface GroupConfig {
  readonly minSessionTimeoutMs: number
  readonly maxSessionTimeoutMs: number
  /** How long the first rebalance of an empty group waits for more members; 0 for not at all. */
  readonly initialRebalanceDelayMs: number
  /** How long a member that has never been in a generation may wait in its first join. */
  readonly newMemberTimeoutMs: number
  /** Members that a group has at most, together with those that were given an id and have not come back. */
  readonly maxSize: number
}

/** Settings for development: no delay, and sessions as short as a test wants. */
export const defaultGroupConfig: GroupConfig = {
  minSessionTimeoutMs: 100,
  maxSessionTimeoutMs: 1_800_000,
  initialRebalanceDelayMs: 0,
  newMemberTimeoutMs: 300_000,
  maxSize: 10_000
}

/** One way of sharing out partitions that a member offers, with what it tells the leader for it. */
export interface GroupProtocol {
  readonly name: string
  readonly metadata: Uint8Array
}

/** Names a waiting request; the host makes it, and the group hands it back with the answer. */
export type Caller = number

/**
 * One member of a group.
 *
 * **Details**
 *
 * `joining` and `syncing` are requests of the member that wait for an answer. `sessionDeadline` is when the member is
 * given up; Infinity while its join waits, because a waiting join counts as a sign of life. `synced` says whether the
 * member has asked for its assignment in this generation.
 */
export interface GroupMember {
  readonly id: string
  readonly instanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocols: ReadonlyArray<GroupProtocol>
  readonly assignment: Uint8Array
  readonly sessionDeadline: number
  readonly synced: boolean
  readonly joining: Caller | undefined
  readonly syncing: Caller | undefined
}

/**
 * The state of one consumer group of the classic protocol.
 *
 * **Details**
 *
 * `members` are in the order in which they came. `pending` maps a member id that was given out and has not come back to
 * the time when it lapses. `deadline` ends the present phase: the wait for joins, or the wait for syncs. `initial` is set
 * while the first rebalance of an empty group is held open for more members.
 */
export interface Group {
  readonly id: string
  readonly now: number
  readonly phase: GroupPhase
  readonly generation: number
  readonly protocolType: string | null
  readonly protocol: string | null
  readonly leader: string | null
  readonly members: ReadonlyMap<string, GroupMember>
  readonly pending: ReadonlyMap<string, number>
  readonly deadline: number
  readonly initial: InitialDelay | undefined
}

/** The first rebalance of an empty group: how much longer it may still be put off, and whether somebody came meanwhile. */
export interface InitialDelay {
  readonly remainingMs: number
  readonly newcomers: boolean
}

/** A group nobody has joined yet. */
export const emptyGroup = (id: string, now: number): Group => ({
  id,
  now,
  phase: "Empty",
  generation: 0,
  protocolType: null,
  protocol: null,
  leader: null,
  members: new Map(),
  pending: new Map(),
  deadline: Infinity,
  initial: undefined
})

/** The errors that a group answers with, by their names in the Kafka protocol. */
export type GroupError =
  | "NONE"
  | "FENCED_INSTANCE_ID"
  | "GROUP_MAX_SIZE_REACHED"
  | "ILLEGAL_GENERATION"
  | "INCONSISTENT_GROUP_PROTOCOL"
  | "INVALID_SESSION_TIMEOUT"
  | "MEMBER_ID_REQUIRED"
  | "REBALANCE_IN_PROGRESS"
  | "UNKNOWN_MEMBER_ID"

/** A request to join. `newMemberId` is the id that the member gets if it has none. */
export interface JoinInput {
  readonly _tag: "Join"
  readonly caller: Caller
  readonly memberId: string
  readonly instanceId: string | null
  readonly newMemberId: string
  readonly clientId: string
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocolType: string
  readonly protocols: ReadonlyArray<GroupProtocol>
  /** Whether a member without an id is first told one (JoinGroup from version 4). */
  readonly memberIdRequired: boolean
  /** Whether the member understands that it leads without having to assign (JoinGroup from version 9). */
  readonly canSkipAssignment: boolean
}

/** A request for the assignment; the leader's brings everybody's. */
export interface SyncInput {
  readonly _tag: "Sync"
  readonly caller: Caller
  readonly memberId: string
  readonly instanceId: string | null
  readonly generation: number
  readonly protocolType: string | null
  readonly protocol: string | null
  readonly assignments: ReadonlyArray<{ readonly memberId: string; readonly assignment: Uint8Array }>
}

/** A sign of life. */
export interface HeartbeatInput {
  readonly _tag: "Heartbeat"
  readonly caller: Caller
  readonly memberId: string
  readonly instanceId: string | null
  readonly generation: number
}

/** Members that go, or that an administrator sends away. */
export interface LeaveInput {
  readonly _tag: "Leave"
  readonly caller: Caller
  readonly members: ReadonlyArray<{ readonly memberId: string; readonly instanceId: string | null }>
}

/** A member, or somebody without a group (generation -1), asks whether it may commit offsets now. */
export interface CommitInput {
  readonly _tag: "Commit"
  readonly caller: Caller
  readonly memberId: string
  readonly instanceId: string | null
  readonly generation: number
}

/** What a group is told. */
export type GroupInput =
  | { readonly _tag: "Tick"; readonly now: number }
  | JoinInput
  | SyncInput
  | HeartbeatInput
  | LeaveInput
  | CommitInput

/** One member as the leader sees it: its metadata is that of the chosen protocol. */
export interface JoinedMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly metadata: Uint8Array
}

/** The end of a join. `members` is empty for everybody but the leader. */
export interface Joined {
  readonly _tag: "Joined"
  readonly caller: Caller
  readonly error: GroupError
  readonly generation: number
  readonly protocolType: string | null
  readonly protocol: string | null
  readonly leader: string
  readonly memberId: string
  readonly members: ReadonlyArray<JoinedMember>
  readonly skipAssignment: boolean
}

/** The end of a sync. */
export interface Synced {
  readonly _tag: "Synced"
  readonly caller: Caller
  readonly error: GroupError
  readonly protocolType: string | null
  readonly protocol: string | null
  readonly assignment: Uint8Array
}

/** What a group answers; every input but `Tick` gets exactly one, now or later. */
export type GroupOutput =
  | Joined
  | Synced
  | { readonly _tag: "HeartbeatAnswered"; readonly caller: Caller; readonly error: GroupError }
  | { readonly _tag: "CommitAnswered"; readonly caller: Caller; readonly error: GroupError }
  | {
      readonly _tag: "Left"
      readonly caller: Caller
      readonly members: ReadonlyArray<{
        readonly memberId: string
        readonly instanceId: string | null
        readonly error: GroupError
      }>
    }
