import { createRequire } from "node:module"
import { getOrThrow } from "effect/Result"
import { describe, expect, it } from "vitest"
import { apis, decodeRequest, encodeRequest, encodeResponse } from "../../../core/protocol/index.ts"
import type { ApiName, Message } from "../../../core/protocol/index.ts"

// kafkajs knows the older versions and serves as a second opinion on their bytes.

interface KafkajsProtocol {
  readonly request: { readonly apiKey: number; readonly apiVersion: number }
  readonly response: { readonly decode: (bytes: Buffer) => Promise<unknown> }
}
interface KafkajsApi {
  readonly versions: ReadonlyArray<string>
  readonly protocol: (options: { readonly version: number }) => (args: object) => KafkajsProtocol
}

const require = createRequire(import.meta.url)
const frameOf: (request: object) => Promise<{ readonly buffer: Buffer }> = require("kafkajs/src/protocol/request.js")

const versionsOf = (folder: string): KafkajsApi => require(`kafkajs/src/protocol/requests/${folder}/index.js`)

const metadata = Buffer.from([1, 2, 3])

/** Arguments of kafkajs's encoder, and what the request has to say; `undefined` stands for a version's absent field. */
const requests: ReadonlyArray<{
  readonly name: ApiName
  readonly folder: string
  readonly args: object
  readonly body: (version: number) => object
}> = [
  { name: "ApiVersions", folder: "apiVersions", args: {}, body: () => ({}) },
  {
    name: "Metadata",
    folder: "metadata",
    args: { topics: ["a", "ü"], allowAutoTopicCreation: false },
    body: (v) => ({ topics: [{ name: "a" }, { name: "ü" }], allowAutoTopicCreation: v < 4 })
  },
  {
    name: "ListOffsets",
    folder: "listOffsets",
    args: {
      isolationLevel: 1,
      topics: [{ topic: "a", partitions: [{ partition: 3, timestamp: "-1", maxNumOffsets: 7 }] }]
    },
    body: (v) => ({
      replicaId: -1,
      isolationLevel: v < 2 ? 0 : 1,
      topics: [{ name: "a", partitions: [{ partitionIndex: 3, timestamp: -1, maxNumOffsets: v === 0 ? 7 : 1 }] }]
    })
  },
  {
    name: "Fetch",
    folder: "fetch",
    args: {
      maxWaitTime: 500,
      minBytes: 1,
      maxBytes: 1000,
      isolationLevel: 1,
      sessionId: 5,
      sessionEpoch: 6,
      rackId: "r",
      topics: [
        {
          topic: "a",
          partitions: [{ partition: 2, currentLeaderEpoch: 4, fetchOffset: "9007199254740991", maxBytes: 77 }]
        }
      ],
      forgottenTopics: [{ topic: "b", partitions: [1, 2] }]
    },
    body: (v) => ({
      replicaId: -1,
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes: v < 3 ? 0x7fffffff : 1000,
      isolationLevel: v < 4 ? 0 : 1,
      rackId: v < 11 ? "" : "r",
      topics: [
        { topic: "a", partitions: [{ partition: 2, fetchOffset: Number.MAX_SAFE_INTEGER, partitionMaxBytes: 77 }] }
      ]
    })
  },
  {
    name: "OffsetCommit",
    folder: "offsetCommit",
    args: {
      groupId: "g",
      groupGenerationId: 4,
      memberId: "m",
      retentionTime: 99,
      topics: [{ topic: "a", partitions: [{ partition: 2, offset: "12", timestamp: 5, metadata: null }] }]
    },
    body: (v) => ({
      groupId: "g",
      generationIdOrMemberEpoch: v < 1 ? -1 : 4,
      memberId: v < 1 ? "" : "m",
      retentionTimeMs: v < 2 || v > 4 ? -1 : 99,
      topics: [
        {
          name: "a",
          partitions: [
            { partitionIndex: 2, committedOffset: 12, commitTimestamp: v === 1 ? 5 : -1, committedMetadata: null }
          ]
        }
      ]
    })
  },
  {
    name: "OffsetFetch",
    folder: "offsetFetch",
    args: { groupId: "g", topics: [{ topic: "a", partitions: [{ partition: 0 }, { partition: 7 }] }] },
    body: () => ({ groupId: "g", topics: [{ name: "a", partitionIndexes: [0, 7] }] })
  },
  {
    name: "FindCoordinator",
    folder: "findCoordinator",
    args: { groupId: "g", coordinatorType: 1 },
    body: (v) => ({ key: "g", keyType: v < 1 ? 0 : 1 })
  },
  {
    name: "JoinGroup",
    folder: "joinGroup",
    args: {
      groupId: "g",
      sessionTimeout: 30_000,
      rebalanceTimeout: 60_000,
      memberId: "m",
      groupInstanceId: "i",
      protocolType: "consumer",
      groupProtocols: [{ name: "range", metadata }]
    },
    body: (v) => ({
      groupId: "g",
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: v < 1 ? -1 : 60_000,
      memberId: "m",
      groupInstanceId: v < 5 ? null : "i",
      protocolType: "consumer",
      protocols: [{ name: "range", metadata: new Uint8Array(metadata) }]
    })
  },
  {
    name: "SyncGroup",
    folder: "syncGroup",
    args: {
      groupId: "g",
      generationId: 4,
      memberId: "m",
      groupInstanceId: "i",
      groupAssignment: [{ memberId: "m", memberAssignment: metadata }]
    },
    body: (v) => ({
      groupId: "g",
      generationId: 4,
      memberId: "m",
      groupInstanceId: v < 3 ? null : "i",
      assignments: [{ memberId: "m", assignment: new Uint8Array(metadata) }]
    })
  },
  {
    name: "Heartbeat",
    folder: "heartbeat",
    args: { groupId: "g", groupGenerationId: 4, memberId: "m", groupInstanceId: "i" },
    body: (v) => ({ groupId: "g", generationId: 4, memberId: "m", groupInstanceId: v < 3 ? null : "i" })
  },
  {
    name: "LeaveGroup",
    folder: "leaveGroup",
    args: { groupId: "g", memberId: "m", groupInstanceId: "i" },
    body: (v) =>
      v < 3
        ? { groupId: "g", memberId: "m", members: [] }
        : { groupId: "g", memberId: "", members: [{ memberId: "m", groupInstanceId: "i", reason: null }] }
  },
  {
    name: "CreateTopics",
    folder: "createTopics",
    args: {
      timeout: 5000,
      validateOnly: true,
      topics: [
        {
          topic: "a",
          numPartitions: 3,
          replicationFactor: 1,
          replicaAssignment: [{ partition: 0, replicas: [1, 2] }],
          configEntries: [{ name: "cleanup.policy", value: "compact" }]
        }
      ]
    },
    body: (v) => ({
      timeoutMs: 5000,
      validateOnly: v >= 1,
      topics: [
        {
          name: "a",
          numPartitions: 3,
          replicationFactor: 1,
          assignments: [{ partitionIndex: 0, brokerIds: [1, 2] }],
          configs: [{ name: "cleanup.policy", value: "compact" }]
        }
      ]
    })
  },
  {
    name: "DeleteTopics",
    folder: "deleteTopics",
    args: { topics: ["a", "b"], timeout: 5000 },
    body: () => ({ topicNames: ["a", "b"], timeoutMs: 5000 })
  },
  {
    name: "InitProducerId",
    folder: "initProducerId",
    args: { transactionalId: "t", transactionTimeout: 5000 },
    body: () => ({ transactionalId: "t", transactionTimeoutMs: 5000 })
  },
  {
    name: "Produce",
    folder: "produce",
    args: {
      acks: -1,
      timeout: 5000,
      transactionalId: "t",
      topicData: [
        {
          topic: "a",
          partitions: [{ partition: 3, firstSequence: 0, messages: [{ value: Buffer.from("v"), timestamp: 5 }] }]
        }
      ]
    },
    body: (v) => ({
      transactionalId: v < 3 ? null : "t",
      acks: -1,
      timeoutMs: 5000,
      topicData: [{ name: "a", partitionData: [{ index: 3, records: expect.any(Uint8Array) as Uint8Array }] }]
    })
  },
  {
    name: "DescribeConfigs",
    folder: "describeConfigs",
    args: {
      resources: [
        { type: 2, name: "a", configNames: ["retention.ms"] },
        { type: 4, name: "1" }
      ],
      includeSynonyms: true
    },
    body: (v) => ({
      resources: [
        { resourceType: 2, resourceName: "a", configurationKeys: ["retention.ms"] },
        { resourceType: 4, resourceName: "1", configurationKeys: null }
      ],
      includeSynonyms: v > 0
    })
  },
  { name: "ListGroups", folder: "listGroups", args: {}, body: () => ({}) },
  {
    name: "DescribeGroups",
    folder: "describeGroups",
    args: { groupIds: ["g", "h"] },
    body: () => ({ groups: ["g", "h"] })
  },
  { name: "DeleteGroups", folder: "deleteGroups", args: ["g", "h"], body: () => ({ groupsNames: ["g", "h"] }) },
  {
    name: "CreatePartitions",
    folder: "createPartitions",
    args: {
      topicPartitions: [
        { topic: "a", count: 3 },
        { topic: "b", count: 2, assignments: [[1, 2]] }
      ],
      timeout: 7,
      validateOnly: true
    },
    body: () => ({
      topics: [
        { name: "a", count: 3, assignments: null },
        { name: "b", count: 2, assignments: [{ brokerIds: [1, 2] }] }
      ],
      timeoutMs: 7,
      validateOnly: true
    })
  },
  {
    name: "DeleteRecords",
    folder: "deleteRecords",
    args: { topics: [{ topic: "a", partitions: [{ partition: 2, offset: "-1" }] }], timeout: 7 },
    body: () => ({ topics: [{ name: "a", partitions: [{ partitionIndex: 2, offset: -1 }] }], timeoutMs: 7 })
  }
]

describe.each(
  requests.flatMap(({ name, folder, args, body }) =>
    versionsOf(folder).versions.map((version) => ({ name, folder, args, body, version: Number(version) }))
  )
)("$name request version $version", ({ name, folder, args, body, version }) => {
  it("reads what kafkajs writes, and writes the same bytes", async () => {
    const { request } = versionsOf(folder).protocol({ version })(args)
    expect(request.apiVersion).toBe(version)
    const { buffer } = await frameOf({ correlationId: 9, clientId: "me", request })
    const decoded = getOrThrow(decodeRequest(new Uint8Array(buffer).subarray(4)))
    expect(decoded).toMatchObject({ name, header: { apiVersion: version, correlationId: 9, clientId: "me" } })
    expect(decoded.body).toMatchObject(body(version))
    const message: Message = apis[name]
    expect(getOrThrow(encodeRequest(message, decoded.header, decoded.body))).toEqual(new Uint8Array(buffer))
  })
})

/** What we answer, and what kafkajs has to read in it. */
const responses: ReadonlyArray<{
  readonly name: ApiName
  readonly folder: string
  readonly body: object
  readonly read: (version: number) => object
}> = [
  {
    name: "ApiVersions",
    folder: "apiVersions",
    body: { errorCode: 0, apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }] },
    read: () => ({ errorCode: 0, apiVersions: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }] })
  },
  {
    name: "Metadata",
    folder: "metadata",
    body: {
      brokers: [{ nodeId: 1, host: "h", port: 9092, rack: "r" }],
      clusterId: "c",
      controllerId: 1,
      topics: [
        {
          errorCode: 0,
          name: "a",
          isInternal: true,
          partitions: [
            { errorCode: 0, partitionIndex: 2, leaderId: 1, replicaNodes: [1, 2], isrNodes: [1], offlineReplicas: [2] }
          ]
        }
      ]
    },
    read: (v) => ({
      brokers: [{ nodeId: 1, host: "h", port: 9092 }],
      ...(v < 1 ? {} : { controllerId: 1 }),
      ...(v < 2 ? {} : { clusterId: "c" }),
      topicMetadata: [
        {
          topic: "a",
          topicErrorCode: 0,
          partitionMetadata: [
            {
              partitionErrorCode: 0,
              partitionId: 2,
              leader: 1,
              replicas: [1, 2],
              isr: [1],
              ...(v < 5 ? {} : { offlineReplicas: [2] })
            }
          ]
        }
      ]
    })
  },
  {
    name: "ListOffsets",
    folder: "listOffsets",
    body: {
      topics: [
        { name: "a", partitions: [{ partitionIndex: 2, errorCode: 0, oldStyleOffsets: [8], timestamp: 5, offset: 8 }] }
      ]
    },
    read: (v) => ({
      responses: [
        {
          topic: "a",
          partitions: [
            { partition: 2, errorCode: 0, ...(v < 1 ? { offsets: ["8"] } : { timestamp: "5", offset: "8" }) }
          ]
        }
      ]
    })
  },
  {
    name: "Fetch",
    folder: "fetch",
    body: {
      responses: [
        {
          topic: "a",
          partitions: [
            {
              partitionIndex: 2,
              errorCode: 1,
              highWatermark: Number.MAX_SAFE_INTEGER,
              lastStableOffset: 7,
              logStartOffset: 3,
              abortedTransactions: [{ producerId: 4, firstOffset: 5 }],
              preferredReadReplica: 6,
              records: new Uint8Array(0)
            }
          ]
        }
      ]
    },
    read: (v) => ({
      responses: [
        {
          topicName: "a",
          partitions: [
            {
              partition: 2,
              errorCode: 1,
              highWatermark: "9007199254740991",
              ...(v < 4 ? {} : { lastStableOffset: "7", abortedTransactions: [{ producerId: "4", firstOffset: "5" }] }),
              ...(v < 11 ? {} : { preferredReadReplica: 6 }),
              messages: []
            }
          ]
        }
      ]
    })
  },
  {
    name: "OffsetCommit",
    folder: "offsetCommit",
    body: { topics: [{ name: "a", partitions: [{ partitionIndex: 2, errorCode: 25 }] }] },
    read: () => ({ responses: [{ topic: "a", partitions: [{ partition: 2, errorCode: 25 }] }] })
  },
  {
    name: "OffsetFetch",
    folder: "offsetFetch",
    body: {
      topics: [{ name: "a", partitions: [{ partitionIndex: 2, committedOffset: 12, metadata: "x", errorCode: 0 }] }]
    },
    read: (v) => ({
      responses: [{ topic: "a", partitions: [{ partition: 2, offset: "12", metadata: "x", errorCode: 0 }] }],
      ...(v < 2 ? {} : { errorCode: 0 })
    })
  },
  {
    name: "FindCoordinator",
    folder: "findCoordinator",
    body: { nodeId: 1, host: "h", port: 9092 },
    read: () => ({ errorCode: 0, coordinator: { nodeId: 1, host: "h", port: 9092 } })
  },
  {
    name: "JoinGroup",
    folder: "joinGroup",
    body: {
      errorCode: 0,
      generationId: 4,
      protocolName: "range",
      leader: "m",
      memberId: "m",
      members: [{ memberId: "m", groupInstanceId: "i", metadata }]
    },
    read: (v) => ({
      errorCode: 0,
      generationId: 4,
      groupProtocol: "range",
      leaderId: "m",
      memberId: "m",
      members: [{ memberId: "m", memberMetadata: metadata, ...(v < 5 ? {} : { groupInstanceId: "i" }) }]
    })
  },
  {
    name: "SyncGroup",
    folder: "syncGroup",
    body: { errorCode: 0, assignment: metadata },
    read: () => ({ errorCode: 0, memberAssignment: metadata })
  },
  { name: "Heartbeat", folder: "heartbeat", body: { errorCode: 27 }, read: () => ({ errorCode: 27 }) },
  {
    name: "LeaveGroup",
    folder: "leaveGroup",
    body: { errorCode: 0, members: [{ memberId: "m", groupInstanceId: "i", errorCode: 0 }] },
    read: (v) => ({
      errorCode: 0,
      ...(v < 3 ? {} : { members: [{ memberId: "m", groupInstanceId: "i", errorCode: 0 }] })
    })
  },
  {
    name: "CreateTopics",
    folder: "createTopics",
    body: { topics: [{ name: "a", errorCode: 36, errorMessage: "exists" }] },
    read: (v) => ({ topicErrors: [{ topic: "a", errorCode: 36, ...(v < 1 ? {} : { errorMessage: "exists" }) }] })
  },
  {
    name: "DeleteTopics",
    folder: "deleteTopics",
    body: { responses: [{ name: "a", errorCode: 3 }] },
    read: () => ({ topicErrors: [{ topic: "a", errorCode: 3 }] })
  },
  {
    name: "InitProducerId",
    folder: "initProducerId",
    body: { errorCode: 0, producerId: 1000, producerEpoch: 2 },
    read: () => ({ errorCode: 0, producerId: "1000", producerEpoch: 2 })
  },
  {
    name: "Produce",
    folder: "produce",
    body: {
      responses: [
        {
          name: "a",
          partitionResponses: [{ index: 2, errorCode: 0, baseOffset: 12, logAppendTimeMs: 5, logStartOffset: 3 }]
        }
      ]
    },
    read: () => ({ topics: [{ topicName: "a", partitions: [{ partition: 2, errorCode: 0 }] }] })
  },
  {
    name: "DescribeConfigs",
    folder: "describeConfigs",
    body: {
      results: [
        {
          errorCode: 0,
          errorMessage: null,
          resourceType: 2,
          resourceName: "a",
          configs: [
            {
              name: "k",
              value: "v",
              readOnly: true,
              isDefault: true,
              configSource: 5,
              isSensitive: false,
              synonyms: [{ name: "s", value: "w", source: 5 }]
            }
          ]
        }
      ]
    },
    read: (v) => ({
      resources: [
        {
          errorCode: 0,
          resourceType: 2,
          resourceName: "a",
          configEntries: [
            {
              configName: "k",
              configValue: "v",
              readOnly: true,
              isDefault: true,
              configSource: 5,
              isSensitive: false,
              ...(v < 1 ? {} : { configSynonyms: [{ configName: "s", configValue: "w", configSource: 5 }] })
            }
          ]
        }
      ]
    })
  },
  {
    name: "ListGroups",
    folder: "listGroups",
    body: { errorCode: 0, groups: [{ groupId: "g", protocolType: "consumer", groupState: "Stable" }] },
    read: () => ({ errorCode: 0, groups: [{ groupId: "g", protocolType: "consumer" }] })
  },
  {
    name: "DescribeGroups",
    folder: "describeGroups",
    body: {
      groups: [
        {
          errorCode: 0,
          groupId: "g",
          groupState: "Stable",
          protocolType: "consumer",
          protocolData: "range",
          members: [
            { memberId: "m", clientId: "c", clientHost: "/h", memberMetadata: metadata, memberAssignment: metadata }
          ]
        }
      ]
    },
    read: () => ({
      groups: [
        {
          errorCode: 0,
          groupId: "g",
          state: "Stable",
          protocolType: "consumer",
          protocol: "range",
          members: [
            { memberId: "m", clientId: "c", clientHost: "/h", memberMetadata: metadata, memberAssignment: metadata }
          ]
        }
      ]
    })
  },
  {
    name: "DeleteGroups",
    folder: "deleteGroups",
    body: { results: [{ groupId: "g", errorCode: 68 }] },
    read: () => ({ results: [{ groupId: "g", errorCode: 68 }] })
  },
  {
    name: "CreatePartitions",
    folder: "createPartitions",
    body: { results: [{ name: "a", errorCode: 37, errorMessage: "m" }] },
    read: () => ({ topicErrors: [{ topic: "a", errorCode: 37, errorMessage: "m" }] })
  },
  {
    name: "DeleteRecords",
    folder: "deleteRecords",
    body: { topics: [{ name: "a", partitions: [{ partitionIndex: 2, lowWatermark: 5, errorCode: 0 }] }] },
    read: () => ({ topics: [{ topic: "a", partitions: [{ partition: 2, lowWatermark: 5n, errorCode: 0 }] }] })
  }
]

describe.each(
  responses.flatMap(({ name, folder, body, read }) =>
    versionsOf(folder).versions.map((version) => ({ name, folder, body, read, version: Number(version) }))
  )
)("$name response version $version", ({ name, folder, body, read, version }) => {
  it("is read by kafkajs as it was meant", async () => {
    const message: Message = apis[name]
    const frame = getOrThrow(encodeResponse(message, { apiVersion: version, correlationId: 9 }, body))
    const { response } = versionsOf(folder).protocol({ version })({ topics: [], topicData: [] })
    expect(await response.decode(Buffer.from(frame.subarray(8)))).toMatchObject(read(version))
  })
})
