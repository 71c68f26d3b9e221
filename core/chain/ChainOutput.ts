import type { Block, BlockId } from "./Block.ts"
import type { Configuration, NodeId } from "./Configuration.ts"
import type { Message, RefusedReason, SnapshotName } from "./Message.ts"

/** What a node is at the moment. */
export type Role = "Follower" | "Candidate" | "Leader"

/** A proposal of this node in a block: its commands are `count` from `index` on. */
export interface Waiting {
  readonly id: number
  readonly index: number
  readonly count: number
}

/** What must be durable: the term, whom the node voted for in it (0 for nobody), and blocks that come to the tree. */
export interface Persist {
  readonly _tag: "Persist"
  readonly write: number
  readonly term: number
  readonly vote: NodeId
  readonly commit: BlockId
  readonly blocks: ReadonlyArray<Block>
}

/**
 * What a node of the chain wants done, in this order.
 *
 * **Details**
 *
 * - `Persist` (request): append all of it to the disk and sync; writes are done in order. A message that depends on it
 *   comes out only after `Persisted`. `commit` may be lost
 * - `Send`: hand a message to the network, which may lose, repeat and reorder it
 * - `Committed`: apply the block's commands in order; `waiting` are this node's own proposals in it, to be answered with
 *   what the application says
 * - `Ready`: answer this read from the application as it is now
 * - `Changed`: a change of members, or a transfer, is done
 * - `Refused`: it has had no effect and will have none; `leader` is 0 where none is known
 * - `Unknown`: its time is up, and it may have had its effect or have it yet
 * - `Status`: role, term, leader or configuration are others than before
 * - `TakeSnapshot` (request): keep the application's state as it is now under this name; empty where commands were
 *   `Withheld`, and only there
 * - `ReadSnapshot` (request): up to `length` bytes of the newest snapshot, from `offset`
 * - `WriteSnapshot` (request): bytes of a snapshot that arrives; aside, until it is installed. `offset` 0 begins anew
 * - `InstallSnapshot` (request): in one atom make what was written aside the newest snapshot, and let the application
 *   become it
 * - `Forget`: blocks up to this one are in a snapshot, and need not be kept
 * - `Stopped`: the node has stopped for good, and does nothing any more
 */
export type ChainOutput =
  | Persist
  | { readonly _tag: "Send"; readonly to: NodeId; readonly message: Message }
  | { readonly _tag: "Committed"; readonly block: Block; readonly waiting: ReadonlyArray<Waiting> }
  | { readonly _tag: "Ready"; readonly id: number; readonly block: BlockId }
  | { readonly _tag: "Changed"; readonly id: number }
  | { readonly _tag: "Refused"; readonly id: number; readonly reason: RefusedReason; readonly leader: NodeId }
  | { readonly _tag: "Unknown"; readonly id: number }
  | {
      readonly _tag: "Status"
      readonly role: Role
      readonly term: number
      readonly leader: NodeId
      readonly configuration: Configuration
    }
  | { readonly _tag: "TakeSnapshot"; readonly request: number; readonly snapshot: SnapshotName }
  | {
      readonly _tag: "ReadSnapshot"
      readonly request: number
      readonly snapshot: SnapshotName
      readonly offset: number
      readonly length: number
    }
  | {
      readonly _tag: "WriteSnapshot"
      readonly request: number
      readonly snapshot: SnapshotName
      readonly size: number
      readonly offset: number
      readonly bytes: Uint8Array
    }
  | { readonly _tag: "InstallSnapshot"; readonly request: number; readonly snapshot: SnapshotName }
  | { readonly _tag: "Forget"; readonly through: BlockId }
  | { readonly _tag: "Stopped"; readonly detail: string }
