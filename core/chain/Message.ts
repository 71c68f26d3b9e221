import type { Block, BlockId, Command } from "./Block.ts"
import type { Configuration } from "./Configuration.ts"

/**
 * A state of the application after all that leads to `block`, and the cluster's configuration there.
 *
 * **Details**
 *
 * `position` is how many commands that state has seen: the first one behind it has this position.
 */
export interface SnapshotName {
  readonly block: BlockId
  readonly position: number
  readonly configuration: Configuration
}

/** Why a proposal, a read or a change was refused; it has had no effect and will have none. */
export type RefusedReason =
  /** No leader is known, or it changed before the proposal was in a block. */
  | "NoLeader"
  /** More bytes than `maxUncommittedBytes` would wait for their commit. */
  | "Overloaded"
  /** Another block was committed in the place of the proposal's. */
  | "Superseded"
  /** The leadership is being handed over. */
  | "Transferring"
  /** Another change of the members is under way. */
  | "ChangeUnderWay"
  /** The members asked for make no cluster, the new ones do not catch up, or the node to lead cannot. */
  | "BadChange"
  /** The node has stopped. */
  | "Stopped"

/**
 * What nodes say to each other.
 *
 * **Details**
 *
 * `term` is the sender's current term, in `PreVote` the one that it would campaign in.
 *
 * - `PreVote`, `PreVoteReply`: would you vote for me? Nobody's term changes (thesis 9.6)
 * - `Vote`, `VoteReply`: `head` is the candidate's; `transfer` says that the leader itself asked for the election
 * - `Append`: `blocks` are a path, the first one's parent is `parent`; without blocks it verifies `parent`. `commit` is the
 *   leader's marker. `round` numbers what the leader sent, for reads, leases and the check of its quorum
 * - `AppendReply`: `verified` is the last block of the message that is answered, durable here, and never merely the
 *   follower's head; of a message without blocks, the last durable one on the path to its `parent`. Where the parent is
 *   unknown it is absent, and `commit` says where to go on from
 * - `Snapshot`: `bytes` of the snapshot from `offset`; `size` is that of the whole
 * - `SnapshotReply`: `offset` is the next byte wanted; `installed` once the snapshot is in place, or was not needed
 * - `TimeoutNow`: campaign at once
 * - `Forward`: commands that a follower was asked to propose; `request` is its own number for them
 * - `Forwarded`: the block and the index in it that the first command was given, or why not
 * - `ReadIndex`, `ReadIndexReply`: up to which block a reader has to have applied; absent where the node does not lead
 * - `Estranged`: the receiver's incarnation is not the one that the cluster knows it by
 */
export type Message =
  | { readonly _tag: "PreVote"; readonly term: number; readonly head: BlockId }
  | { readonly _tag: "PreVoteReply"; readonly term: number; readonly granted: boolean }
  | { readonly _tag: "Vote"; readonly term: number; readonly head: BlockId; readonly transfer: boolean }
  | { readonly _tag: "VoteReply"; readonly term: number; readonly granted: boolean }
  | Append
  | {
      readonly _tag: "AppendReply"
      readonly term: number
      readonly round: number
      readonly verified: BlockId | undefined
      readonly commit: BlockId
    }
  | {
      readonly _tag: "Snapshot"
      readonly term: number
      readonly round: number
      readonly snapshot: SnapshotName
      readonly size: number
      readonly offset: number
      readonly bytes: Uint8Array
    }
  | {
      readonly _tag: "SnapshotReply"
      readonly term: number
      readonly round: number
      readonly block: BlockId
      readonly offset: number
      readonly installed: boolean
    }
  | { readonly _tag: "TimeoutNow"; readonly term: number }
  | {
      readonly _tag: "Forward"
      readonly term: number
      readonly request: number
      readonly commands: ReadonlyArray<Command>
    }
  | {
      readonly _tag: "Forwarded"
      readonly term: number
      readonly request: number
      readonly placed: Placement | RefusedReason
    }
  | { readonly _tag: "ReadIndex"; readonly term: number; readonly request: number }
  | {
      readonly _tag: "ReadIndexReply"
      readonly term: number
      readonly request: number
      readonly block: BlockId | undefined
    }
  | { readonly _tag: "Estranged"; readonly term: number }

/** See {@link Message}. */
export interface Append {
  readonly _tag: "Append"
  readonly term: number
  readonly round: number
  readonly parent: BlockId
  readonly blocks: ReadonlyArray<Block>
  readonly commit: BlockId
}

/** The block that a proposal is in, and the index of its first command there. */
export interface Placement {
  readonly block: BlockId
  readonly index: number
}
