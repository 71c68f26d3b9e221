import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { GroupClient, type GroupClientOptions } from "../../core/client/index.ts"
import type { ConsumerGroup } from "../../core/ports/index.ts"
import { brokerAddresses } from "./BrokerAddresses.ts"
import type { KafkaJsSetupError } from "./KafkaJsSetupError.ts"

/** Settings of a group; `brokers` are `host:port` (`[host]:port` for an IPv6 address), and the others those of core's own member. */
export interface KafkaJsGroupOptions extends Omit<GroupClientOptions, "bootstrap"> {
  readonly brokers: ReadonlyArray<string>
}

/**
 * Makes a `ConsumerGroup` on Apache Kafka, or whatever speaks its protocol, beside a log on kafkajs.
 *
 * **Details**
 *
 * The member is core's own. The consumer of kafkajs 2.2.4 joins anew in the same turn in which it hears of a rebalance,
 * and waits for none of its listeners: what it had can be somebody else's before its owner has let go. It cannot be told to
 * join again, which a partition takes to move after it was let go. And when its session has ended, it joins as somebody
 * new without a word, so that nobody learns that partitions were lost.
 *
 * Nothing is connected before the first operation.
 *
 * **Example**
 *
 * ```ts
 * const group = yield* KafkaJsGroup.make({ brokers: ["localhost:9092"], network: TcpNetwork, groupId: "replicator" })
 * const membership = yield* group.join(["orders"], (event) => Effect.log(event._tag))
 * ```
 */
const make = (options: KafkaJsGroupOptions): Effect.Effect<ConsumerGroup, KafkaJsSetupError, Scope> =>
  Effect.flatMap(brokerAddresses(options.brokers), (bootstrap) => GroupClient.make({ ...options, bootstrap }))

/** Makes groups: {@link make}. */
export const KafkaJsGroup = { make } as const
