import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { TlsOptionInvalid } from "../../adapters/tcp/index.ts"
import type { BrokerAddressInvalid } from "../../core/client/index.ts"
import type { ConsumerGroup } from "../../core/ports/index.ts"
import { type BrokerAccess, openAccess } from "./BrokerAccess.ts"

/**
 * Which group to use, on which cluster; `brokers` are `host:port` addresses of some of its brokers, and `tls` and `sasl` what
 * they ask for. `clientId` is what they log of us, and stands beside what is committed. A member that is not heard for
 * `sessionTimeoutMs` (10 000) is replaced.
 */
export interface GroupOptions extends BrokerAccess {
  readonly brokers: ReadonlyArray<string>
  readonly groupId: string
  readonly clientId?: string
  readonly sessionTimeoutMs?: number
}

/**
 * Opens a consumer group of Apache Kafka, or of the embedded broker, and closes its connections with the scope.
 *
 * **Details**
 *
 * Nothing is connected before the first operation.
 *
 * **Example**
 *
 * ```ts
 * const program = Effect.gen(function* () {
 *   const group = yield* openGroup({ brokers: ["127.0.0.1:9092"], groupId: "replicator" })
 *   return yield* group.committed([{ topic: "orders", partition: 0 }])
 * })
 * ```
 */
export const openGroup = Effect.fnUntraced(function* (
  options: GroupOptions
): Effect.fn.Return<ConsumerGroup, BrokerAddressInvalid | TlsOptionInvalid, Scope> {
  const { brokerAddresses, GroupClient } = yield* Effect.promise(() => import("../../core/client/index.ts"))
  const { brokers, sasl: _sasl, tls: _tls, ...settings } = options
  const { network, sasl } = yield* openAccess(options)
  const bootstrap = yield* brokerAddresses(brokers)
  return yield* GroupClient.make({ ...settings, bootstrap, network, ...(sasl === undefined ? {} : { sasl }) })
})
