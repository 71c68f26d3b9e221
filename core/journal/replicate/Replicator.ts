import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import type { TopicPartition } from "../../log/index.ts"
import type { CommitLogError, ConsumerGroup, ConsumerGroupError } from "../../ports/index.ts"
import { groupReplication } from "./GroupReplication.ts"
import { fromLogError } from "../ports/LogFailure.ts"
import type { HeadCache } from "../read/HeadCache.ts"
import type { PartitionReplicatorOptions } from "./PartitionReplicator.ts"
import type { PartitionStatus } from "./PartitionStatus.ts"
import type { ReplicatorEvent } from "./ReplicatorEvent.ts"
import { replicatorMessages } from "./ReplicatorMessages.ts"
import { runningPartitions } from "./RunningPartitions.ts"

/**
 * What to replicate.
 *
 * **Details**
 *
 * A topic that does not exist yet is waited for, and partitions that are added later are taken up: they are looked for
 * every `discoveryMs` milliseconds (3000), and more often while a topic is missing. With a `group`, only those partitions
 * are replicated that it assigns, and it is told how far they are every `commitMs` milliseconds (5000) and when it takes
 * them back. A store without transactions is written to for `requestsAtOnce` journals of each partition beside one another
 * (64). `heads`, a head cache over the same log and store, is told at once how far partitions are. `onEvent` is called as
 * things happen and must not block. What is counted and timed is in Effect's metrics, under `replicator_…`.
 */
export interface ReplicatorOptions extends PartitionReplicatorOptions {
  readonly topics: ReadonlyArray<string>
  readonly group?: ConsumerGroup
  readonly discoveryMs?: number
  readonly commitMs?: number
  readonly heads?: HeadCache
  readonly onEvent?: (event: ReplicatorEvent) => void
}

/** A running replicator. `stop` finishes the batches in hand, leaves the group, and then answers, within its deadline. */
export interface Replicator {
  readonly stop: Effect.Effect<void>
  /** Never succeeds; fails with the defect that ended a partition, or when the group has refused this member for good. */
  readonly join: Effect.Effect<never, ConsumerGroupError>
  /** How the partitions are that this replicator has now. */
  readonly status: () => ReadonlyArray<PartitionStatus>
  /** Why this replicator is not in its group now; `undefined` when it is, also with no partition, and without a group. */
  readonly waiting: () => ConsumerGroupError | undefined
}

const missingMs = 250

/**
 * Replicates topics to a store until the scope closes, each partition on its own.
 *
 * **When to use**
 *
 * Use one replicator for a topic, or several with one `group`, which gives each partition to one of them. Two that know
 * nothing of each other do an atomic store no harm, since that refuses what is out of date, and no good either; a store
 * that is not atomic is not fenced against them.
 */
export const replicate = (options: ReplicatorOptions): Effect.Effect<Replicator, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { commitMs = 5000, discoveryMs = 3000, group, heads, log, onEvent, topics } = options
    const scope = yield* Effect.scope
    const clock = yield* Clock.Clock
    const messages = replicatorMessages()
    const warnings = yield* Queue.sliding<string>(256)
    const shared = group === undefined ? undefined : groupReplication({ group, topics, commitMs })
    const tellHeads = ({ nextOffset, partition, topic }: TopicPartition & { readonly nextOffset: number }) =>
      heads?.replicated({ topic, partition }, nextOffset - 1)
    const tell = (event: ReplicatorEvent) => {
      const warning = messages.warning(event, clock.currentTimeMillisUnsafe())
      if (warning !== undefined) Queue.offerUnsafe(warnings, warning)
      shared?.observe(event)
      if (event._tag === "Resumed" || event._tag === "Replicated") tellHeads(event)
      onEvent?.(event)
    }
    yield* Queue.take(warnings).pipe(Effect.flatMap(Effect.logWarning), Effect.forever, Effect.forkIn(scope))
    const partitions = yield* runningPartitions(options, tell)

    const missing = new Set<string>()
    const discover = Effect.fnUntraced(function* (topic: string) {
      const count = yield* log.partitions(topic)
      missing.delete(topic)
      if (group !== undefined) return
      for (let partition = 0; partition < count; partition++) yield* partitions.start({ topic, partition })
    })
    const notFound = (topic: string) => (error: CommitLogError) =>
      Effect.suspend(() => {
        if (missing.has(topic)) return Effect.void
        missing.add(topic)
        return Effect.logWarning(`Waiting for topic ${topic}: ${fromLogError(error, { topic }).message}`)
      })
    const tellWhatGoesOn = Effect.suspend(() => {
      partitions.grown(clock.currentTimeMillisUnsafe())
      return Effect.forEach(messages.goesOn(partitions.status()), (line) => Effect.logInfo(line), { discard: true })
    })
    const pause = Effect.suspend(() => Effect.sleep(missing.size > 0 ? Math.min(missingMs, discoveryMs) : discoveryMs))

    // What hands partitions out is closed before the partitions, so that a group that is left sees them finished.
    const source = yield* Scope.fork(scope)
    yield* Effect.forEach(topics, (topic) => Effect.catch(discover(topic), notFound(topic)), { discard: true }).pipe(
      Effect.andThen(tellWhatGoesOn),
      Effect.andThen(pause),
      Effect.forever,
      Effect.forkIn(source)
    )
    const membership = shared === undefined ? undefined : yield* Scope.provide(shared.run(partitions), source)
    return {
      stop: Effect.andThen(Scope.close(source, Exit.void), partitions.finishAll),
      join: Effect.raceFirst(partitions.join, membership?.ended ?? Effect.never),
      status: partitions.status,
      waiting: () => membership?.waiting()
    }
  })
