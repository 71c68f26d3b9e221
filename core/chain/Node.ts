import type { Effect } from "effect/Effect"
import type { Stream } from "effect/Stream"
import type { DecodeError } from "../bytes/index.ts"
import type { PeerSettings, PeerStatus } from "../peers/index.ts"
import type { Address, Disk, DiskError, Network, NetworkError } from "../ports/index.ts"
import type {
  DataFolderRefused,
  RecordLogDamaged,
  RecordLogFailed,
  SnapshotDamaged,
  SnapshotFailed
} from "../storage/index.ts"
import type { Application } from "./Application.ts"
import type { ChainSettings } from "./ChainSettings.ts"
import type { DamagedChain } from "./codec/DamagedChain.ts"
import type { Member, NodeId } from "./Configuration.ts"
import type { NodeOptionInvalid, NodeStopped, ProposalError } from "./NodeErrors.ts"
import type { ChainStatus } from "./Status.ts"

/**
 * What a node of a cluster is started with; what is absent has the value in brackets.
 *
 * **Details**
 *
 * - `id`: a whole number from 1 on, never given to another node of the cluster again, also when that one's folder is lost
 * - `clusterId`: names the cluster; a folder, or a peer, of another one is refused
 * - `members`: those that found the cluster, the same on every one of them; none on a node that joins it later. It counts
 *   only when the folder is new, which remembers it: nodes that were founded with different members refuse each other
 * - `listen`: where the other nodes reach this one
 * - `addresses`: where nodes are reached, this one among them if that is not where it listens. The cluster knows its members
 *   by their ids alone: addresses belong to each node's own settings, and `ChainNode.place` changes them at run time. Where
 *   a node is that nobody has named is learnt when it connects
 * - `entropy`: three unpredictable 32-bit numbers, others at each start
 * - `maxSessions`: sessions that are kept, the same on every node, for ever (10,000)
 * - `maxProposals`: proposals of this node that are under way at a time; others wait (1024)
 * - `maxCommandBytes`: a larger command is refused, 256 MiB at most; the same on every node (1 MiB)
 * - `timeoutMs`: how long something that the node is asked may take, where nothing else is said (10 000)
 * - `diskTimeoutMs`: a disk operation that takes longer stops the node (60 000)
 * - `segmentBytes`: after how many bytes a file of the node's records is full (16 MiB)
 * - `settings`, `peers`: how the node and its links behave
 */
export interface NodeOptions<State> {
  readonly id: NodeId
  readonly clusterId: string
  readonly members: ReadonlyArray<Member>
  readonly listen: Address
  readonly addresses: ReadonlyMap<NodeId, Address>
  readonly disk: Disk
  readonly network: Network
  readonly application: Application<State>
  readonly entropy: readonly [number, number, number]
  readonly maxSessions?: number
  readonly maxProposals?: number
  readonly maxCommandBytes?: number
  readonly timeoutMs?: number
  readonly diskTimeoutMs?: number
  readonly segmentBytes?: number
  readonly settings?: Partial<Omit<ChainSettings, "id">>
  readonly peers?: Partial<PeerSettings>
}

/** How long something may take, in milliseconds; else as the node's options say. */
export interface TimeLimit {
  readonly timeoutMs?: number | undefined
}

/**
 * A command that is committed, and applied here.
 *
 * **Details**
 *
 * `position` is the number of commands in front of it in the chain, the same on every node; `answer` is the application's.
 */
export interface Applied {
  readonly position: number
  readonly answer: Uint8Array
}

/** How a node is: what the chain knows, how many commands are applied here, and its links to the others. */
export interface NodeStatus extends ChainStatus {
  readonly applied: number
  readonly peers: ReadonlyArray<PeerStatus>
}

/**
 * A proposer whose commands are applied once each, however often they have to be sent.
 *
 * **Details**
 *
 * Commands go one after the other, and waiting for those before it is part of a command's time; one that no leader was
 * found for, or whose outcome is not known, is proposed again until its time is over. After a `ProposalUnknown` the session is over, and everything more fails with `SessionExpired`.
 */
export interface ChainSession {
  readonly id: number
  readonly propose: (command: Uint8Array, limit?: TimeLimit) => Effect<Applied, ProposalError>
}

/**
 * A running node.
 *
 * - `propose`: puts a command into the chain, from any node, and ends when it is applied here
 * - `openSession`: opens a session in the chain, and tries again until its time is over
 * - `read`: asks the state as it is after everything that was committed anywhere when `read` began (linearizable)
 * - `readLocal`: asks the state as it is here, which may be behind; a witness has none, and throws `ProposalRefused`
 * - `changeMembers`: makes these the members of the cluster, in one change; only the leader does it
 * - `transfer`: hands the leadership to another voter; only the leader does it
 * - `takeSnapshot`: has a snapshot taken although none is due; it ends when that is asked for
 * - `place`: says where a peer is from now on
 * - `changes`: the status now, and whenever role, term, leader or members have changed; who is slow gets the newest alone
 * - `describe`: draws the node and its blocks as text
 * - `join`: never succeeds: it fails when the node has stopped, which is logged where nobody has joined
 *
 * **Gotchas**
 *
 * Who is interrupted while waiting has not taken back what was proposed.
 */
export interface ChainNode<State> {
  readonly id: NodeId
  readonly address: Address
  readonly incarnation: number
  readonly propose: (command: Uint8Array, limit?: TimeLimit) => Effect<Applied, ProposalError>
  readonly openSession: (limit?: TimeLimit) => Effect<ChainSession, ProposalError>
  readonly read: <A>(query: (state: State) => A, limit?: TimeLimit) => Effect<A, ProposalError>
  readonly readLocal: <A>(query: (state: State) => A) => A
  readonly changeMembers: (members: ReadonlyArray<Member>, limit?: TimeLimit) => Effect<void, ProposalError>
  readonly transfer: (to: NodeId, limit?: TimeLimit) => Effect<void, ProposalError>
  readonly takeSnapshot: Effect<void, NodeStopped>
  readonly place: (id: NodeId, address: Address) => void
  readonly status: () => NodeStatus
  readonly changes: Stream<NodeStatus>
  readonly describe: () => string
  readonly join: Effect<never, NodeStopped>
}

/** Why a node does not start. */
export type NodeStartError =
  | DiskError
  | NetworkError
  | NodeOptionInvalid
  | DataFolderRefused
  | RecordLogDamaged
  | RecordLogFailed
  | SnapshotDamaged
  | SnapshotFailed
  | DamagedChain
  | DecodeError
