import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { answer, drive } from "../../machine/index.ts"
import type { Answer, Request } from "../../machine/index.ts"
import type { JournalPorts } from "../ports/JournalPorts.ts"
import { partitionRequests } from "./PartitionRequests.ts"
import { pageBytes, partitionSettings, pollMs } from "./PartitionSettings.ts"
import type { PartitionStore } from "./PartitionSettings.ts"
import { type PartitionStatus, trackPartition } from "./PartitionStatus.ts"
import { replication, start } from "./Replication.ts"
import type { ReplicationInput, ReplicationOutput } from "./Replication.ts"
import type { ReplicatorEvent } from "./ReplicatorEvent.ts"
import { meterPartition } from "./ReplicatorMetrics.ts"

const stopMs = 10_000

/** What a partition is replicated from and to. */
export interface PartitionReplicatorOptions extends JournalPorts, PartitionStore {}

/** The running replication of a partition. `stop` finishes the batch in hand and then answers, within its deadline. */
export interface Running {
  readonly stop: Effect.Effect<void>
  readonly join: Effect.Effect<never>
  readonly status: () => PartitionStatus
  /** Measures anew what waits, at a time in milliseconds since the epoch. */
  readonly grown: (now: number) => void
}

/**
 * Replicates one partition until the scope closes.
 *
 * **Details**
 *
 * When the scope closes, what is under way is interrupted; `stop` lets the batch in hand be finished before.
 */
export const replicatePartition = (
  options: PartitionReplicatorOptions,
  topic: string,
  partition: number,
  tell: (event: ReplicatorEvent) => void
): Effect.Effect<Running, never, Scope> =>
  Effect.gen(function* () {
    const { log, store } = options
    const { config, lanes } = partitionSettings(options)
    const place = { topic, partition }
    const meter = meterPartition(yield* Effect.context<never>(), place)
    const tracker = trackPartition(place, meter)
    /** The time that the machine was told last. */
    let time = 0
    const happens = (event: ReplicatorEvent): void => {
      tracker.happened(event, time)
      tell(event)
    }
    yield* Effect.addFinalizer(() => Effect.sync(() => happens({ _tag: "Released", ...place })))
    const stopped = Deferred.makeUnsafe<void>()
    const requested = partitionRequests({
      ...place,
      store,
      lanes,
      meter,
      read: (offset) =>
        Effect.tap(log.read({ ...place, offset, maxBytes: pageBytes, maxWaitMs: pollMs }), (page) =>
          Effect.map(Clock.currentTimeMillis, (now) => tracker.read(page, now))
        ),
      look: (offset) => log.read({ ...place, offset, maxBytes: pageBytes, maxWaitMs: 0 }),
      resumed: (nextOffset) => happens({ _tag: "Resumed", ...place, nextOffset })
    })
    const perform = (output: ReplicationOutput): Answer | Request<ReplicationInput> => {
      switch (output._tag) {
        case "Request":
          return requested(output.epoch, output.request)
        case "Stopped":
          return answer(() => Deferred.doneUnsafe(stopped, Effect.void))
        default:
          return answer(() => happens({ ...place, ...output }))
      }
    }
    const driver = yield* drive({
      machine: replication,
      state: start({ ...place, ...config }),
      tick: (now): ReplicationInput => {
        time = now
        return { _tag: "Tick", now }
      },
      perform
    })
    yield* driver.offer({ _tag: "Begin" })
    const over = Effect.raceFirst(Deferred.await(stopped), Effect.ignoreCause(driver.join))
    const stop = Effect.andThen(driver.offer({ _tag: "Stop" }), over)
    return {
      stop: Effect.asVoid(Effect.timeoutOption(stop, stopMs)),
      join: driver.join,
      status: tracker.status,
      grown: tracker.grown
    }
  })
