import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import {
  type BrokerAddressInvalid,
  brokerAddresses,
  type BrokerNetwork,
  type BrokerTls,
  KafkaClient,
  type Sasl
} from "../client/index.ts"
import type { Decompress } from "../log/index.ts"
import type { Address, CommitLog, CommitLogError } from "../ports/index.ts"
import { appendError } from "./AppendFailure.ts"
import { AppendLanes, type PartitionCheck } from "./AppendLanes.ts"
import { makeProducerPool, type OpenProducer } from "./ProducerPool.ts"
import { makeTopicLimits } from "./TopicLimits.ts"

/**
 * Settings of a log on Kafka; times are in milliseconds, sizes in bytes.
 *
 * **Details**
 *
 * `brokers` are `host:port` (`[host]:port` for an IPv6 address). `network` and `decompress` are what reads use: give those
 * of `odradek/adapters/tcp` and `odradek/adapters/compression`, for without `decompress` compressed records cannot be
 * read. `tls` is how appends are encrypted: give a network that encrypts likewise. `sasl` is who the brokers are told is
 * asking. `appendTimeoutMs` (30 000) bounds an append as a whole, `requestTimeoutMs` (10 000) one answer of a broker, and
 * with it a read beyond the wait that it allows itself, `connectTimeoutMs` (5000) one connection attempt. Appends to a
 * partition that wait at the same time are sent together, up to `maxBatchRecords` (500) and `maxBatchBytes` (512 KiB, and
 * no more than the topic takes); `maxInFlightBytes` (32 MiB) bounds what is with the producer, and appends beyond it wait.
 */
export interface KafkaLogOptions {
  readonly brokers: ReadonlyArray<string>
  readonly network: BrokerNetwork
  readonly clientId?: string
  readonly tls?: BrokerTls
  readonly sasl?: Sasl
  readonly decompress?: Decompress
  readonly appendTimeoutMs?: number
  readonly requestTimeoutMs?: number
  readonly connectTimeoutMs?: number
  readonly maxBatchRecords?: number
  readonly maxBatchBytes?: number
  readonly maxInFlightBytes?: number
}

/** How large the batches are that records are appended in, in bytes, unless said otherwise. */
export const defaultMaxBatchBytes = 512 * 1024

/** What a producer of a log on Kafka needs to know. All times are in milliseconds. */
export interface ProducerSettings {
  readonly bootstrap: ReadonlyArray<Address>
  readonly clientId: string
  readonly tls: BrokerTls | undefined
  readonly sasl: Sasl | undefined
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  /** How long all attempts at one send may take together. */
  readonly sendTimeoutMs: number
  /** The client that reads, which knows the leaders. */
  readonly client: KafkaClient
}

/**
 * What a library brings to a log on Kafka.
 *
 * **Details**
 *
 * `soon` runs a function after the turn in which it was called, before anything else is done: as a microtask.
 * `compressed` says that the producer compresses.
 */
export interface KafkaProducers {
  readonly open: (settings: ProducerSettings) => OpenProducer
  readonly compressed: boolean
  readonly soon: (run: () => void) => void
}

/** What is known of a partition, or what is wrong with it: a producer may not know that it is not there. */
const checkWith = (client: KafkaClient) => {
  const limitOf = makeTopicLimits(client)
  return (topic: string, partition: number): Effect.Effect<PartitionCheck, CommitLogError> =>
    Effect.flatMap(client.partitions(topic), (count) =>
      partition < count ? Effect.void : Effect.asVoid(client.listOffset(topic, partition, "latest"))
    ).pipe(
      Effect.mapError(({ cause, message, reason }) => appendError({ topic, partition }, reason, message, cause)),
      Effect.andThen(limitOf(topic)),
      Effect.map((limit) => ({ limit }))
    )
}

/**
 * Makes a `CommitLog` on a Kafka cluster: the producers of a library append, and core's own client reads.
 *
 * **Details**
 *
 * Nothing is connected before the first operation. A record that is larger than its topic takes is refused before it is
 * sent, where the brokers tell the topic's settings. When the answer to an append is lost the producer is given up for a
 * new one, so that the uncertainty ends with that append.
 */
export const makeKafkaLog = Effect.fnUntraced(function* (
  options: KafkaLogOptions,
  producers: KafkaProducers
): Effect.fn.Return<CommitLog, BrokerAddressInvalid, Scope.Scope> {
  const { appendTimeoutMs = 30_000, connectTimeoutMs = 5000, requestTimeoutMs = 10_000 } = options
  const { clientId = "odradek", network, sasl } = options
  const bootstrap = yield* brokerAddresses(options.brokers)
  // Closed after the producers, which are what the lanes wait for.
  const scope = yield* Scope.fork(yield* Effect.scope)
  const run = Effect.runForkWith(yield* Effect.context<never>())
  const clock = yield* Clock.Clock
  const client = yield* KafkaClient.make({
    network,
    bootstrap,
    clientId,
    connectTimeoutMs,
    requestTimeoutMs,
    ...(sasl === undefined ? {} : { sasl }),
    ...(options.decompress === undefined ? {} : { decompress: options.decompress })
  })
  const settings = { bootstrap, clientId, tls: options.tls, sasl, connectTimeoutMs, requestTimeoutMs, client }
  const pool = yield* makeProducerPool(producers.open({ ...settings, sendTimeoutMs: appendTimeoutMs }), appendTimeoutMs)
  const check = checkWith(client)
  const lanes = new AppendLanes({
    pool,
    check: (topic, partition, done) => {
      const checked = Effect.onExit(check(topic, partition), (exit) => Effect.sync(() => done(exit)))
      run(Effect.forkIn(checked, scope, { startImmediately: true }))
    },
    brokers: options.brokers.join(", "),
    appendTimeoutMs,
    limits: { maxRecords: options.maxBatchRecords ?? 500, maxBytes: options.maxBatchBytes ?? defaultMaxBatchBytes },
    maxInFlightBytes: options.maxInFlightBytes ?? 32 * 1024 * 1024,
    compressed: producers.compressed,
    now: () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6,
    soon: producers.soon,
    later: (ms, wake) => {
      run(Effect.forkIn(Effect.delay(Effect.sync(wake), ms), scope))
    }
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
