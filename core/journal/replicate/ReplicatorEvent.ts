import type { ReplicationOutput } from "./Replication.ts"

/**
 * What happens in a replicator.
 *
 * - `Resumed`: the replication of a partition begins at `nextOffset`; everything below is in the store
 * - `Replicated`: everything below `nextOffset` is in the store; `logEnd` is where the log ended when it was read, and
 *   `since` the time stamp of the batch's first record, in milliseconds since the epoch
 * - `Conflicted`: an event lost its number to an earlier record and is left out
 * - `Stalled`: the partition waits until `retryAt`, because of this error; the others go on
 * - `Released`: the partition is somebody else's to replicate, or nobody's
 */
export type ReplicatorEvent = { readonly topic: string; readonly partition: number } & (
  | { readonly _tag: "Resumed"; readonly nextOffset: number }
  | Extract<ReplicationOutput, { readonly _tag: "Replicated" | "Conflicted" | "Stalled" }>
  | { readonly _tag: "Released" }
)
