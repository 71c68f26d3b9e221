import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { KafkaJsSetupError } from "../../adapters/kafkajs/index.ts"
import type { PlatformaticSetupError } from "../../adapters/platformatic/index.ts"
import type { TlsOptionInvalid } from "../../adapters/tcp/index.ts"
import type { BrokerAddressInvalid } from "../../core/client/index.ts"
import type { CodecMissing, CompressionCodec } from "../../core/log/index.ts"
import type { CommitLog } from "../../core/ports/index.ts"
import { type BrokerAccess, openAccess } from "./BrokerAccess.ts"

/** The library that appends: `kafkajs`, or `platformatic` for `@platformatic/kafka`, which is faster and installed beside. */
export type LogClient = "kafkajs" | "platformatic"

/**
 * Which cluster to use: `brokers` are `host:port` addresses of some of its brokers, and `tls` and `sasl` what they ask for.
 * `client` is the library that appends (`kafkajs`), `clientId` what they log of us, and `compression` how appended records
 * are compressed (`none`); records are read in whatever compression they have. `appendTimeoutMs` is how long an append may
 * take as a whole, in milliseconds (30 000): so long brokers are tried that do not answer.
 */
export interface LogOptions extends BrokerAccess {
  readonly brokers: ReadonlyArray<string>
  readonly client?: LogClient
  readonly clientId?: string
  readonly compression?: CompressionCodec
  readonly appendTimeoutMs?: number
}

/** Why a log could not be opened: a package is missing, or a setting cannot be used. */
export type LogRefused =
  | KafkaJsSetupError
  | PlatformaticSetupError
  | BrokerAddressInvalid
  | CodecMissing
  | TlsOptionInvalid

/**
 * Opens the log of Apache Kafka, or of the embedded broker, and closes its connections with the scope.
 *
 * **Details**
 *
 * Nothing is connected before the first operation, which fails where no broker answers. It fails with `CodecMissing` where
 * the package of the compression cannot be loaded, and with a `SetupError` where that of the client cannot.
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
): Effect.fn.Return<CommitLog, LogRefused, Scope> {
  const { client = "kafkajs", compression = "none", sasl: _sasl, tls: _tls, ...rest } = options
  const { compressionOf, decompress } = yield* Effect.promise(() => import("../../adapters/compression/index.ts"))
  const settings = { ...rest, ...(yield* openAccess(options)), decompress }
  if (client === "platformatic") {
    const { PlatformaticLog } = yield* Effect.promise(() => import("../../adapters/platformatic/index.ts"))
    return yield* PlatformaticLog.make({ ...settings, compression })
  }
  const { KafkaJsLog } = yield* Effect.promise(() => import("../../adapters/kafkajs/index.ts"))
  return yield* KafkaJsLog.make({ ...settings, compression: yield* compressionOf(compression) })
})
