import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type KafkaLogOptions, makeKafkaLog } from "../../core/append/index.ts"
import type { BrokerAddressInvalid } from "../../core/client/index.ts"
import type { CompressionCodec } from "../../core/log/index.ts"
import type { CommitLog } from "../../core/ports/index.ts"
import { loadPlatformatic } from "./PlatformaticModule.ts"
import { openPlatformaticProducer } from "./PlatformaticProducer.ts"
import type { PlatformaticSetupError } from "./PlatformaticSetupError.ts"

/**
 * Settings of a log on `@platformatic/kafka`.
 *
 * **Details**
 *
 * `compression` is how appended records are compressed (`none`), by what the package has for it.
 */
export interface PlatformaticLogOptions extends KafkaLogOptions {
  readonly compression?: CompressionCodec
}

/** What follows it is run as a microtask, with less around it than `queueMicrotask` has. */
const settled = Promise.resolve()

const make = Effect.fnUntraced(function* (
  options: PlatformaticLogOptions
): Effect.fn.Return<CommitLog, PlatformaticSetupError | BrokerAddressInvalid, Scope.Scope> {
  const { compression = "none", ...rest } = options
  const library = yield* loadPlatformatic
  return yield* makeKafkaLog(rest, {
    open: (settings) => openPlatformaticProducer({ ...settings, library, compression }),
    compressed: compression !== "none",
    soon: (run) => void settled.then(run)
  })
})

/**
 * Makes a `CommitLog` on Apache Kafka, or whatever speaks its protocol: `@platformatic/kafka` appends, and core's own client
 * reads.
 *
 * **When to use**
 *
 * In place of the log on kafkajs, where appends have to be fast: the package encodes and sends several times as many. It
 * needs Node 22.22, or 24.6.
 *
 * **Details**
 *
 * Nothing is connected before the first operation. Records are sent by an idempotent producer and acknowledged by all
 * in-sync replicas; appends to one partition keep their order. The package brings connections and encoding; attempts,
 * leaders and sequence numbers are this log's own, so that each append has a deadline and one outcome.
 *
 * **Gotchas**
 *
 * An append that is interrupted while its record is on the way to the broker may still be written.
 *
 * **Example**
 *
 * ```ts
 * const log = yield* PlatformaticLog.make({ brokers: ["localhost:9092"], network: TcpNetwork, decompress })
 * const offset = yield* log.append({ topic: "orders", partition: 0, key, value, headers: [], timestamp })
 * ```
 */
export const PlatformaticLog = { make } as const
