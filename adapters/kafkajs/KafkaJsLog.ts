import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { KafkaClient, parseAddress } from "../../core/client/index.ts"
import type { Decompress } from "../../core/log/index.ts"
import {
  type Address,
  type AppendRequest,
  type CommitLog,
  CommitLogError,
  type Network
} from "../../core/ports/index.ts"
import { type AppendLane, batchSize, type PendingAppend, takeBatch } from "./AppendLane.ts"
import { kafkaJsMessage, messageSize } from "./KafkaJsMessage.ts"
import { loadKafkaJs } from "./KafkaJsModule.ts"
import { attemptsUntil } from "./KafkaJsProducer.ts"
import { KafkaJsSetupError } from "./KafkaJsSetupError.ts"
import { makeProducerPool } from "./ProducerPool.ts"
import type { SendFailure } from "./SendFailure.ts"

/**
 * Settings of a log on kafkajs; times are in milliseconds, sizes in bytes.
 *
 * **Details**
 *
 * `brokers` are `host:port` (`[host]:port` for an IPv6 address). `network` and `decompress` are what reads use.
 * `appendTimeoutMs` (30 000) bounds an append as a whole, `requestTimeoutMs` (10 000) one answer of a broker, and with it a
 * read beyond the wait that it allows itself, `connectTimeoutMs` (5000) one connection attempt. Appends to a partition
 * that wait at the same time are sent together, up to `maxBatchRecords` (500) and `maxBatchBytes` (512 KiB, which has to be
 * less than the topics take); `maxInFlightBytes` (32 MiB) bounds what is with the producer, and appends beyond it wait.
 */
export interface KafkaJsLogOptions {
  readonly brokers: ReadonlyArray<string>
  readonly network: Network
  readonly clientId?: string
  readonly decompress?: Decompress
  readonly appendTimeoutMs?: number
  readonly requestTimeoutMs?: number
  readonly connectTimeoutMs?: number
  readonly maxBatchRecords?: number
  readonly maxBatchBytes?: number
  readonly maxInFlightBytes?: number
}

/** Kafka's own bound on a request, less what a request has beside its one record. */
const maxRecordBytes = 100 * 1024 * 1024 - 64 * 1024

const errorOf = (
  { partition, topic }: { readonly topic: string; readonly partition: number },
  reason: CommitLogError["reason"],
  message: string,
  cause?: unknown
): CommitLogError =>
  new CommitLogError({
    operation: "append",
    reason,
    topic,
    partition,
    message,
    ...(cause === undefined ? {} : { cause })
  })

/** One sentence for each way in which a send fails. */
const failedSend = (lane: AppendLane, brokers: string, failure: SendFailure): CommitLogError => {
  const { cause, reason, type } = failure
  const place = `${lane.topic}-${lane.partition}`
  const said = type ?? (cause instanceof Error ? cause.message : String(cause))
  const sentences: Readonly<Record<string, string>> = {
    TooLarge: `A record is larger than topic ${lane.topic} takes (${said}): split it, or raise max.message.bytes.`,
    UnknownTopic: `Partition ${place} does not exist on this cluster: create it, or use another name.`,
    Unauthorized: `The broker does not let us append to ${place} (${said}): ask for the right to.`,
    Unreachable: `Nothing was appended to ${place}, no broker took it at ${brokers} (${said}): append it again.`,
    Unknown: `The answer to an append to ${place} is lost (${said}): read the log to see whether the record is there.`
  }
  const message = sentences[reason] ?? `The broker refused an append to ${place} (${said}): change the record.`
  return errorOf(lane, reason, message, cause)
}

/** Why an append has no answer when the wait for it ends. */
const unended = ({ picked, request }: PendingAppend, when: string): CommitLogError => {
  const place = `${request.topic}-${request.partition}`
  const lost = `No answer to an append to ${place} came ${when}: read the log to see whether the record is there.`
  const unsent = `An append to ${place} did not get its turn ${when}, nothing was written: append it again.`
  return picked ? errorOf(request, "Unknown", lost) : errorOf(request, "Unreachable", unsent)
}

/** What tells the appends of one key apart from others; records without a key have no order among themselves. */
const keyText = ({ key }: AppendRequest): string | undefined =>
  key === null ? undefined : Buffer.from(key).toString("latin1")

const settle = (append: PendingAppend, result: Effect.Effect<number, CommitLogError>): void => {
  Deferred.doneUnsafe(append.result, result)
}

const addressesOf = (brokers: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<Address>, KafkaJsSetupError> =>
  Effect.forEach(brokers, (text) => {
    const address = parseAddress(text)
    const message = `"${text}" is no broker's address: write host:port.`
    return address === undefined
      ? Effect.fail(new KafkaJsSetupError({ reason: "InvalidAddress", message }))
      : Effect.succeed(address)
  })

const make = Effect.fnUntraced(function* (
  options: KafkaJsLogOptions
): Effect.fn.Return<CommitLog, KafkaJsSetupError, Scope.Scope> {
  const { appendTimeoutMs = 30_000, connectTimeoutMs = 5000, requestTimeoutMs = 10_000 } = options
  const { clientId = "odradek", maxInFlightBytes = 32 * 1024 * 1024, network } = options
  const limits = { maxRecords: options.maxBatchRecords ?? 500, maxBytes: options.maxBatchBytes ?? 512 * 1024 }
  const kafkajs = yield* loadKafkaJs
  const bootstrap = yield* addressesOf(options.brokers)
  const brokers = options.brokers.join(", ")
  // Closed after the producers, which are what the lanes wait for.
  const scope = yield* Scope.fork(yield* Effect.scope)
  const runLog = Effect.runForkWith(yield* Effect.context<never>())
  const client = yield* KafkaClient.make({
    network,
    bootstrap,
    clientId,
    connectTimeoutMs,
    requestTimeoutMs,
    ...(options.decompress === undefined ? {} : { decompress: options.decompress })
  })
  const pool = yield* makeProducerPool({
    kafkajs,
    bootstrap,
    clientId,
    connectTimeoutMs,
    requestTimeoutMs,
    sendTimeoutMs: appendTimeoutMs,
    log: (namespace, label, message) => runLog(Effect.logDebug(`kafkajs ${namespace} ${label}: ${message}`))
  })
  const bytes = Semaphore.makeUnsafe(maxInFlightBytes)
  const lanes = new Map<string, AppendLane>()
  const underWay = new Set<PendingAppend>()
  let closed = false
  yield* Scope.addFinalizer(
    scope,
    Effect.sync(() => {
      for (const append of underWay) settle(append, Effect.fail(unended(append, "before the log was closed")))
    })
  )
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      closed = true
    })
  )

  /** Fails unless the partition is there: kafkajs itself would try until the deadline. */
  const checkPartition = ({ partition, topic }: AppendLane): Effect.Effect<void, CommitLogError> =>
    Effect.flatMap(client.partitions(topic), (count) =>
      partition < count ? Effect.void : Effect.asVoid(client.listOffset(topic, partition, "latest"))
    ).pipe(Effect.mapError(({ cause, message, reason }) => errorOf({ topic, partition }, reason, message, cause)))

  /** Hands what is still wanted of a batch to a producer. */
  const hand = (lane: AppendLane, batch: ReadonlyArray<PendingAppend>) =>
    pool.use((producer) =>
      Effect.suspend(() => {
        const { partition, topic } = lane
        const wanted = batch.filter(({ dropped }) => !dropped)
        if (wanted.length === 0) return Effect.succeed({ wanted, base: 0 })
        const deadline = wanted.reduce((least, append) => Math.min(least, append.deadline), Infinity)
        for (const append of wanted) append.picked = true
        const messages = wanted.map(({ request }) => kafkaJsMessage(request, partition))
        const until = attemptsUntil(deadline, appendTimeoutMs)
        return Effect.map(producer.send({ topic, partition, messages, attemptsUntil: until }), (base) => ({
          wanted,
          base
        }))
      })
    )

  /** Fails those of the appends that would come after a failed one of the same key: what is in the log is a beginning. */
  const holdBack = (appends: ReadonlyArray<PendingAppend>, failed: ReadonlySet<string>): void => {
    for (const append of appends) {
      const key = keyText(append.request)
      if (append.dropped || key === undefined || !failed.has(key)) continue
      append.dropped = true
      const place = `${append.request.topic}-${append.request.partition}`
      const message = `An append to ${place} was not sent, because one before it with the same key failed: append both again.`
      settle(append, Effect.fail(errorOf(append.request, "Refused", message)))
    }
  }

  /** Ends appends with their error, and notes their keys. */
  const fail = (appends: ReadonlyArray<PendingAppend>, error: CommitLogError, failed: Set<string>): void => {
    for (const append of appends) {
      const key = keyText(append.request)
      if (key !== undefined && !append.dropped) failed.add(key)
      settle(append, Effect.fail(error))
    }
  }

  /** Sends a batch; one that is too large is sent in halves, until it is known which record is. */
  const send = (lane: AppendLane, batch: ReadonlyArray<PendingAppend>, failed: Set<string>): Effect.Effect<void> =>
    Effect.gen(function* () {
      holdBack(batch, failed)
      const sent = yield* Effect.result(hand(lane, batch))
      if (Result.isSuccess(sent)) {
        const { base, wanted } = sent.success
        wanted.forEach((append, index) => settle(append, Effect.succeed(base + index)))
        return
      }
      if (sent.failure.reason === "TooLarge" && batch.length > 1) {
        const middle = batch.length >> 1
        yield* send(lane, batch.slice(0, middle), failed)
        return yield* send(lane, batch.slice(middle), failed)
      }
      fail(batch, failedSend(lane, brokers, sent.failure), failed)
    })

  const work = Effect.fnUntraced(function* (key: string, lane: AppendLane) {
    while (true) {
      const batch = takeBatch(lane, limits)
      if (batch.length === 0) {
        lanes.delete(key)
        return
      }
      const failed = new Set<string>()
      const checked = yield* Effect.result(checkPartition(lane))
      if (Result.isFailure(checked)) {
        fail(batch, checked.failure, failed)
        holdBack(lane.waiting, failed)
        continue
      }
      const sending = Effect.catchDefect(send(lane, batch, failed), (defect) =>
        Effect.sync(() => {
          for (const append of batch) settle(append, Effect.die(defect))
        })
      )
      yield* Semaphore.withPermits(bytes, Math.min(batchSize(batch), maxInFlightBytes), sending)
      holdBack(lane.waiting, failed)
    }
  })

  const laneOf = ({ partition, topic }: AppendRequest): string => `${topic} ${partition}`

  const enqueue = (append: PendingAppend): Effect.Effect<void> =>
    Effect.suspend(() => {
      const { partition, topic } = append.request
      const key = laneOf(append.request)
      const there = lanes.get(key)
      if (there !== undefined) {
        there.waiting.push(append)
        return Effect.void
      }
      const lane: AppendLane = { topic, partition, waiting: [append] }
      lanes.set(key, lane)
      return Effect.asVoid(Effect.forkIn(work(key, lane), scope))
    })

  const append = (request: AppendRequest): Effect.Effect<number, CommitLogError> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const size = messageSize(request)
      if (size > maxRecordBytes) {
        const message = `A record of ${size} bytes does not fit in a request (${maxRecordBytes} bytes): split it.`
        return Effect.fail(errorOf(request, "TooLarge", message))
      }
      const pending: PendingAppend = {
        request,
        size,
        deadline: now + appendTimeoutMs,
        result: Deferred.makeUnsafe(),
        picked: false,
        dropped: false
      }
      if (closed) return Effect.fail(unended(pending, "before the log was closed"))
      underWay.add(pending)
      return enqueue(pending).pipe(
        Effect.andThen(Deferred.await(pending.result)),
        Effect.ensuring(Effect.sync(() => underWay.delete(pending))),
        Effect.onInterrupt(() =>
          Effect.sync(() => {
            pending.dropped = true
          })
        ),
        Effect.timeoutOrElse({
          duration: appendTimeoutMs,
          orElse: () => {
            const key = keyText(request)
            if (key !== undefined) holdBack(lanes.get(laneOf(request))?.waiting ?? [], new Set([key]))
            return Effect.fail(unended(pending, `within ${appendTimeoutMs} ms`))
          }
        })
      )
    })

  return { append, read: client.read, partitions: client.partitions, topics: client.topics }
})

/**
 * Makes a `CommitLog` on Apache Kafka, or whatever speaks its protocol: kafkajs appends, and core's own client reads.
 *
 * **Details**
 *
 * Nothing is connected before the first operation. Records are sent by an idempotent producer and acknowledged by all
 * in-sync replicas; appends to one partition keep their order. When an answer is lost the producer is given up for a new
 * one, so that the uncertainty ends with that append. kafkajs's own log goes to Effect's logger at debug level.
 *
 * **Gotchas**
 *
 * An append that is interrupted while its record is on the way to the broker may still be written.
 *
 * **Example**
 *
 * ```ts
 * const log = yield* KafkaJsLog.make({ brokers: ["localhost:9092"], network: TcpNetwork })
 * const offset = yield* log.append({ topic: "orders", partition: 0, key, value, headers: [], timestamp })
 * ```
 */
export const KafkaJsLog = { make } as const
