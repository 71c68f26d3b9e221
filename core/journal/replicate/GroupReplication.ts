import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type { Scope } from "effect/Scope"
import { type TopicPartition, topicPartitionName } from "../../log/index.ts"
import { PeriodicCommits } from "../../ports/index.ts"
import type { ConsumerGroup, GroupEvent, GroupMembership, PartitionOffset } from "../../ports/index.ts"
import type { ReplicatorEvent } from "./ReplicatorEvent.ts"
import type { RunningPartitions } from "./RunningPartitions.ts"

/**
 * A replicator's part in a group.
 *
 * **Details**
 *
 * `observe` takes note of how far partitions are. `run` joins, and replicates what is assigned until the scope closes and
 * the group is left.
 */
export interface GroupReplication {
  readonly observe: (event: ReplicatorEvent) => void
  readonly run: (partitions: RunningPartitions) => Effect.Effect<GroupMembership, never, Scope>
}

/** What to share, and with whom; `commitMs` is how often the group is told how far partitions are, in milliseconds. */
export interface GroupReplicationOptions {
  readonly group: ConsumerGroup
  readonly topics: ReadonlyArray<string>
  readonly commitMs: number
}

const counter = (name: string, description: string) => Metric.counter(name, { description, incremental: true })

const rebalances = counter(
  "replicator_rebalances",
  "Partitions that a group has assigned, taken back or given up for lost"
)
const commitAttempts = counter("replicator_commits", "Times that a group was told how far partitions are, by result")

const listed = (partitions: ReadonlyArray<TopicPartition>): string => partitions.map(topicPartitionName).join(", ")

/**
 * Makes a replicator's part in a group.
 *
 * **Details**
 *
 * What is revoked is finished and committed before it is let go; what is lost is interrupted, and not committed. The
 * store's own pointers say where a partition is taken up; what is committed is for those who look at the group. A commit
 * that fails is made up for by the next one.
 */
export const groupReplication = ({ commitMs, group, topics }: GroupReplicationOptions): GroupReplication => {
  let commits = PeriodicCommits.noCommits
  const counted = ({ _tag, partitions }: GroupEvent): Effect.Effect<void> => {
    const labels = { group: group.id, event: _tag.toLowerCase() }
    return Metric.update(Metric.withAttributes(rebalances, labels), partitions.length)
  }
  const told = (result: "success" | "rebalance" | "failure"): Effect.Effect<void> =>
    Metric.update(Metric.withAttributes(commitAttempts, { group: group.id, result }), 1)

  const commit = (to: GroupMembership | undefined, offsets: ReadonlyArray<PartitionOffset>): Effect.Effect<void> => {
    if (to === undefined || offsets.length === 0) return Effect.void
    return Effect.matchEffect(to.commit(offsets), {
      onSuccess: () =>
        Effect.suspend(() => {
          commits = PeriodicCommits.committed(commits, offsets)
          return told("success")
        }),
      onFailure: ({ message, reason }) => {
        const rebalance = reason === "Rebalancing" || reason === "Fenced"
        const line = `How far ${listed(offsets)} is replicated could not be committed: ${message}`
        const tell = rebalance ? Effect.logDebug(line) : Effect.logWarning(line)
        return Effect.andThen(told(rebalance ? "rebalance" : "failure"), tell)
      }
    })
  }

  const assigned = Effect.fnUntraced(function* (partitions: RunningPartitions, event: GroupEvent) {
    commits = PeriodicCommits.assign(commits, event.partitions)
    yield* Effect.forEach(event.partitions, partitions.start, { discard: true })
    yield* Effect.logDebug(`Group ${group.id} assigns ${listed(event.partitions)}, generation ${event.generation}.`)
  })

  const revoked = Effect.fnUntraced(function* (
    partitions: RunningPartitions,
    event: GroupEvent,
    membership: GroupMembership | undefined
  ) {
    yield* partitions.finish(event.partitions)
    yield* commit(membership, PeriodicCommits.pending(commits, event.partitions))
    commits = PeriodicCommits.forget(commits, event.partitions)
    yield* Effect.logDebug(`Group ${group.id} takes ${listed(event.partitions)} back, generation ${event.generation}.`)
  })

  const lost = Effect.fnUntraced(function* (partitions: RunningPartitions, event: GroupEvent) {
    commits = PeriodicCommits.forget(commits, event.partitions)
    yield* partitions.drop(event.partitions)
    yield* Effect.logWarning(
      `Group ${group.id} has given ${listed(event.partitions)} up for lost: this process was not heard for too long.`
    )
  })

  const run = Effect.fnUntraced(function* (
    partitions: RunningPartitions
  ): Effect.fn.Return<GroupMembership, never, Scope> {
    let membership: GroupMembership | undefined
    const handle = (event: GroupEvent): Effect.Effect<void> => {
      switch (event._tag) {
        case "Assigned":
          return assigned(partitions, event)
        case "Revoked":
          return Effect.suspend(() => revoked(partitions, event, membership))
        case "Lost":
          return lost(partitions, event)
      }
    }
    const owner = (event: GroupEvent): Effect.Effect<void> => Effect.andThen(counted(event), handle(event))
    const joined = yield* group.join(topics, owner)
    membership = joined
    yield* Effect.sleep(commitMs).pipe(
      Effect.andThen(Effect.suspend(() => commit(joined, PeriodicCommits.pending(commits)))),
      Effect.forever,
      Effect.forkScoped
    )
    return joined
  })

  return {
    observe: (event) => {
      if (event._tag !== "Resumed" && event._tag !== "Replicated") return
      const { nextOffset: offset, partition, topic } = event
      if (offset > 0) commits = PeriodicCommits.mark(commits, { topic, partition, offset })
    },
    run
  }
}
