import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { KafkaJsSetupError } from "../../adapters/kafkajs/index.ts"
import type { BrokerAddressInvalid } from "../../core/client/index.ts"
import type { CodecMissing, CompressionCodec } from "../../core/log/index.ts"
import type { CommitLog } from "../../core/ports/index.ts"

/**
 * Which cluster to use: `brokers` are `host:port` addresses of some of its brokers. `clientId` is what they log of us, and
 * `compression` how appended records are compressed (`none`); records are read in whatever compression they have.
 */
export interface LogOptions {
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
): Effect.fn.Return<CommitLog, KafkaJsSetupError | BrokerAddressInvalid | CodecMissing, Scope> {
  const [{ KafkaJsLog }, { TcpNetwork }, { compressionOf, decompress }] = yield* Effect.promise(() =>
    Promise.all([
      import("../../adapters/kafkajs/index.ts"),
      import("../../adapters/tcp/index.ts"),
      import("../../adapters/compression/index.ts")
    ])
  )
  const { compression = "none", ...rest } = options
  return yield* KafkaJsLog.make({
    ...rest,
    network: TcpNetwork,
    decompress,
    compression: yield* compressionOf(compression)
  })
})
