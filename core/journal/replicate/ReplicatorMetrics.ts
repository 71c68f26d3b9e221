import type * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import type { TopicPartition } from "../../log/index.ts"

/** Bounds of histograms of times, in seconds. */
const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/** Bounds of histograms of how many records come together. */
const sizes = [1, 10, 100, 1000, 10_000]

/** Bounds of histograms of bytes. */
const byteSizes = [1024, 16_384, 131_072, 1_048_576, 8_388_608]

const times = (name: string, description: string) => Metric.histogram(name, { description, boundaries: seconds })

const replicationLatency = times(
  "replicator_replication_latency",
  "Seconds from the time stamp of a batch's first record until the batch was in the store"
)
const deliveryLatency = times(
  "replicator_delivery_latency",
  "Seconds from the time stamp of a batch's first record until the batch was read from the log"
)
const roundDuration = times("replicator_round_duration", "Seconds from when a batch was read until it was in the store")
const roundRecords = Metric.histogram("replicator_round_records", {
  description: "Records of one batch",
  boundaries: sizes
})
const roundEvents = Metric.histogram("replicator_round_events", {
  description: "Events that one batch has written",
  boundaries: sizes
})
const roundBytes = Metric.histogram("replicator_round_bytes", {
  description: "Bytes of the values of one batch's records",
  boundaries: byteSizes
})
const count = (name: string, description: string) => Metric.counter(name, { description, incremental: true })
const records = count("replicator_records", "Records that were replicated, of any kind")
const events = count("replicator_events", "Events that were written to the store")
const bytes = count("replicator_bytes", "Bytes of the values of records that were replicated")
const conflicts = count("replicator_conflicts", "Events that were left out, because an earlier record had their number")
const stalls = count("replicator_stalls", "How often a partition has begun to wait because of an error")
const failures = count(
  "replicator_failures",
  "Requests to the log or the store that failed, or were not answered in time"
)
const lag = Metric.gauge("replicator_lag_records", {
  description: "Offsets of the log that are not in the store yet, as far as the log was seen"
})
const lagSeconds = Metric.gauge("replicator_lag_seconds", {
  description: "Age of the oldest record that is not in the store yet, as far as the log was seen"
})
const poisoned = Metric.gauge("replicator_poisoned", {
  description: "1 while the partition waits before a record that cannot be read"
})
const stalled = Metric.gauge("replicator_stalled", { description: "1 while the partition waits because of an error" })
const assigned = Metric.gauge("replicator_assigned", { description: "1 while this process replicates the partition" })

/** What is measured of a batch; times are in milliseconds. */
export interface MeasuredBatch {
  readonly records: number
  readonly events: number
  readonly bytes: number
  /** Time stamp of its first record. */
  readonly since: number | undefined
  readonly readAt: number
  readonly doneAt: number
}

/** Where the numbers of one partition go. */
export interface PartitionMeter {
  readonly batch: (batch: MeasuredBatch) => void
  readonly conflict: () => void
  readonly lag: (offsets: number) => void
  /** Since when the oldest record waits, which may be nowhen; both in milliseconds. */
  readonly oldest: (since: number | undefined, now: number) => void
  /** Why the partition begins to wait. */
  readonly stalls: (reason: string) => void
  /** A request has failed, and why. */
  readonly failed: (side: "log" | "store", reason: string) => void
  readonly poisoned: (is: boolean) => void
  readonly stalled: (is: boolean) => void
  readonly assigned: (is: boolean) => void
}

const span = (from: number, to: number): number => Math.max(0, to - from) / 1000

/**
 * Makes the meter of a partition, which keeps its numbers in the metrics of this context.
 *
 * **Details**
 *
 * Times and sums are by topic, what is now is by partition. A partition that is no longer this process's has no lag here.
 * Quantiles of times, such as p50 and p99, are what the histograms' buckets give.
 */
export const meterPartition = (context: Context.Context<never>, place: TopicPartition): PartitionMeter => {
  const topic = { topic: place.topic }
  const partition = { topic: place.topic, partition: String(place.partition) }
  const to = <Input, State>(metric: Metric.Metric<Input, State>, labels: Readonly<Record<string, string>>) => {
    const labelled = Metric.withAttributes(metric, labels)
    return (input: Input): void => labelled.updateUnsafe(input, context)
  }
  const toReplicationLatency = to(replicationLatency, topic)
  const toDeliveryLatency = to(deliveryLatency, topic)
  const toRoundDuration = to(roundDuration, topic)
  const toRoundRecords = to(roundRecords, topic)
  const toRoundEvents = to(roundEvents, topic)
  const toRoundBytes = to(roundBytes, topic)
  const toRecords = to(records, topic)
  const toEvents = to(events, topic)
  const toBytes = to(bytes, topic)
  const toConflicts = to(conflicts, topic)
  const toLag = to(lag, partition)
  const toLagSeconds = to(lagSeconds, partition)
  const toPoisoned = to(poisoned, partition)
  const toStalled = to(stalled, partition)
  const toAssigned = to(assigned, partition)
  // Sums are there from the beginning: an alarm on what has not been seen yet never goes off.
  for (const sum of [toRecords, toEvents, toBytes, toConflicts]) sum(0)
  return {
    batch: (batch) => {
      if (batch.since !== undefined) {
        toReplicationLatency(span(batch.since, batch.doneAt))
        toDeliveryLatency(span(batch.since, batch.readAt))
      }
      toRoundDuration(span(batch.readAt, batch.doneAt))
      toRoundRecords(batch.records)
      toRoundEvents(batch.events)
      toRoundBytes(batch.bytes)
      toRecords(batch.records)
      toEvents(batch.events)
      toBytes(batch.bytes)
    },
    conflict: () => toConflicts(1),
    lag: toLag,
    oldest: (since, now) => toLagSeconds(since === undefined ? 0 : span(since, now)),
    stalls: (reason) => to(stalls, { ...topic, reason })(1),
    failed: (side, reason) => to(failures, { ...topic, side, reason })(1),
    poisoned: (is) => toPoisoned(is ? 1 : 0),
    stalled: (is) => toStalled(is ? 1 : 0),
    assigned: (is) => toAssigned(is ? 1 : 0)
  }
}
