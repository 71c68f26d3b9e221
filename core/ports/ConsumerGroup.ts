import * as Data from "effect/Data"
import type { Effect } from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { TopicPartition } from "../log/index.ts"

/**
 * Why something that was asked of a consumer group failed.
 *
 * - `Unreachable`: the group's coordinator does not answer; a commit may or may not have been stored
 * - `Rebalancing`: partitions are being shared out anew, and nothing was stored: commit again in a moment
 * - `Fenced`: a partition is not, or is no longer, this member's; nothing was stored, and somebody else may work on it
 * - `Unauthorized`: the coordinator knows us and refuses
 * - `Refused`: the coordinator refused for another reason; nothing was stored
 */
export type ConsumerGroupErrorReason = "Unreachable" | "Rebalancing" | "Fenced" | "Unauthorized" | "Refused"

/** A request to a consumer group that failed. `message` is one sentence that says what to do. */
export class ConsumerGroupError extends Data.TaggedError("ConsumerGroupError")<{
  readonly reason: ConsumerGroupErrorReason
  readonly operation: "join" | "commit" | "committed"
  readonly group: string
  readonly message: string
  readonly cause?: unknown
}> {}

/** How far a partition is done: `offset` is the next one to read, one more than the last that was worked on. */
export interface PartitionOffset extends TopicPartition {
  readonly offset: number
}

/**
 * What a member is told.
 *
 * **Details**
 *
 * - `Assigned`: these partitions are the member's from now on, beside those that it has
 * - `Revoked`: these are to go to somebody else, who gets them when the owner has let go: finish, commit, end
 * - `Lost`: these are no longer the member's, and somebody else may have them already: stop at once, and do not commit
 *
 * `generation` counts how often the group has shared out its partitions.
 *
 * **Gotchas**
 *
 * A coordinator that forgets the group, when it is empty or when its broker starts anew, counts from 1 again: a generation
 * is no fencing token.
 */
export interface GroupEvent {
  readonly _tag: "Assigned" | "Revoked" | "Lost"
  readonly generation: number
  readonly partitions: ReadonlyArray<TopicPartition>
}

/**
 * Takes what a member is told.
 *
 * **Details**
 *
 * It is told one thing after the other, the next not before the one before has ended. A `Revoked` is acknowledged when
 * the effect ends. One that has not ended when the group's deadline for it comes is interrupted, and so is one during which
 * the membership is lost; the partitions are then told as `Lost`.
 */
export type GroupOwner = (event: GroupEvent) => Effect<void>

/**
 * A process's place in a group.
 *
 * **Details**
 *
 * `commit` stores how far partitions of this member are done, also while it is told that they are revoked. `ended` never
 * succeeds: it fails when the coordinator has refused this member for good, after `Lost` was told for all that it had.
 * `waiting` says why this member is not in the group now, while the coordinator cannot be reached or cannot take it yet;
 * a member that is in the group and has no partition waits for nothing.
 */
export interface GroupMembership {
  readonly commit: (offsets: ReadonlyArray<PartitionOffset>) => Effect<void, ConsumerGroupError>
  readonly ended: Effect<never, ConsumerGroupError>
  readonly waiting: () => ConsumerGroupError | undefined
}

/**
 * Shares the partitions of topics among the processes that join: each partition has one owner at a time.
 *
 * **When to use**
 *
 * Where several processes do one job, such as replicating a topic. Records are read through a `CommitLog`, by whoever owns
 * the partition.
 *
 * **Details**
 *
 * `join` comes back at once; joining goes on for as long as no coordinator answers. Topics that do not exist yet, and
 * partitions that are added, are taken up when they are there. When the scope closes, the owner is told that everything is
 * revoked, and when it has let go the member leaves, so that others take over without waiting for its session to end.
 * `committed` answers with what the group has stored of these partitions, whoever did; partitions without an offset are
 * left out.
 *
 * **Gotchas**
 *
 * A member that does not hear from the coordinator for the length of its session is told `Lost`, but a process that was
 * stopped in between learns of it late: what must not be written twice needs a fence of its own.
 *
 * **Example**
 *
 * ```ts
 * const membership = yield* group.join(["orders"], (event) =>
 *   event._tag === "Assigned" ? startAll(event.partitions) : stopAll(event.partitions)
 * )
 * yield* membership.commit([{ topic: "orders", partition: 0, offset: 42 }])
 * ```
 */
export interface ConsumerGroup {
  readonly id: string
  readonly join: (topics: ReadonlyArray<string>, owner: GroupOwner) => Effect<GroupMembership, never, Scope>
  readonly committed: (
    partitions: ReadonlyArray<TopicPartition>
  ) => Effect<ReadonlyArray<PartitionOffset>, ConsumerGroupError>
}
