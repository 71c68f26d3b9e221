import { getOrThrow } from "effect/Result"
import { describe, expect, it } from "vitest"
import { apis, encodeResponse } from "../../../core/protocol/index.ts"
import type { ApiName, Message } from "../../../core/protocol/index.ts"
import { metadata, versionsOf } from "./KafkajsProtocol.ts"

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
