import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { TopicPartition } from "../../log/index.ts"
import { topicPartitionName } from "../../log/index.ts"
import type { JournalStore, JournalStoreError } from "../../ports/index.ts"
import { copyJournals } from "./CopyJournals.ts"
import { JournalError } from "../model/JournalError.ts"
import { fromStoreError } from "../ports/JournalPorts.ts"
import type { JournalPorts } from "../ports/JournalPorts.ts"
import { logFailure } from "../ports/LogFailure.ts"
import { logBounds } from "../ports/LogRange.ts"
import { replicate } from "../replicate/Replicator.ts"
import type { ReplicatorEvent } from "../replicate/ReplicatorEvent.ts"

/**
 * Which store to fill, and from what.
 *
 * **Details**
 *
 * `store` is filled from the log, or where the log no longer has its beginning, from the store `from` first and then from
 * the log. `requestsAtOnce` bounds the journals that are copied at once, and those of a partition that are written (64).
 * `onProgress` must not block.
 */
export interface RebuildOptions extends JournalPorts {
  readonly topics: ReadonlyArray<string>
  readonly from?: JournalStore
  readonly requestsAtOnce?: number
  readonly onProgress?: (progress: RebuildProgress) => void
}

/** How far it is: journals that were copied of a topic, or the offset that is replicated next, of how many. */
export type RebuildProgress =
  | { readonly _tag: "Copied"; readonly topic: string; readonly journals: number }
  | {
      readonly _tag: "Replicated"
      readonly topic: string
      readonly partition: number
      readonly nextOffset: number
      readonly of: number
    }

/** How far the filled store has a partition, and how far the store has it that it was filled from. */
export interface RebuiltPartition extends TopicPartition {
  readonly pointer: number | undefined
  readonly from: number | undefined
}

/** How long a store or a log may be out of reach. */
const patienceMs = 300_000

interface Target extends TopicPartition {
  /** The offset before which everything has to be in the store. */
  readonly end: number
}

const missing = ({ partition, topic }: TopicPartition, start: number, from: JournalStore | undefined): JournalError =>
  new JournalError({
    reason: "Lost",
    topic,
    partition,
    offset: start,
    message:
      from === undefined
        ? `The log of ${topic}-${partition} begins at offset ${start} only, so that a store cannot be filled from it alone: name the store that has what was before that, to copy it from there.`
        : `The log of ${topic}-${partition} begins at offset ${start} only, and the store to copy from ends before that: name another one, that has what was before.`
  })

/** Replicates until every partition is as far as its target, or fails for what does not go away. */
const replicateTo = Effect.fnUntraced(function* (options: RebuildOptions, targets: ReadonlyArray<Target>) {
  const { log, onProgress, requestsAtOnce, store, topics } = options
  const clock = yield* Clock.Clock
  const waiting = new Map(targets.map((target) => [topicPartitionName(target), target.end]))
  const stalled = new Map<string, number>()
  const done = yield* Deferred.make<void, JournalError>()
  const onEvent = (event: ReplicatorEvent): void => {
    const name = topicPartitionName(event)
    const now = clock.currentTimeMillisUnsafe()
    if (event._tag === "Stalled") {
      const since = stalled.get(name) ?? now
      stalled.set(name, since)
      const isHopeless = event.error.reason !== "Unavailable" || now - since >= patienceMs
      if (isHopeless) Deferred.doneUnsafe(done, Effect.fail(event.error))
    } else if (event._tag === "Replicated" || event._tag === "Resumed") {
      const { nextOffset, partition, topic } = event
      if (event._tag === "Replicated") stalled.delete(name)
      const end = waiting.get(name)
      if (end === undefined) return
      onProgress?.({ _tag: "Replicated", topic, partition, nextOffset, of: end })
      if (nextOffset >= end) waiting.delete(name)
      if (waiting.size === 0) Deferred.doneUnsafe(done, Effect.void)
    }
  }
  if (targets.length === 0) return
  const bounded = requestsAtOnce === undefined ? {} : { requestsAtOnce }
  const { join } = yield* replicate({ log, store, topics, onEvent, ...bounded })
  yield* Effect.raceFirst(Deferred.await(done), Effect.orDie(join))
}, Effect.scoped)

/**
 * Fills a store from the log, and answers when it is as far as the log was.
 *
 * **When to use**
 *
 * To move to another kind of store, or away from one that is damaged. While it goes on, readers and replicators go on with
 * the store that they have.
 *
 * **Details**
 *
 * It may be interrupted, and goes on from where it was when it is begun again: a replication from the new store's pointers,
 * a copy from the journals that are there. It ends when the new store's pointers are not below those of the store that it
 * was filled from: from this position on readers may be given the new store, with a replicator of its own.
 *
 * Fails with `Lost` where the log no longer has its beginning and there is no store to copy that from, or one that ends
 * before the log begins; with what stops the replication, when it does not go away by itself; and when a store or the log
 * is out of reach for five minutes.
 */
export const rebuild = Effect.fnUntraced(function* (
  options: RebuildOptions
): Effect.fn.Return<ReadonlyArray<RebuiltPartition>, JournalError> {
  const { from, log, onProgress, requestsAtOnce = 64, store, topics } = options
  const inStore = <A>(effect: Effect.Effect<A, JournalStoreError>, place: TopicPartition) =>
    Effect.mapError(effect, (error) => fromStoreError(error, place))
  const pointerOf = (of: JournalStore, place: TopicPartition) =>
    inStore(of.pointer(place.topic, place.partition), place)

  const places: Array<TopicPartition> = []
  for (const topic of topics) {
    const partitions = yield* Effect.mapError(log.partitions(topic), (error) => logFailure(error, { topic }).error)
    const own = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
    places.push(...own)
    for (const place of own) {
      const { start } = yield* logBounds(log, place)
      const known = (yield* pointerOf(store, place)) ?? (from === undefined ? undefined : yield* pointerOf(from, place))
      if ((known ?? -1) + 1 < start) return yield* missing(place, start, from)
    }
    if (from === undefined) continue
    const onCopied = (journals: number) => onProgress?.({ _tag: "Copied", topic, journals })
    yield* copyJournals({ from, to: store, topic, partitions, requestsAtOnce, onCopied })
  }

  const targets = yield* Effect.forEach(places, (place) =>
    Effect.map(logBounds(log, place), ({ end }): Target => ({ ...place, end }))
  )
  yield* replicateTo(
    options,
    targets.filter(({ end }) => end > 0)
  )
  while (true) {
    const rebuilt = yield* Effect.forEach(places, (place) =>
      Effect.all({
        pointer: pointerOf(store, place),
        from: from === undefined ? Effect.undefined : pointerOf(from, place)
      }).pipe(Effect.map((found): RebuiltPartition => ({ ...place, ...found })))
    )
    const behind = rebuilt.filter(({ from: other, pointer }) => (other ?? -1) > (pointer ?? -1))
    if (behind.length === 0) return rebuilt
    yield* replicateTo(
      options,
      behind.map(({ from: other, ...place }) => ({ ...place, end: (other ?? -1) + 1 }))
    )
  }
})
