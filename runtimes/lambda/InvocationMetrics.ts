import type { ReplicatorEvent } from "../../core/journal/index.ts"
import type { LambdaContext } from "./LambdaContext.ts"
import type { Settings } from "./Settings.ts"

type Unit = "Count" | "Bytes" | "Milliseconds"

type Values = Readonly<Record<string, readonly [unit: Unit, value: number | ReadonlyArray<number>]>>

/**
 * A document in CloudWatch's embedded metric format: a line of a log that CloudWatch takes metrics from. `timestamp` is in
 * milliseconds since the epoch.
 */
const metricDocument = (
  namespace: string,
  timestamp: number,
  dimensions: Readonly<Record<string, string>>,
  values: Values
): string =>
  JSON.stringify({
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [Object.keys(dimensions)],
          Metrics: Object.entries(values).map(([Name, [Unit]]) => ({ Name, Unit }))
        }
      ]
    },
    ...dimensions,
    ...Object.fromEntries(Object.entries(values).map(([name, [, value]]) => [name, value]))
  })

/** How many values of one metric a document may have. */
const mostValues = 100

interface Sums {
  records: number
  events: number
  bytes: number
  conflicts: number
  failed: number
  late: number
  readonly latencies: Array<number>
}

/**
 * What is counted and timed in one invocation, by topic. `now` is in milliseconds since the epoch.
 *
 * **Details**
 *
 * `documents` gives lines in CloudWatch's embedded metric format: one for each topic, with the dimensions `service` and
 * `topic`, and `ColdStart` as Powertools for AWS Lambda has it, with `service` and `function_name`.
 */
export interface InvocationMetrics {
  readonly happened: (event: ReplicatorEvent, now: number) => void
  readonly ended: (topic: string, outcome: "Done" | "Late" | "Failed") => void
  readonly documents: (now: number) => ReadonlyArray<string>
}

/** Makes the metrics of an invocation that has not begun. */
export const invocationMetrics = (
  { namespace, service }: Settings,
  context: LambdaContext,
  coldStart: boolean
): InvocationMetrics => {
  const topics = new Map<string, Sums>()
  const of = (topic: string): Sums => {
    const sums = topics.get(topic) ?? {
      records: 0,
      events: 0,
      bytes: 0,
      conflicts: 0,
      failed: 0,
      late: 0,
      latencies: []
    }
    topics.set(topic, sums)
    return sums
  }
  return {
    happened: (event, now) => {
      if (event._tag === "Conflicted") of(event.topic).conflicts++
      if (event._tag !== "Replicated" || event.records === 0) return
      const sums = of(event.topic)
      sums.records += event.records
      sums.events += event.events
      sums.bytes += event.bytes
      if (event.since !== undefined && sums.latencies.length < mostValues) {
        sums.latencies.push(Math.max(0, now - event.since))
      }
    },
    ended: (topic, outcome) => {
      const sums = of(topic)
      if (outcome === "Failed") sums.failed++
      if (outcome === "Late") sums.late++
    },
    documents: (now) => {
      const cold: Values = { ColdStart: ["Count", 1] }
      const dimensions = { service, function_name: context.functionName }
      return [
        ...(coldStart ? [metricDocument(namespace, now, dimensions, cold)] : []),
        ...Array.from(topics, ([topic, { bytes, conflicts, events, failed, late, latencies, records }]) =>
          metricDocument(
            namespace,
            now,
            { service, topic },
            {
              RecordsReplicated: ["Count", records],
              EventsReplicated: ["Count", events],
              BytesReplicated: ["Bytes", bytes],
              Conflicts: ["Count", conflicts],
              PartitionsFailed: ["Count", failed],
              PartitionsLate: ["Count", late],
              ...(latencies.length === 0 ? {} : { ReplicationLatency: ["Milliseconds", latencies] as const })
            }
          )
        )
      ]
    }
  }
}
