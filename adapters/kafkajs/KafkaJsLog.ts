import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { type BrokerAddressInvalid, brokerAddresses, KafkaClient } from "../../core/client/index.ts"
import type { Compression, Decompress } from "../../core/log/index.ts"
import type { CommitLog, CommitLogError, Network } from "../../core/ports/index.ts"
import { appendError } from "./AppendFailure.ts"
import { AppendLanes } from "./AppendLanes.ts"
import { loadKafkaJs } from "./KafkaJsModule.ts"
import type { KafkaJsSetupError } from "./KafkaJsSetupError.ts"
import { makeProducerPool } from "./ProducerPool.ts"

/**
 * Settings of a log on kafkajs; times are in milliseconds, sizes in bytes.
 *
 * **Details**
 *
 * `brokers` are `host:port` (`[host]:port` for an IPv6 address). `network` and `decompress` are what reads use: give those
 * of `odradek/adapters/tcp` and `odradek/adapters/compression`, for without `decompress` compressed records cannot be
 * read. `compression` is how appended records are compressed (not at all), such as `compressionOf("lz4")` of the latter.
 * `appendTimeoutMs` (30 000) bounds an append as a whole, `requestTimeoutMs` (10 000) one answer of a broker, and with it a
 * read beyond the wait that it allows itself, `connectTimeoutMs` (5000) one connection attempt. Appends to a partition
 * that wait at the same time are sent together, up to `maxBatchRecords` (500) and `maxBatchBytes` (512 KiB before they are
 * compressed, which has to be less than the topics take); `maxInFlightBytes` (32 MiB) bounds what is with the producer, and appends beyond it wait.
 */
export interface KafkaJsLogOptions {
  readonly brokers: ReadonlyArray<string>
  readonly network: Network
  readonly clientId?: string
  readonly decompress?: Decompress
  readonly compression?: Compression
  readonly appendTimeoutMs?: number
  readonly requestTimeoutMs?: number
  readonly connectTimeoutMs?: number
  readonly maxBatchRecords?: number
  readonly maxBatchBytes?: number
  readonly maxInFlightBytes?: number
}

/** How large the batches are that records are appended in, in bytes, unless said otherwise. */
export const defaultMaxBatchBytes = 512 * 1024

const make = Effect.fnUntraced(function* (
  options: KafkaJsLogOptions
): Effect.fn.Return<CommitLog, KafkaJsSetupError | BrokerAddressInvalid, Scope.Scope> {
  const { appendTimeoutMs = 30_000, connectTimeoutMs = 5000, requestTimeoutMs = 10_000 } = options
  const { clientId = "odradek", network } = options
  const kafkajs = yield* loadKafkaJs
  const bootstrap = yield* brokerAddresses(options.brokers)
  // Closed after the producers, which are what the lanes wait for.
  const scope = yield* Scope.fork(yield* Effect.scope)
  const context = yield* Effect.context<never>()
  const runLog = Effect.runForkWith(context)
  const runCheck = Effect.runPromiseWith(context)
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
    compression: options.compression,
    log: (namespace, label, message) => runLog(Effect.logDebug(`kafkajs ${namespace} ${label}: ${message}`))
  })
  /** What is wrong with a partition, if it is not there: kafkajs itself would try until the deadline. */
  const check = (topic: string, partition: number): Effect.Effect<CommitLogError | undefined> =>
    Effect.flatMap(client.partitions(topic), (count) =>
      partition < count ? Effect.void : Effect.asVoid(client.listOffset(topic, partition, "latest"))
    ).pipe(
      Effect.match({
        onFailure: ({ cause, message, reason }) => appendError({ topic, partition }, reason, message, cause),
        onSuccess: () => undefined
      })
    )
  const lanes = new AppendLanes({
    pool,
    check: (topic, partition) => runCheck(check(topic, partition)),
    brokers: options.brokers.join(", "),
    appendTimeoutMs,
    limits: { maxRecords: options.maxBatchRecords ?? 500, maxBytes: options.maxBatchBytes ?? defaultMaxBatchBytes },
    maxInFlightBytes: options.maxInFlightBytes ?? 32 * 1024 * 1024
  })
  yield* Scope.addFinalizer(
    scope,
    Effect.sync(() => lanes.end())
  )
  yield* Effect.addFinalizer(() => Effect.sync(() => lanes.close()))

  return {
    append: (request) => lanes.append(request),
    read: client.read,
    partitions: client.partitions,
    topics: client.topics
  }
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
 * const log = yield* KafkaJsLog.make({ brokers: ["localhost:9092"], network: TcpNetwork, decompress })
 * const offset = yield* log.append({ topic: "orders", partition: 0, key, value, headers: [], timestamp })
 * ```
 */
export const KafkaJsLog = { make } as const
