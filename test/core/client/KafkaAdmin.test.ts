import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { MemoryNetwork } from "../../../adapters/memory/index.ts"
import { connectAdmin } from "../../../core/client/index.ts"
import { ErrorCode } from "../../../core/protocol/index.ts"
import { ScriptedBroker, type ScriptedBrokerOptions } from "./ScriptedBroker.ts"

const connect = Effect.fnUntraced(function* (script?: ScriptedBrokerOptions["script"]) {
  const network = MemoryNetwork.make()
  const broker = yield* ScriptedBroker.start({ network, topics: { t: 2 }, ...(script === undefined ? {} : { script }) })
  const timeouts = { connectTimeoutMs: 1000, requestTimeoutMs: 1000 }
  return { broker, admin: yield* connectAdmin({ network, address: broker.address, clientId: "test", ...timeouts }) }
})

describe("connectAdmin", () => {
  it.live("tells the cluster and the partitions of topics, in order, and never creates a topic", () =>
    Effect.gen(function* () {
      const { admin, broker } = yield* connect()
      const { brokers, topics } = yield* admin.describe(["t", "missing"])
      expect(brokers).toEqual([{ nodeId: 1, address: broker.address }])
      expect(topics[0]?.partitions).toEqual([
        { partition: 0, errorCode: 0, leader: 1, replicas: [1], inSync: [1] },
        { partition: 1, errorCode: 0, leader: 1, replicas: [1], inSync: [1] }
      ])
      expect(topics[1]).toEqual({
        name: "missing",
        errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        partitions: [],
        operations: undefined
      })
      const asked = broker.seen.flatMap(({ request }) => (request.name === "Metadata" ? [request.body] : []))
      expect(asked.map(({ allowAutoTopicCreation }) => allowAutoTopicCreation)).toEqual([false])
    })
  )

  it.live("a partition without a leader has none", () =>
    Effect.gen(function* () {
      const { admin } = yield* connect(({ request }) => {
        if (request.name !== "Metadata") return undefined
        const place = { replicaNodes: [1, 2], isrNodes: [2] }
        const partitions = [{ errorCode: 5, partitionIndex: 1, leaderId: -1, ...place }]
        return { _tag: "Body", body: { brokers: [], topics: [{ errorCode: 0, name: "t", partitions }] } }
      })
      const { topics } = yield* admin.describe(["t"])
      expect(topics[0]?.partitions).toEqual([
        { partition: 1, errorCode: 5, leader: undefined, replicas: [1, 2], inSync: [2] }
      ])
    })
  )

  it.live("tells the versions that the broker lists", () =>
    Effect.gen(function* () {
      const { admin } = yield* connect()
      expect((yield* admin.versions).get(3)).toEqual({ min: 0, max: 12 })
    })
  )

  it.live("says who asks for versions, and fails where they are refused", () =>
    Effect.gen(function* () {
      let count = 0
      const { admin, broker } = yield* connect(({ request }) => {
        if (request.name !== "ApiVersions" || ++count === 1) return undefined
        return { _tag: "Body", body: { errorCode: ErrorCode.INVALID_REQUEST, apiKeys: [] } }
      })
      expect(yield* Effect.flip(admin.versions)).toMatchObject({
        reason: "Unsupported",
        message: expect.stringContaining("INVALID_REQUEST")
      })
      const asked = broker.seen.flatMap(({ request }) => (request.name === "ApiVersions" ? [request.body] : []))
      expect(asked.map(({ clientSoftwareName }) => clientSoftwareName)).toEqual(["odradek", "odradek"])
    })
  )

  it.live("tells the settings of a topic that the broker shows, and why it shows none", () =>
    Effect.gen(function* () {
      const { admin } = yield* connect(({ request }) => {
        if (request.name !== "DescribeConfigs") return undefined
        const setting = { readOnly: false, isSensitive: false }
        const configs = [
          { ...setting, name: "retention.ms", value: "1000" },
          { ...setting, name: "hidden", value: null }
        ]
        const results = request.body.resources.map(({ resourceName, resourceType }) => {
          const errorCode = resourceName === "t" ? 0 : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
          return { errorCode, resourceType, resourceName, configs: errorCode === 0 ? configs : [] }
        })
        return { _tag: "Body", body: { results } }
      })
      expect(yield* admin.settings("t")).toEqual({ errorCode: 0, settings: new Map([["retention.ms", "1000"]]) })
      expect(yield* admin.settings("u")).toEqual({
        errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        settings: new Map()
      })
    })
  )

  it.live("tells what one may do with a topic and with a group, and who coordinates that", () =>
    Effect.gen(function* () {
      const group = { errorCode: 0, groupState: "Dead", protocolType: "", protocolData: "", members: [] }
      const { admin, broker } = yield* connect(({ request }) => {
        if (request.name === "Metadata") {
          const topic = { errorCode: 0, name: "t", partitions: [], topicAuthorizedOperations: 1 << 3 }
          return { _tag: "Body", body: { brokers: [], topics: [topic] } }
        }
        if (request.name === "FindCoordinator") {
          const coordinators = [{ key: "g", nodeId: 2, host: "there", port: 9, errorCode: 0 }]
          return { _tag: "Body", body: { coordinators } }
        }
        if (request.name !== "DescribeGroups") return undefined
        const groups = request.body.groups.map((groupId) => ({ ...group, groupId, authorizedOperations: 1 << 8 }))
        return { _tag: "Body", body: { groups } }
      })
      expect((yield* admin.describe(["t"])).topics[0]?.operations).toEqual(new Set(["Read"]))
      expect(yield* admin.coordinator("g")).toEqual({ errorCode: 0, address: { host: "there", port: 9 } })
      expect(yield* admin.groupRights("g")).toEqual({ errorCode: 0, operations: new Set(["Describe"]) })
      const asked = broker.seen.flatMap(({ request }) => (request.name === "DescribeGroups" ? [request.body] : []))
      expect(asked).toEqual([{ groups: ["g"], includeAuthorizedOperations: true }])
    })
  )

  it.live("a request that is not answered ends with its deadline", () =>
    Effect.gen(function* () {
      const { admin } = yield* connect(({ request }) => (request.name === "Metadata" ? { _tag: "Silence" } : undefined))
      expect(yield* Effect.flip(admin.describe([]))).toMatchObject({ reason: "TimedOut" })
    })
  )
})
