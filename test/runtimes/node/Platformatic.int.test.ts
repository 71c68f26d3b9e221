import {
  Admin,
  Consumer,
  MessagesStreamFallbackModes,
  MessagesStreamModes,
  Producer,
  stringDeserializers,
  stringSerializers
} from "@platformatic/kafka"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { expect, it } from "@effect/vitest"
import { Broker } from "../../../runtimes/node/Broker.ts"

/** A client of @platformatic/kafka, which speaks the flexible versions of the protocol only. */
const opened = <A>(make: () => A, close: (client: A) => Promise<unknown>): Effect.Effect<A, never, Scope> =>
  Effect.acquireRelease(Effect.sync(make), (client) => Effect.promise(() => close(client)))

const messages = (topic: string, from: number, count: number) =>
  Array.from({ length: count }, (_, at) => ({
    topic,
    key: `key-${from + at}`,
    value: `value-${from + at}`,
    headers: { number: String(from + at) }
  }))

/** Takes `count` messages as a member of the group, commits the last of each partition, and gives the values. */
const consume = (address: string, groupId: string, topic: string, count: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const consumer = yield* opened(
        () =>
          new Consumer({
            groupId,
            clientId: "consumer",
            bootstrapBrokers: [address],
            deserializers: stringDeserializers,
            sessionTimeout: 6000,
            heartbeatInterval: 200
          }),
        (one) => one.close(true)
      )
      return yield* Effect.promise(async () => {
        const stream = await consumer.consume({
          topics: [topic],
          mode: MessagesStreamModes.COMMITTED,
          fallbackMode: MessagesStreamFallbackModes.EARLIEST,
          autocommit: false,
          maxWaitTime: 100
        })
        const values: Array<string> = []
        for await (const message of stream) {
          expect(message.headers.get("number")).toBe(message.value.slice("value-".length))
          values.push(message.value)
          await message.commit()
          if (values.length === count) break
        }
        return values
      })
    })
  )

it.live("@platformatic/kafka creates a topic, produces, consumes in a group, and goes on from what it committed", () =>
  Effect.scoped(
    Effect.gen(function* () {
      const { address } = yield* Broker.start()
      const bootstrapBrokers = [address]
      const admin = yield* opened(
        () => new Admin({ clientId: "admin", bootstrapBrokers }),
        (one) => one.close()
      )
      const producer = yield* opened(
        () =>
          new Producer({ clientId: "producer", bootstrapBrokers, serializers: stringSerializers, idempotent: true }),
        (one) => one.close()
      )
      const send = (from: number, count: number) =>
        Effect.promise(() => producer.send({ acks: -1, messages: messages("orders", from, count) }))
      yield* Effect.promise(() => admin.createTopics({ topics: ["orders"], partitions: 3, replicas: 1 }))
      expect(yield* Effect.promise(() => admin.listTopics())).toContain("orders")

      yield* send(0, 100)
      const first = yield* consume(address, "shop", "orders", 100)
      expect(new Set(first)).toEqual(new Set(messages("orders", 0, 100).map(({ value }) => value)))

      yield* send(100, 50)
      const second = yield* consume(address, "shop", "orders", 50)
      expect(new Set(second)).toEqual(new Set(messages("orders", 100, 50).map(({ value }) => value)))

      yield* Effect.promise(() => admin.deleteTopics({ topics: ["orders"] }))
      expect(yield* Effect.promise(() => admin.listTopics())).not.toContain("orders")
    })
  )
)
