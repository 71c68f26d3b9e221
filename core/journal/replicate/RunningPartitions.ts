import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { type TopicPartition, topicPartitionName } from "../../log/index.ts"
import { type PartitionReplicatorOptions, type Running, replicatePartition } from "./PartitionReplicator.ts"
import type { PartitionStatus } from "./PartitionStatus.ts"
import type { ReplicatorEvent } from "./ReplicatorEvent.ts"

/**
 * The partitions that are being replicated.
 *
 * **Details**
 *
 * `finish` ends partitions after the batches in hand, within their deadline, and `drop` at once, in the middle of what they
 * do. `join` fails with the defect that ended a partition.
 */
export interface RunningPartitions {
  readonly start: (partition: TopicPartition) => Effect.Effect<void>
  readonly finish: (partitions: ReadonlyArray<TopicPartition>) => Effect.Effect<void>
  readonly drop: (partitions: ReadonlyArray<TopicPartition>) => Effect.Effect<void>
  readonly finishAll: Effect.Effect<void>
  readonly join: Effect.Effect<never>
  readonly status: () => ReadonlyArray<PartitionStatus>
  /** Measures anew what waits, at a time in milliseconds since the epoch. */
  readonly grown: (now: number) => void
}

interface Entry extends TopicPartition {
  readonly scope: Scope.Closeable
  readonly running: Running
}

const together = { concurrency: "unbounded", discard: true } as const

/** Makes an empty set; what runs in it ends with the scope. */
export const runningPartitions = Effect.fnUntraced(function* (
  options: PartitionReplicatorOptions,
  tell: (event: ReplicatorEvent) => void
): Effect.fn.Return<RunningPartitions, never, Scope.Scope> {
  const parent = yield* Scope.fork(yield* Effect.scope)
  const entries = new Map<string, Entry>()
  const crashed = Deferred.makeUnsafe<never>()

  const start = ({ partition, topic }: TopicPartition): Effect.Effect<void> =>
    // It waits for nothing; what runs is always known here, so that it can be finished.
    Effect.uninterruptible(
      Effect.gen(function* () {
        const name = topicPartitionName({ topic, partition })
        if (entries.has(name)) return
        const scope = yield* Scope.fork(parent)
        const running = yield* Scope.provide(replicatePartition(options, topic, partition, tell), scope)
        entries.set(name, { topic, partition, scope, running })
        yield* running.join.pipe(
          Effect.catchCause((cause) => Effect.sync(() => Deferred.doneUnsafe(crashed, Effect.failCause(cause)))),
          Effect.forkIn(scope)
        )
      })
    )
  const end = (entry: Entry): Effect.Effect<void> =>
    Effect.uninterruptible(
      Effect.suspend(() => {
        if (!entries.delete(topicPartitionName(entry))) return Effect.void
        return Scope.close(entry.scope, Exit.void)
      })
    )
  const entriesOf = (partitions: ReadonlyArray<TopicPartition>): ReadonlyArray<Entry> =>
    partitions.flatMap((tp) => entries.get(topicPartitionName(tp)) ?? [])
  const finishEach = (some: Iterable<Entry>): Effect.Effect<void> =>
    Effect.forEach(some, (entry) => Effect.andThen(entry.running.stop, end(entry)), together)

  return {
    start,
    finish: (partitions) => Effect.suspend(() => finishEach(entriesOf(partitions))),
    drop: (partitions) => Effect.suspend(() => Effect.forEach(entriesOf(partitions), end, together)),
    finishAll: Effect.suspend(() => finishEach([...entries.values()])),
    join: Deferred.await(crashed),
    status: () => Array.from(entries.values(), ({ running }) => running.status()),
    grown: (now) => {
      for (const { running } of entries.values()) running.grown(now)
    }
  }
})
