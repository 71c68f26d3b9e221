import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import type { Scope } from "effect/Scope"
import {
  firstUnstored,
  type GivenOutcome,
  replicateGiven,
  type ReplicatorEvent,
  replicatorMessages
} from "../../core/journal/index.ts"
import {
  type BatchResponse,
  decodeKafkaEvent,
  encodeBatchResponse,
  isNothingDone,
  type PartitionRecords
} from "../../core/lambda/index.ts"
import { topicPartitionName } from "../../core/log/index.ts"
import type { CommitLog, JournalStore } from "../../core/ports/index.ts"
import { type InvocationLog, invocationLog } from "./InvocationLog.ts"
import { invocationMetrics } from "./InvocationMetrics.ts"
import type { LambdaContext } from "./LambdaContext.ts"
import { replicationIncomplete, type UnfinishedPartition } from "./ReplicationIncomplete.ts"
import { keep } from "./Sandbox.ts"
import { type LogLevel, settingsOf } from "./Settings.ts"

/**
 * How a function replicates.
 *
 * **Details**
 *
 * - `store`: opens the store, such as `DynamoDbStore.open({ region, table })`; once for a sandbox, in its first invocation
 * - `log`: opens the log, for a function that can reach the brokers. Records that the mapping does not hand over are then read
 *   from it, and a store that was filled from another log is noticed
 * - `largestGap`: without a log, how many offsets in a row may be missing before a record (0). A topic of journals that is
 *   written to in transactions has one or two after each
 * - `partialResponses`: whether the mapping has `ReportBatchItemFailures` (true). Without that Lambda does not read what a function
 *   answers; the handler then throws where not everything is done
 * - `stopBeforeMs`: how long before the function's time is up no further page is begun (3000), at most a third of it
 * - `patienceMs`: for how long a store that is out of reach is asked again (10 000) before the partition is given up
 * - `requestsAtOnce`: how many requests to the store are under way at once for each partition (64)
 * - `storeName`: how messages call the store
 * - `write`: takes the lines of logs and metrics; standard output by default
 */
export interface ReplicatorHandlerOptions {
  readonly store: Effect.Effect<JournalStore, unknown, Scope>
  readonly log?: Effect.Effect<Pick<CommitLog, "read">, unknown, Scope>
  readonly largestGap?: number
  readonly partialResponses?: boolean
  readonly stopBeforeMs?: number
  readonly patienceMs?: number
  readonly requestsAtOnce?: number
  readonly storeName?: string
  readonly write?: (line: string) => void
}

/** A function of AWS Lambda for records of Kafka. `close` releases what it keeps between invocations. */
export interface ReplicatorHandler {
  (event: unknown, context: LambdaContext): Promise<BatchResponse>
  readonly close: () => Promise<void>
}

/** What is to be done, and until when, in milliseconds since the epoch. */
interface Times {
  readonly stopAt: number
  readonly endAt: number
}

const flushMs = 500

/** Another poller may have the same records at once: a store that does not fence is looked at often. */
const fenceMs = 250

const timesOf = (now: number, remaining: number, stopBeforeMs: number): Times => ({
  stopAt: now + remaining - Math.min(stopBeforeMs, remaining / 3),
  endAt: now + remaining - Math.min(flushMs, remaining / 10)
})

const lateSentence = "The function's time was up; give it more time, or the mapping smaller batches."

/** Where a partition is to be taken up; `undefined` where all of its records are in the store. */
const unfinished = (
  { partition, records, topic }: PartitionRecords,
  outcome: GivenOutcome
): UnfinishedPartition | undefined => {
  const offset = firstUnstored({ records }, outcome)
  const why = outcome._tag === "Failed" ? outcome.error.message : lateSentence
  return offset === undefined ? undefined : { topic, partition, offset, why }
}

const notBegun = ({ partition, records, topic }: PartitionRecords): UnfinishedPartition => ({
  topic,
  partition,
  offset: records[0]?.offset ?? 0,
  why: "The store was not open when the function's time was up; check that it is up and reachable."
})

/** What is thrown, in a sentence. */
const describe = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return error instanceof Error ? error.message : String(error)
}

const standardOutput = (line: string): void => void process.stdout.write(`${line}\n`)

/** Until everything before is written: once it has answered, a sandbox stands still. */
const flushed = Effect.callback<void>((resume) => {
  process.stdout.write("", () => resume(Effect.void))
})

const levels: Readonly<Record<string, Exclude<LogLevel, "SILENT">>> = {
  Trace: "TRACE",
  Debug: "DEBUG",
  Warn: "WARN",
  Error: "ERROR",
  Fatal: "CRITICAL"
}

/** What Effects log goes where the handler's own messages go. */
const effectLoggers = (log: InvocationLog): ReadonlySet<Logger.Logger<unknown, unknown>> =>
  new Set([
    Logger.make(({ logLevel, message }) =>
      log(levels[logLevel] ?? "INFO", Array.isArray(message) ? message.join(" ") : String(message))
    )
  ])

/**
 * Makes a function for AWS Lambda that replicates journals to a store: the handler of an event source mapping for Amazon MSK or for
 * Kafka of one's own.
 *
 * **Details**
 *
 * Partitions are replicated beside one another, and each from behind the store's own pointer, as `replicate` does it: what
 * is handed over again is passed over. A partition that fails, or for which there is no time, is reported at its first
 * record that is not in the store, and so handed over again from there. Where not one record is in the store, it throws.
 *
 * Between the store's pointer and the records no offset may be missing; a mapping that begins too late, filters
 * records, or has given some up would lose them. Such a partition fails with a sentence that says what to do.
 *
 * Logs and metrics (CloudWatch's embedded metric format) are lines of standard output, as Powertools for AWS Lambda writes them
 * and under its environment variables (`POWERTOOLS_SERVICE_NAME`, `POWERTOOLS_METRICS_NAMESPACE`, `POWERTOOLS_LOG_LEVEL`).
 *
 * **Gotchas**
 *
 * The mapping needs `ReportBatchItemFailures`, or `partialResponses: false` here; and no filter, no schema registry, and no end to
 * its retries, after which it would leave records out.
 *
 * **Example**
 *
 * ```ts
 * export const handler = makeReplicatorHandler({
 *   store: DynamoDbStore.open({ region: "eu-west-1", table: "journal" })
 * })
 * ```
 */
export const makeReplicatorHandler = (options: ReplicatorHandlerOptions): ReplicatorHandler => {
  const { largestGap, partialResponses = true, patienceMs, requestsAtOnce, stopBeforeMs = 3000, storeName } = options
  const write = options.write ?? standardOutput
  const store = keep(options.store)
  const log = options.log === undefined ? undefined : keep(options.log)
  /** Partitions of which the store was compared with the log. */
  const compared = new Set<string>()
  let isCold = true

  const given = {
    ...(largestGap === undefined ? {} : { largestGap }),
    ...(patienceMs === undefined ? {} : { patienceMs }),
    ...(requestsAtOnce === undefined ? {} : { requestsAtOnce }),
    fenceMs,
    storeName
  }

  const invoke = Effect.fnUntraced(function* (
    event: unknown,
    times: Times,
    tell: (event: ReplicatorEvent) => void,
    ended: (partition: PartitionRecords, outcome: GivenOutcome) => void
  ) {
    const { partitions } = yield* Effect.fromResult(decodeKafkaEvent(event))
    const ports = Effect.all({ to: store.use, from: log?.use ?? Effect.undefined }, { concurrency: "unbounded" })
    const now = yield* Clock.currentTimeMillis
    const { from, to } = yield* Effect.timeoutOrElse(ports, {
      duration: Math.max(0, times.stopAt - now),
      orElse: () => replicationIncomplete(partitions.map(notBegun))
    })
    const replicated = Effect.fnUntraced(function* (one: PartitionRecords) {
      const name = topicPartitionName(one)
      const outcome = yield* replicateGiven({
        ...one,
        ...times,
        ...given,
        store: to,
        log: from,
        compares: !compared.has(name),
        onEvent: tell
      })
      if (outcome._tag !== "Failed") compared.add(name)
      ended(one, outcome)
      return unfinished(one, outcome) ?? []
    })
    const left = (yield* Effect.forEach(partitions, replicated, { concurrency: "unbounded" })).flat()
    const throws = !partialResponses || isNothingDone(partitions, left)
    if (left.length > 0 && throws) return yield* replicationIncomplete(left)
    return encodeBatchResponse(left.map(({ offset, partition, topic }) => ({ topic, partition, offset })))
  })

  const handler = (event: unknown, context: LambdaContext): Promise<BatchResponse> => {
    const settings = settingsOf(process.env)
    const coldStart = isCold
    isCold = false
    const program = Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const now = () => clock.currentTimeMillisUnsafe()
      const traceId = process.env["_X_AMZN_TRACE_ID"]?.split(";")[0]?.replace("Root=", "")
      const say = invocationLog({ settings, context, coldStart, traceId, now, write })
      const metrics = invocationMetrics(settings, context, coldStart)
      const messages = replicatorMessages()
      const times = timesOf(now(), context.getRemainingTimeInMillis(), stopBeforeMs)
      const tell = (happened: ReplicatorEvent): void => {
        metrics.happened(happened, now())
        // What waits for nothing ends the partition, and is said then.
        if (happened._tag === "Stalled" && happened.error.reason !== "Unavailable") return
        const warning = messages.warning(happened, now())
        if (warning !== undefined) say("WARN", warning, { topic: happened.topic, partition: happened.partition })
      }
      const ended = ({ partition, records, topic }: PartitionRecords, outcome: GivenOutcome): void => {
        metrics.ended(topic, outcome._tag)
        const fields = { topic, partition, records: records.length, next_offset: outcome.nextOffset }
        if (outcome._tag === "Done") return say("DEBUG", "The records are in the store.", fields)
        if (outcome._tag === "Late") return say("WARN", lateSentence, fields)
        const { error } = outcome
        say("ERROR", error.message, { ...fields, reason: error.reason, offset: error.offset, journal: error.id })
      }
      const flush = Effect.suspend(() => {
        if (settings.metrics) for (const line of metrics.documents(now())) write(line)
        return options.write === undefined ? flushed : Effect.void
      })
      return yield* invoke(event, times, tell, ended).pipe(
        Effect.tapCause((cause) => Effect.sync(() => say("ERROR", `The invocation has failed: ${describe(cause)}`))),
        Effect.provideService(Logger.CurrentLoggers, effectLoggers(say)),
        Effect.ensuring(flush)
      )
    })
    return Effect.runPromise(program)
  }
  const close = () => Effect.runPromise(Effect.andThen(store.close, log?.close ?? Effect.void))
  return Object.assign(handler, { close })
}
