import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { replicate } from "../../core/journal/index.ts"
import type { PartitionStatus, ReplicatorEvent } from "../../core/journal/index.ts"
import { openGroup, openLog, openStore } from "../../runtimes/node/index.ts"
import { Faults } from "./Faults.ts"
import { until } from "./Until.ts"

/** What a replicator works on: `clockMs` is how far its clock is wrong, `groupId` the group that it is in. */
export interface ReplicaOptions {
  readonly brokers: ReadonlyArray<string>
  readonly topic: string
  readonly store: string
  readonly groupId?: string
  readonly clockMs?: number
}

/**
 * A replicator with connections of its own, as another process has them.
 *
 * **Details**
 *
 * `kill` ends it in the middle of what it does, `stop` in order; the second of the two does nothing. `oversleep` puts its
 * clock forward, as that of a machine that stood still is found to be.
 */
export interface Replica {
  readonly faults: Faults
  readonly events: ReadonlyArray<ReplicatorEvent>
  readonly status: (partition?: number) => PartitionStatus | undefined
  readonly stop: Effect.Effect<void>
  readonly kill: Effect.Effect<void>
  readonly oversleep: (ms: number) => Effect.Effect<void>
  /** Waits until a partition says that it waits, because of an error that has this in its reason or its message. */
  readonly stalls: (because: string, partition?: number) => Effect.Effect<void, Error>
}

/** The clock of a machine whose time is wrong by so much, which may change. */
const wrongBy = (clock: Clock.Clock, ms: () => number): Clock.Clock => ({
  currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + ms(),
  currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + ms()),
  currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe() + BigInt(ms()) * 1_000_000n,
  currentTimeNanos: Effect.map(clock.currentTimeNanos, (now) => now + BigInt(ms()) * 1_000_000n),
  monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
  monotonicTimeNanos: clock.monotonicTimeNanos,
  sleep: (duration) => clock.sleep(duration)
})

const onClock = <A, E, R>(ms: () => number, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Clock.Clock, (clock) => Effect.provideService(effect, Clock.Clock, wrongBy(clock, ms)))

/** Runs an effect on a machine whose clock is wrong. */
export const withClock = <A, E, R>(ms: number, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  onClock(() => ms, effect)

/** Starts a replicator; it is killed with the scope. With `faults` whatever was ordered there goes wrong from the start. */
export const startReplica = (options: ReplicaOptions, faults = new Faults()) =>
  Effect.gen(function* () {
    const { brokers, clockMs = 0, groupId, store: address, topic } = options
    const outer = yield* Scope.Scope
    const scope = yield* Scope.fork(outer)
    const events: Array<ReplicatorEvent> = []
    let aheadMs = clockMs
    const replicator = yield* Effect.gen(function* () {
      const log = faults.log(yield* openLog({ brokers }))
      const store = faults.store(yield* openStore(address))
      const group = groupId === undefined ? {} : { group: faults.group(yield* openGroup({ brokers, groupId })) }
      const onEvent = (event: ReplicatorEvent) => void events.push(event)
      return yield* replicate({ log, store, topics: [topic], discoveryMs: 250, commitMs: 250, onEvent, ...group })
    }).pipe(Scope.provide(scope), (started) => onClock(() => aheadMs, started))
    const kill = Scope.close(scope, Exit.void)
    const status = (partition = 0) => replicator.status().find((one) => one.partition === partition)
    return {
      faults,
      events,
      status,
      kill,
      stop: Effect.andThen(replicator.stop, kill),
      oversleep: (ms) => Effect.sync(() => void (aheadMs += ms)),
      stalls: (because, partition) =>
        until(
          `the replicator stalls with ${because}`,
          Effect.sync(() => {
            const error = status(partition)?.stalled?.error
            return error !== undefined && `${error.reason} ${error.message}`.includes(because)
          })
        )
    } satisfies Replica as Replica
  })
