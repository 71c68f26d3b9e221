import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type KafkaLogOptions, makeKafkaLog } from "../../core/append/index.ts"
import type { BrokerAddressInvalid } from "../../core/client/index.ts"
import type { Compression } from "../../core/log/index.ts"
import type { CommitLog } from "../../core/ports/index.ts"
import { loadKafkaJs } from "./KafkaJsModule.ts"
import { openKafkaJsProducer } from "./KafkaJsProducer.ts"
import type { KafkaJsSetupError } from "./KafkaJsSetupError.ts"

/**
 * Settings of a log on kafkajs.
 *
 * **Details**
 *
 * `compression` is how appended records are compressed (not at all), such as `compressionOf("lz4")` of
 * `odradek/adapters/compression`.
 */
export interface KafkaJsLogOptions extends KafkaLogOptions {
  readonly compression?: Compression
}

/** What follows it is run as a microtask, with less around it than `queueMicrotask` has. */
const settled = Promise.resolve()

const make = Effect.fnUntraced(function* (
  options: KafkaJsLogOptions
): Effect.fn.Return<CommitLog, KafkaJsSetupError | BrokerAddressInvalid, Scope.Scope> {
  const kafkajs = yield* loadKafkaJs
  const run = Effect.runForkWith(yield* Effect.context<never>())
  const { compression } = options
  const log = (namespace: string, label: string, message: string): void => {
    run(Effect.logDebug(`kafkajs ${namespace} ${label}: ${message}`))
  }
  return yield* makeKafkaLog(options, {
    open: (settings) => openKafkaJsProducer({ ...settings, kafkajs, compression, log }),
    compressed: compression !== undefined && compression.codec !== "none",
    soon: (run) => void settled.then(run)
  })
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
