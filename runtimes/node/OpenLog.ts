import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { KafkaJsSetupError } from "../../adapters/kafkajs/index.ts"
import type { TlsOptionInvalid } from "../../adapters/tcp/index.ts"
import type { BrokerAddressInvalid } from "../../core/client/index.ts"
import type { CodecMissing, CompressionCodec } from "../../core/log/index.ts"
import type { CommitLog } from "../../core/ports/index.ts"
import { type BrokerAccess, openAccess } from "./BrokerAccess.ts"

/**
 * Which cluster to use: `brokers` are `host:port` addresses of some of its brokers, and `tls` and `sasl` what they ask for.
 * `clientId` is what they log of us, and `compression` how appended records are compressed (`none`); records are read in
 * whatever compression they have.
 */
export interface LogOptions extends BrokerAccess {
  readonly brokers: ReadonlyArray<string>
  readonly clientId?: string
  readonly compression?: CompressionCodec
}

/**
 * Opens the log of Apache Kafka, or of the embedded broker, and closes its connections with the scope.
 *
 * **Details**
 *
 * Nothing is connected before the first operation, which fails where no broker answers. It fails with `CodecMissing` where
 * the package of the compression cannot be loaded.
 *
 * **Example**
 *
 * ```ts
 * const program = Effect.gen(function* () {
 *   const log = yield* openLog({ brokers: ["127.0.0.1:9092"] })
 *   return yield* log.topics
 * })
 * ```
 */
export const openLog = Effect.fnUntraced(function* (
  options: LogOptions
): Effect.fn.Return<CommitLog, KafkaJsSetupError | BrokerAddressInvalid | CodecMissing | TlsOptionInvalid, Scope> {
  const [{ KafkaJsLog }, { compressionOf, decompress }] = yield* Effect.promise(() =>
    Promise.all([import("../../adapters/kafkajs/index.ts"), import("../../adapters/compression/index.ts")])
  )
  const { compression = "none", sasl: _sasl, tls: _tls, ...rest } = options
  return yield* KafkaJsLog.make({
    ...rest,
    ...(yield* openAccess(options)),
    decompress,
    compression: yield* compressionOf(compression)
  })
})
