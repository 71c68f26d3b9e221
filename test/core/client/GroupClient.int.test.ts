import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import { Kafka, logLevel } from "kafkajs"
import { describe, expect } from "vitest"
import { TcpNetwork } from "../../../adapters/tcp/index.ts"
import { GroupClient } from "../../../core/client/index.ts"
import { consumerGroupContract } from "../../../core/ports/contract/index.ts"
import type { GroupEvent, Network } from "../../../core/ports/index.ts"
import { Broker } from "../../../runtimes/node/index.ts"
import { createTopic } from "./CreateTopic.ts"
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
      const group = yield* GroupClient.make({
        bootstrap: [broker],
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

describe("GroupClient keeps the contract of a consumer group", () => {
  for (const { name, run } of consumerGroupContract(embedded)) {
    it.live(name, () => Effect.scoped(run))
  }
})

const kafkaOf = (broker: { readonly address: string }) =>
  new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING })

describe("GroupClient", () => {
  it.live("commits what other clients see, with its client id beside it", () =>
    Effect.gen(function* () {
      const broker = yield* Broker.start({ defaultPartitions: 2 })
      yield* createTopic(TcpNetwork, broker, "t", 2)
      const group = yield* GroupClient.make({
        bootstrap: [broker],
        network: TcpNetwork,
        groupId: "g",
        clientId: "me"
      })
      const has = Deferred.makeUnsafe<void>()
      const { commit } = yield* group.join(["t"], () => Effect.sync(() => Deferred.doneUnsafe(has, Effect.void)))
      yield* Deferred.await(has)
      yield* commit([{ topic: "t", partition: 1, offset: 42 }])
      const admin = kafkaOf(broker).admin()
      const told = yield* Effect.promise(async () => {
        await admin.connect()
        const offsets = await admin.fetchOffsets({ groupId: "g", topics: ["t"] })
        await admin.disconnect()
        return offsets
      })
      expect(told[0]?.partitions.find(({ partition }) => partition === 1)).toMatchObject({
        offset: "42",
        metadata: "me"
      })
    })
  )

  it.live("ends with what to do when consumers of another kind are in the group", () =>
    Effect.gen(function* () {
      const broker = yield* Broker.start({ defaultPartitions: 2 })
      yield* createTopic(TcpNetwork, broker, "t", 2)
      const consumer = kafkaOf(broker).consumer({ groupId: "g", maxWaitTimeInMs: 100 })
      yield* Effect.acquireRelease(
        Effect.promise(async () => {
          await consumer.connect()
          await consumer.subscribe({ topics: ["t"] })
          await new Promise<void>((resolve) => {
            consumer.on(consumer.events.GROUP_JOIN, () => resolve())
            void consumer.run({ eachMessage: async () => undefined })
          })
        }),
        () => Effect.promise(() => consumer.disconnect())
      )
      const group = yield* GroupClient.make({ bootstrap: [broker], network: TcpNetwork, groupId: "g" })
      const { ended } = yield* group.join(["t"], () => Effect.void)
      const error = yield* Effect.flip(ended)
      expect(error).toMatchObject({ reason: "Refused", operation: "join", group: "g" })
      expect(error.message).toBe(
        "The coordinator of group g refused us (INCONSISTENT_GROUP_PROTOCOL): give the group a name that no other kind of consumer uses."
      )
    })
  )

  it.live("ends with what to do when the broker allows no such session", () =>
    Effect.gen(function* () {
      const broker = yield* Broker.start({ groupMinSessionTimeoutMs: 6000 })
      const options = { bootstrap: [broker], network: TcpNetwork, groupId: "g", sessionTimeoutMs: 5000 }
      const group = yield* GroupClient.make(options)
      const { ended } = yield* group.join(["t"], () => Effect.void)
      expect((yield* Effect.flip(ended)).message).toContain("choose a session timeout that the broker allows")
    })
  )

  it.live("goes on when the broker was away for less than a session, and joins anew where it is forgotten", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "odradek-group-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
      )
      const scope = yield* Scope.make()
      const broker = yield* Scope.provide(Broker.start({ data: folder }), scope)
      yield* createTopic(TcpNetwork, broker, "t", 2)
      const options = { bootstrap: [broker], network: TcpNetwork, groupId: "g", heartbeatMs: 50 }
      const group = yield* GroupClient.make({ ...options, requestTimeoutMs: 2000 })
      const events = yield* Queue.unbounded<GroupEvent>()
      const { commit, waiting } = yield* group.join(["t"], (event) => Effect.asVoid(Queue.offer(events, event)))
      expect((yield* Queue.take(events))._tag).toBe("Assigned")
      yield* Scope.close(scope, Exit.void)
      while (waiting() === undefined) yield* Effect.sleep(5)
      expect(waiting()?.message).toContain(`Group g waits for its coordinator: `)
      yield* Broker.start({ data: folder, listen: broker.address })
      expect((yield* Queue.take(events))._tag).toBe("Lost")
      expect((yield* Queue.take(events))._tag).toBe("Assigned")
      while (waiting() !== undefined) yield* Effect.sleep(5)
      yield* commit([{ topic: "t", partition: 0, offset: 1 }])
      expect(yield* group.committed([{ topic: "t", partition: 0 }])).toEqual([{ topic: "t", partition: 0, offset: 1 }])
    }).pipe(Effect.provide(Logger.layer([])))
  )
})
