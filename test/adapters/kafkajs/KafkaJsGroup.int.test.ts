import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { describe } from "vitest"
import { KafkaJsGroup } from "../../../adapters/kafkajs/index.ts"
import { TcpNetwork } from "../../../adapters/tcp/index.ts"
import { consumerGroupContract } from "../../../core/ports/contract/index.ts"
import type { Network } from "../../../core/ports/index.ts"
import { Broker } from "../../../runtimes/node/index.ts"
import { createTopic } from "../../core/client/CreateTopic.ts"
import { deleteTopic } from "./DeleteTopic.ts"

/** A network that can be cut: what is written is lost, nothing comes, and no connection is opened. */
const cuttable = () => {
  let cut = false
  const network: Network = {
    ...TcpNetwork,
    connect: (options) =>
      Effect.suspend(() => (cut ? Effect.never : TcpNetwork.connect(options))).pipe(
        Effect.map((connection) => ({
          ...connection,
          read: Effect.flatMap(connection.read, (bytes) => (cut ? Effect.never : Effect.succeed(bytes))),
          write: (chunks) => Effect.suspend(() => (cut ? Effect.void : connection.write(chunks)))
        }))
      )
  }
  return {
    network,
    vanish: Effect.sync(() => {
      cut = true
    })
  }
}

const embedded = Effect.gen(function* () {
  const broker = yield* Broker.start({ autoCreateTopics: false })
  yield* createTopic(TcpNetwork, broker, "t", 6)
  const there = new Set(["t"])
  return {
    topic: "t",
    partitions: 6,
    newTopic: "new",
    setPartitions: Effect.fnUntraced(function* (topic: string, count: number) {
      if (there.has(topic)) yield* deleteTopic(TcpNetwork, broker, topic)
      there.add(topic)
      yield* createTopic(TcpNetwork, broker, topic, count)
    }),
    process: Effect.fnUntraced(function* (times: {
      readonly sessionTimeoutMs: number
      readonly revokeTimeoutMs: number
    }) {
      const { network, vanish } = cuttable()
      const group = yield* KafkaJsGroup.make({
        brokers: [broker.address],
        network,
        groupId: "g",
        heartbeatMs: 50,
        discoveryMs: 100,
        requestTimeoutMs: 2000,
        connectTimeoutMs: 1000,
        ...times
      })
      return { group, vanish }
    })
  }
})

describe("KafkaJsGroup keeps the contract of a consumer group", () => {
  for (const { name, run } of consumerGroupContract(embedded)) {
    it.live(name, () => Effect.scoped(run))
  }
})
