import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { BrokerAddressInvalid } from "../../core/client/index.ts"
import type { ConsumerGroup } from "../../core/ports/index.ts"

/**
 * Which group to use, on which cluster; `brokers` are `host:port` addresses of some of its brokers. `clientId` is what they
 * log of us, and stands beside what is committed. A member that is not heard for `sessionTimeoutMs` (10 000) is replaced.
 */
export interface GroupOptions {
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
): Effect.fn.Return<ConsumerGroup, BrokerAddressInvalid, Scope> {
  const [{ brokerAddresses, GroupClient }, { TcpNetwork }] = yield* Effect.promise(() =>
    Promise.all([import("../../core/client/index.ts"), import("../../adapters/tcp/index.ts")])
  )
  const { brokers, ...settings } = options
  return yield* GroupClient.make({ ...settings, bootstrap: yield* brokerAddresses(brokers), network: TcpNetwork })
})
