import { getOrThrow } from "effect/Result"
import { describe, expect, it } from "vitest"
import { apis, decodeRequest, encodeRequest } from "../../../core/protocol/index.ts"
import type { ApiName, Message } from "../../../core/protocol/index.ts"
import { frameOf, metadata, versionsOf } from "./KafkajsProtocol.ts"

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
