import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type Admin, AssignerProtocol, ConfigResourceTypes } from "kafkajs"
import { describe, expect } from "vitest"
import { Broker } from "../../../runtimes/node/Broker.ts"
import { adminOf, consume, consumerOf, producerOf, texts } from "./Clients.ts"

const promise = <A>(run: () => Promise<A>): Effect.Effect<A> => Effect.promise(run)

/** What an operation of kafkajs fails with, as the protocol names it. */
const refusal = (run: () => Promise<unknown>): Effect.Effect<unknown> =>
  promise(() =>
    run().then(
      () => "nothing",
      (error: {
        readonly type?: string
        readonly groups?: ReadonlyArray<{ readonly error: { readonly type: string } }>
      }) => error.type ?? error.groups?.map((group) => group.error.type)
    )
  )

const test = (name: string, run: (admin: Admin, address: string) => Effect.Effect<void, unknown, Scope.Scope>): void =>
  it.live(name, () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { address } = yield* Broker.start()
        yield* run(yield* adminOf(address), address)
      })
    )
  )

/** A topic of some partitions with records in the first two of them. */
const withRecords = Effect.fnUntraced(function* (admin: Admin, address: string, numPartitions = 2) {
  yield* promise(() => admin.createTopics({ topics: [{ topic: "t", numPartitions }] }))
  const producer = yield* producerOf(address)
  yield* promise(() => producer.send({ topic: "t", messages: [...texts(0, 10), ...texts(10, 5, 1)] }))
})

describe.concurrent("kafkajs's admin", () => {
  test("finds the cluster: its broker, controller and id", (admin, address) =>
    Effect.gen(function* () {
      const [host, port] = address.split(":")
      const cluster = yield* promise(() => admin.describeCluster())
      expect(cluster.brokers).toEqual([{ nodeId: 1, host, port: Number(port) }])
      expect(cluster.controller).toBe(1)
      expect(cluster.clusterId).toMatch(/^\S+$/)
    }))

  test("creates topics with settings, and reads them back", (admin) =>
    Effect.gen(function* () {
      const configEntries = [{ name: "cleanup.policy", value: "compact" }]
      yield* promise(() => admin.createTopics({ topics: [{ topic: "t", configEntries }] }))
      const { resources } = yield* promise(() =>
        admin.describeConfigs({
          includeSynonyms: true,
          resources: [
            { type: ConfigResourceTypes.TOPIC, name: "t", configNames: ["cleanup.policy"] },
            { type: ConfigResourceTypes.BROKER, name: "1" }
          ]
        })
      )
      expect(resources.find(({ resourceType }) => resourceType === ConfigResourceTypes.TOPIC)).toMatchObject({
        errorCode: 0,
        configEntries: [{ configName: "cleanup.policy", configValue: "compact", isDefault: false }]
      })
      const broker = resources.find(({ resourceType }) => resourceType === ConfigResourceTypes.BROKER)
      expect(broker?.configEntries).toContainEqual(expect.objectContaining({ configName: "broker.id" }))
    }))

  test("adds partitions, which can be written to at once", (admin, address) =>
    Effect.gen(function* () {
      yield* withRecords(admin, address)
      yield* promise(() => admin.createPartitions({ topicPartitions: [{ topic: "t", count: 3 }] }))
      const { topics } = yield* promise(() => admin.fetchTopicMetadata({ topics: ["t"] }))
      expect(topics[0]?.partitions).toHaveLength(3)
      const producer = yield* producerOf(address)
      yield* promise(() => producer.send({ topic: "t", messages: texts(0, 1, 2) }))
      expect(yield* refusal(() => admin.createPartitions({ topicPartitions: [{ topic: "t", count: 3 }] }))).toBe(
        "INVALID_PARTITIONS"
      )
    }))

  test("finds the offsets of a topic, at its ends and by time", (admin, address) =>
    Effect.gen(function* () {
      yield* withRecords(admin, address)
      const offsets = yield* promise(() => admin.fetchTopicOffsets("t"))
      expect(offsets.toSorted((a, b) => a.partition - b.partition)).toEqual([
        { partition: 0, offset: "10", high: "10", low: "0" },
        { partition: 1, offset: "5", high: "5", low: "0" }
      ])
      const byTime = yield* promise(() => admin.fetchTopicOffsetsByTimestamp("t", 1))
      expect(byTime.map(({ offset }) => offset)).toEqual(["0", "0"])
      const later = yield* promise(() => admin.fetchTopicOffsetsByTimestamp("t", Date.now() + 60_000))
      expect(later.map(({ offset }) => offset).toSorted()).toEqual(["10", "5"])
    }))

  test("deletes records, and a consumer begins with what is left", (admin, address) =>
    Effect.gen(function* () {
      yield* withRecords(admin, address)
      const partitions = [
        { partition: 0, offset: "4" },
        { partition: 1, offset: "-1" }
      ]
      const starts = promise(async () => {
        const offsets = await admin.fetchTopicOffsets("t")
        return offsets.toSorted((a, b) => a.partition - b.partition).map(({ low }) => low)
      })
      expect(yield* starts).toEqual(["0", "0"])
      yield* promise(() => admin.deleteTopicRecords({ topic: "t", partitions }))
      expect(yield* starts).toEqual(["4", "5"])
      const consumer = yield* consumerOf(address, "g", { maxWaitTimeInMs: 100 })
      expect((yield* consume(consumer, "t", 6))[0]).toBe("0@4=value-4")
    }))

  const offsetsOf = (admin: Admin) =>
    promise(async () => {
      const [topic] = await admin.fetchOffsets({ groupId: "g", topics: ["t"] })
      return topic?.partitions.toSorted((a, b) => a.partition - b.partition).map(({ offset }) => offset)
    })

  test("sets and reads the offsets of a group without members", (admin, address) =>
    Effect.gen(function* () {
      yield* withRecords(admin, address)
      const partitions = [
        { partition: 0, offset: "3" },
        { partition: 1, offset: "4" }
      ]
      expect(yield* offsetsOf(admin)).toEqual(["-1", "-1"])
      yield* promise(() => admin.setOffsets({ groupId: "g", topic: "t", partitions }))
      expect(yield* offsetsOf(admin)).toEqual(["3", "4"])
    }))

  test("resets the offsets of a group, which is then read from the beginning", (admin, address) =>
    Effect.gen(function* () {
      yield* withRecords(admin, address)
      yield* promise(() => admin.resetOffsets({ groupId: "g", topic: "t", earliest: true }))
      expect(yield* offsetsOf(admin)).toEqual(["-2", "-2"])
      const consumer = yield* consumerOf(address, "g", { maxWaitTimeInMs: 100 })
      expect(yield* consume(consumer, "t", 15)).toHaveLength(15)
    }))

  test("lists and describes groups, and deletes those without members", (admin, address) =>
    Effect.gen(function* () {
      yield* withRecords(admin, address)
      const used = Effect.gen(function* () {
        yield* consume(yield* consumerOf(address, "g", { maxWaitTimeInMs: 100 }), "t", 15)
        expect((yield* promise(() => admin.listGroups())).groups).toEqual([{ groupId: "g", protocolType: "consumer" }])
        const { groups } = yield* promise(() => admin.describeGroups(["g", "nobody"]))
        expect(groups).toMatchObject([
          { groupId: "g", state: "Stable", protocol: "RoundRobinAssigner", members: [{ clientId: "kafkajs" }] },
          { groupId: "nobody", state: "Dead", members: [] }
        ])
        const member = groups[0]?.members[0]
        const assigned = AssignerProtocol.MemberAssignment.decode(member?.memberAssignment ?? Buffer.alloc(0))
        expect(assigned?.assignment).toEqual({ t: [0, 1] })
        expect(yield* refusal(() => admin.deleteGroups(["g"]))).toEqual(["NON_EMPTY_GROUP"])
      })
      yield* Effect.scoped(used)
      expect(yield* promise(() => admin.describeGroups(["g"]))).toMatchObject({ groups: [{ state: "Empty" }] })
      expect(yield* promise(() => admin.deleteGroups(["g"]))).toEqual([{ groupId: "g", errorCode: 0 }])
      expect((yield* promise(() => admin.listGroups())).groups).toEqual([])
      expect(yield* refusal(() => admin.deleteGroups(["g"]))).toEqual(["GROUP_ID_NOT_FOUND"])
    }))
})
