import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { KafkaJsSetupError } from "../../adapters/kafkajs/index.ts"
import type { BrokerAddressInvalid } from "../../core/client/index.ts"
import type { CommitLog } from "../../core/ports/index.ts"
import { decompress } from "./Decompress.ts"

/** Which cluster to use: `brokers` are `host:port` addresses of some of its brokers. `clientId` is what they log of us. */
export interface LogOptions {
  readonly brokers: ReadonlyArray<string>
  readonly clientId?: string
}

/**
 * Opens the log of Apache Kafka, or of the embedded broker, and closes its connections with the scope.
 *
 * **Details**
 *
 * Nothing is connected before the first operation, which fails where no broker answers.
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
): Effect.fn.Return<CommitLog, KafkaJsSetupError | BrokerAddressInvalid, Scope> {
  const [{ KafkaJsLog }, { TcpNetwork }] = yield* Effect.promise(() =>
    Promise.all([import("../../adapters/kafkajs/index.ts"), import("../../adapters/tcp/index.ts")])
  )
  return yield* KafkaJsLog.make({ ...options, network: TcpNetwork, decompress })
})
