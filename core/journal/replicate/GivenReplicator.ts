import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { LogRecord, TopicPartition } from "../../log/index.ts"
import { answer, drive } from "../../machine/index.ts"
import type { CommitLog } from "../../ports/index.ts"
import { givenEnd } from "./GivenRecords.ts"
import { givenReplication, startGiven } from "./GivenReplication.ts"
import type { GivenOutcome } from "./GivenReplication.ts"
import { partitionRequests } from "./PartitionRequests.ts"
import { pageBytes, partitionSettings, pollMs } from "./PartitionSettings.ts"
import type { PartitionStore } from "./PartitionSettings.ts"
import { trackPartition } from "./PartitionStatus.ts"
import type { ReplicationInput } from "./Replication.ts"
import type { ReplicatorEvent } from "./ReplicatorEvent.ts"
import { meterPartition } from "./ReplicatorMetrics.ts"

/** Who has little time does not wait for long. */
const maxBackoffMs = 5000

/**
 * What to replicate, and to where.
 *
 * **Details**
 *
 * `records` are of one partition, in the order of their offsets. From `stopAt` on no page of them is begun, and at `endAt` what
 * is under way is interrupted, both in milliseconds since the epoch. A store that is out of reach is asked again for `patienceMs`
 * (10 000). Offsets that are missing are read from `log` where there is one; without it up to `largestGap` (0) of them count
 * as offsets that hold nothing. The store is compared with the log, where there is one and `compares` (true) is set. To a store that is not atomic nothing is
 * written without a look at the pointer in the last `fenceMs` (2000). `onEvent` is called as things happen and must not block.
 */
export interface GivenReplicatorOptions extends TopicPartition, PartitionStore {
  readonly records: ReadonlyArray<LogRecord>
  readonly stopAt: number
  readonly endAt: number
  readonly log?: Pick<CommitLog, "read"> | undefined
  readonly compares?: boolean
  readonly largestGap?: number
  readonly patienceMs?: number
  readonly fenceMs?: number
  readonly onEvent?: (event: ReplicatorEvent) => void
}

/**
 * Replicates records of one partition that somebody else has read, and ends when that is done, fails, or its time is up.
 *
 * **When to use**
 *
 * Where the records come to the program, as to a function of AWS Lambda. Who reads the log itself uses `replicate`.
 *
 * **Details**
 *
 * What is in the store is passed over, so that records may be handed over again. Records before which an offset is missing are
 * not taken: see {@link givenReplication}.
 */
export const replicateGiven = (options: GivenReplicatorOptions): Effect.Effect<GivenOutcome> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { config, lanes } = partitionSettings(options)
      const { endAt, fenceMs = config.fenceMs, log, onEvent, partition, records, stopAt, store, topic } = options
      const { compares = true, largestGap = 0, patienceMs = 10_000 } = options
      const place = { topic, partition }
      const meter = meterPartition(yield* Effect.context<never>(), place)
      const tracker = trackPartition(place, meter)
      const clock = yield* Clock.Clock
      const over = Deferred.makeUnsafe<GivenOutcome>()
      const happens = (event: ReplicatorEvent): void => {
        tracker.happened(event, clock.currentTimeMillisUnsafe())
        onEvent?.(event)
      }
      const given = { records, largestGap }
      const end = givenEnd(given)
      const read = (offset: number, maxWaitMs: number) =>
        log === undefined
          ? Effect.die(new Error("There is no log to read, and the replication of given records asks for it."))
          : log.read({ ...place, offset, maxBytes: pageBytes, maxWaitMs })
      const requested = partitionRequests({
        ...place,
        store,
        lanes,
        meter,
        read: (offset) => read(offset, pollMs),
        look: (offset) => read(offset, 0),
        resumed: (nextOffset) => {
          happens({ _tag: "Resumed", ...place, nextOffset })
          tracker.read(
            { records, nextOffset: end, logStart: 0, stableEnd: Math.max(end, nextOffset) },
            clock.currentTimeMillisUnsafe()
          )
        }
      })
      yield* Effect.addFinalizer(() => Effect.sync(() => happens({ _tag: "Released", ...place })))
      const driver = yield* drive({
        machine: givenReplication,
        state: startGiven({
          ...place,
          ...given,
          ...config,
          maxBackoffMs,
          fenceMs,
          pageBytes,
          stopAt,
          endAt,
          patienceMs,
          hasLog: log !== undefined,
          compares: compares && log !== undefined
        }),
        tick: (now): ReplicationInput => ({ _tag: "Tick", now }),
        perform: (output) => {
          switch (output._tag) {
            case "Request":
              return requested(output.epoch, output.request)
            case "Ended":
              return answer(() => Deferred.doneUnsafe(over, Effect.succeed(output.outcome)))
            default:
              return answer(() => happens({ ...place, ...output }))
          }
        }
      })
      yield* driver.offer({ _tag: "Begin" })
      return yield* Effect.raceFirst(Deferred.await(over), driver.join)
    })
  )
