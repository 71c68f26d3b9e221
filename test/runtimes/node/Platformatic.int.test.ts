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
import * as Schedule from "effect/Schedule"
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

const adminOf = (address: string) =>
  opened(
    () => new Admin({ clientId: "admin", bootstrapBrokers: [address] }),
    (one) => one.close()
  )

const producerOf = (address: string) =>
  opened(
    () =>
      new Producer({
        clientId: "producer",
        bootstrapBrokers: [address],
        serializers: stringSerializers,
        idempotent: true
      }),
    (one) => one.close()
  )

const consumerOf = (address: string, groupId: string) =>
  opened(
    () =>
      new Consumer({
        groupId,
        clientId: "consumer",
        bootstrapBrokers: [address],
        deserializers: stringDeserializers,
        sessionTimeout: 6000,
        heartbeatInterval: 100
      }),
    (one) => one.close(true)
  )

/** What a consumer takes, from the group's offsets or the beginning. */
const streamOptions = (topic: string) => ({
  topics: [topic],
  mode: MessagesStreamModes.COMMITTED,
  fallbackMode: MessagesStreamFallbackModes.EARLIEST,
  autocommit: false,
  maxWaitTime: 100
})

/** Takes `count` messages as a member of the group, commits the last of each partition, and gives the values. */
const consume = (address: string, groupId: string, topic: string, count: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const consumer = yield* consumerOf(address, groupId)
      return yield* Effect.promise(async () => {
        const stream = await consumer.consume(streamOptions(topic))
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
      const admin = yield* adminOf(address)
      const producer = yield* producerOf(address)
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

const promise = <A>(run: () => Promise<A>): Effect.Effect<A> => Effect.promise(run)

/** The partitions of each member, once the group is stable with so many members. */
const assignments = (admin: Admin, groupId: string, members: number) =>
  promise(() => admin.describeGroups({ groups: [groupId] })).pipe(
    Effect.map((groups) => groups.get(groupId)),
    Effect.repeat({
      until: (group) => String(group?.state) === "Stable" && group?.members.size === members,
      schedule: Schedule.spaced(20)
    }),
    Effect.map((group) =>
      Array.from(group?.members.values() ?? [], (member) => member.assignments?.get("orders")?.partitions ?? [])
    )
  )

it.live(
  "@platformatic/kafka shares a topic out among two members of a group, and gives all to the one that stays",
  () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { address } = yield* Broker.start()
        const admin = yield* adminOf(address)
        const producer = yield* producerOf(address)
        yield* promise(() => admin.createTopics({ topics: ["orders"], partitions: 4, replicas: 1 }))
        const seen = new Set<string>()
        const read = Effect.fnUntraced(function* () {
          const consumer = yield* consumerOf(address, "shop")
          const stream = yield* promise(() => consumer.consume(streamOptions("orders")))
          stream.on("data", ({ value }) => seen.add(value))
        })
        const send = (from: number) =>
          promise(() => producer.send({ acks: -1, messages: messages("orders", from, 100) }))
        const complete = (count: number) =>
          Effect.repeat(
            Effect.sync(() => seen.size),
            { until: (size) => size >= count, schedule: Schedule.spaced(20) }
          )
        yield* read()
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* read()
            const shares = yield* assignments(admin, "shop", 2)
            expect(shares.map((share) => share.length)).toEqual([2, 2])
            expect(shares.flat().toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3])
            yield* send(0)
            expect(yield* complete(100)).toBe(100)
          })
        )
        const [share] = yield* assignments(admin, "shop", 1)
        expect(share?.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3])
        yield* send(100)
        expect(yield* complete(200)).toBe(200)
      })
    )
)

it.live("@platformatic/kafka administers topics, settings, partitions, offsets and groups", () =>
  Effect.scoped(
    Effect.gen(function* () {
      const { address } = yield* Broker.start()
      const admin = yield* adminOf(address)
      const producer = yield* producerOf(address)
      const configs = [{ name: "retention.ms", value: "5000" }]
      const made = yield* promise(() => admin.createTopics({ topics: ["orders"], partitions: 1, replicas: 1, configs }))
      expect(made).toMatchObject([{ name: "orders", partitions: 1, configuration: { "retention.ms": "5000" } }])
      const [settings] = yield* promise(() =>
        admin.describeConfigs({
          includeSynonyms: true,
          resources: [{ resourceType: 2, resourceName: "orders", configurationKeys: ["retention.ms"] }]
        })
      )
      expect(settings?.configs).toMatchObject([{ name: "retention.ms", value: "5000", synonyms: [{}, {}] }])

      yield* promise(() => admin.createPartitions({ topics: [{ name: "orders", count: 2, assignments: [] }] }))
      yield* promise(() =>
        producer.send({ acks: -1, messages: [{ topic: "orders", partition: 1, key: "k", value: "v" }] })
      )
      const partitions = [{ partitionIndex: 1, timestamp: -1n }]
      const [listed] = yield* promise(() => admin.listOffsets({ topics: [{ name: "orders", partitions }] }))
      expect(listed?.partitions).toMatchObject([{ partitionIndex: 1, offset: 1n }])

      const partitionOffsets = [{ partition: 1, offset: 1n }]
      const topics = [{ name: "orders", partitionOffsets }]
      yield* promise(() => admin.alterConsumerGroupOffsets({ groupId: "shop", topics }))
      const [offsets] = yield* promise(() => admin.listConsumerGroupOffsets({ groups: ["shop"] }))
      expect(offsets?.topics).toMatchObject([{ name: "orders", partitions: [{ committedOffset: 1n }] }])
      const groups = yield* promise(() => admin.listGroups())
      expect(groups.get("shop")).toMatchObject({ id: "shop", state: "Empty" })
      yield* promise(() => admin.deleteGroups({ groups: ["shop"] }))
      expect(yield* promise(() => admin.listGroups())).toEqual(new Map())
    })
  )
)
