import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { type TopicPartition, topicPartitionName } from "../../log/index.ts"
import type { ConsumerGroup, GroupEvent, GroupMembership } from "../index.ts"
import { ContractViolation } from "./ContractViolation.ts"

/** What a process asks of its group; times are in milliseconds. */
export interface GroupTimes {
  readonly sessionTimeoutMs: number
  readonly revokeTimeoutMs: number
}

/**
 * What the cases work on.
 *
 * **Details**
 *
 * `process` gives the same group to another process; `vanish` cuts that one off from everything, for good and without a
 * word. Members are to be heard several times in 200 ms, and to look for new partitions several times a second. `topic`
 * is new and has `partitions` partitions, at least four; `newTopic` does not exist. `setPartitions` creates a topic, or
 * has one with more partitions than it had.
 */
export interface ConsumerGroupSubject {
  readonly process: (
    times: GroupTimes
  ) => Effect.Effect<{ readonly group: ConsumerGroup; readonly vanish: Effect.Effect<void> }, unknown, Scope.Scope>
  readonly topic: string
  readonly partitions: number
  readonly newTopic: string
  readonly setPartitions: (topic: string, count: number) => Effect.Effect<void, unknown>
}

/** A session, or a time to let go, that ends in the course of a case, in milliseconds. */
export const short = 600
/** One that does not. */
export const long = 25_000

/** How long a case waits for what it is about, in milliseconds. */
export const patience = 15_000

/** A process that neither falls silent nor is hurried. */
const calm: GroupTimes = { sessionTimeoutMs: long, revokeTimeoutMs: long }

/** Gives a wrong adapter the time to go wrong; the outcome for a right one does not depend on it. */
export const grace = Effect.sleep(150)

/** Waits until something holds, and fails with a {@link ContractViolation} when that takes too long. */
export const until = (what: string, holds: () => boolean): Effect.Effect<void, ContractViolation> =>
  Effect.gen(function* () {
    while (!holds()) yield* Effect.sleep(5)
  }).pipe(
    Effect.timeoutOrElse({
      duration: patience,
      orElse: () => Effect.fail(new ContractViolation({ what, expected: `so within ${patience} ms`, actual: "not" }))
    })
  )

/** The names of partitions, sorted. */
export const namesOf = (partitions: Iterable<TopicPartition>): ReadonlyArray<string> =>
  Array.from(partitions, topicPartitionName).sort()

/** The first partitions of a topic. */
export const numbered = (topic: string, count: number): ReadonlyArray<TopicPartition> =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition }))

/** Who has which partition, over all workers of a case, and what went wrong with that. */
export class Holders {
  readonly #holders = new Map<string, string>()
  readonly #vanished = new Set<string>()
  readonly wrong: Array<string> = []

  take(worker: string, name: string): void {
    const before = this.#holders.get(name)
    if (before !== undefined && !this.#vanished.has(before)) this.wrong.push(`${name} went from ${before} to ${worker}`)
    this.#holders.set(name, worker)
  }

  release(worker: string, name: string): void {
    if (this.#holders.get(name) === worker) this.#holders.delete(name)
  }

  vanish(worker: string): void {
    this.#vanished.add(worker)
  }
}

/** A process of a case. `has` is what it was assigned and has not let go or lost. */
export interface Worker {
  readonly has: Map<string, TopicPartition>
  readonly events: Array<GroupEvent>
  readonly group: ConsumerGroup
  readonly membership: GroupMembership
  readonly vanish: Effect.Effect<void>
  readonly leave: Effect.Effect<void>
}

interface WorkerOptions {
  readonly topics?: ReadonlyArray<string>
  readonly times?: GroupTimes
  /** Comes before a worker lets go of what is revoked. */
  readonly beforeRelease?: (worker: () => Worker, event: GroupEvent) => Effect.Effect<void>
}

/** Makes workers of a case: each is a process that keeps a list of what it has. */
export const makeWorker = (subject: ConsumerGroupSubject, holders: Holders) =>
  Effect.fnUntraced(function* (name: string, options: WorkerOptions = {}) {
    const scope = yield* Scope.fork(yield* Effect.scope)
    const { group, vanish } = yield* Scope.provide(subject.process(options.times ?? calm), scope)
    const has = new Map<string, TopicPartition>()
    const events: Array<GroupEvent> = []
    let worker: Worker | undefined
    const own = (): Worker => {
      if (worker === undefined) throw new Error("the worker was told something before it had joined")
      return worker
    }
    const release = (partitions: ReadonlyArray<TopicPartition>): void => {
      for (const partition of partitions.map(topicPartitionName)) {
        has.delete(partition)
        holders.release(name, partition)
      }
    }
    const membership = yield* Scope.provide(
      group.join(options.topics ?? [subject.topic], (event) =>
        Effect.gen(function* () {
          events.push(event)
          if (event._tag === "Assigned") {
            for (const tp of event.partitions) {
              holders.take(name, topicPartitionName(tp))
              has.set(topicPartitionName(tp), tp)
            }
            return
          }
          if (event._tag === "Revoked") yield* options.beforeRelease?.(own, event) ?? Effect.void
          release(event.partitions)
        })
      ),
      scope
    )
    worker = {
      has,
      events,
      group,
      membership,
      vanish: Effect.andThen(
        Effect.sync(() => holders.vanish(name)),
        vanish
      ),
      leave: Scope.close(scope, Exit.void)
    }
    return worker
  })

/** Makes a worker by its name. */
export type MakeWorker = ReturnType<typeof makeWorker>

/** Waits until the workers have these partitions between them, as evenly as can be. */
export const shared = (partitions: ReadonlyArray<TopicPartition>, workers: ReadonlyArray<Worker>) =>
  until(`${workers.length} workers share ${namesOf(partitions).join(", ")} evenly`, () => {
    const all = workers.flatMap(({ has }) => [...has.values()])
    const sizes = workers.map(({ has }) => has.size)
    const even = Math.max(...sizes) - Math.min(...sizes) <= 1
    return even && namesOf(all).join() === namesOf(partitions).join()
  })

/** What a worker was told, in order. */
export const tags = ({ events }: Worker): ReadonlyArray<string> => events.map(({ _tag }) => _tag)
