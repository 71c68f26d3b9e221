import type { Command } from "./Block.ts"
import type { Member, NodeId } from "./Configuration.ts"
import type { Message } from "./Message.ts"

/**
 * What a node of the chain is told.
 *
 * **Details**
 *
 * Times are milliseconds of the node's own clock, which never goes back. `id`s are the driver's own; each is answered by
 * exactly one of `Committed`, `Ready`, `Changed`, `Refused` and `Unknown`, at the latest when the clock has passed
 * `deadline`. What answers a request carries the number of that request.
 *
 * - `Received`: a message, with the incarnation of its sender
 * - `Persisted`, `PersistFailed`: how `Persist` ended
 * - `Propose`: commands to be put behind each other into one block, here or at the leader
 * - `Read`: what the cluster had committed by now is to be seen
 * - `ChangeMembers`: the cluster is to have these members
 * - `Transfer`: another voter is to lead
 * - `TakeSnapshotNow`: a snapshot is to be taken although none is due
 * - `SnapshotTaken`, `SnapshotFailed`, `SnapshotRead`, `SnapshotWritten`, `SnapshotInstalled`: how those requests ended
 */
export type ChainInput =
  | { readonly _tag: "Tick"; readonly now: number }
  | {
      readonly _tag: "Received"
      readonly from: NodeId
      readonly incarnation: number
      readonly message: Message
    }
  | { readonly _tag: "Persisted"; readonly write: number }
  | { readonly _tag: "PersistFailed"; readonly write: number; readonly detail: string }
  | {
      readonly _tag: "Propose"
      readonly id: number
      readonly commands: ReadonlyArray<Command>
      readonly deadline: number
    }
  | { readonly _tag: "Read"; readonly id: number; readonly deadline: number }
  | {
      readonly _tag: "ChangeMembers"
      readonly id: number
      readonly members: ReadonlyArray<Member>
      readonly deadline: number
    }
  | { readonly _tag: "Transfer"; readonly id: number; readonly to: NodeId; readonly deadline: number }
  | { readonly _tag: "TakeSnapshotNow" }
  | { readonly _tag: "SnapshotTaken"; readonly request: number; readonly size: number }
  | { readonly _tag: "SnapshotRead"; readonly request: number; readonly bytes: Uint8Array }
  | { readonly _tag: "SnapshotWritten"; readonly request: number }
  | { readonly _tag: "SnapshotInstalled"; readonly request: number }
  | { readonly _tag: "SnapshotFailed"; readonly request: number; readonly detail: string }
