import { describe, expect, it } from "vitest"
import { nilUuid } from "../../../../core/bytes/index.ts"
import { type ApiName, apis, type Apis, ErrorCode, errorName } from "../../../../core/protocol/index.ts"
import { batchOf, BrokerBench } from "../BrokerBench.ts"

/** Kafka's releases in their order. */
const releases = [
  ...["0.8", "0.8.2", "0.9", "0.10.0", "0.10.1", "0.10.2", "0.11", "1.0", "1.1", "2.0", "2.1", "2.2", "2.3", "2.4"],
  ...["2.5", "2.6", "2.7", "2.8", "3.0", "3.1", "3.2", "3.5", "3.6", "3.7", "3.8", "3.9"]
]

/** The release that brought each version of an API, from version 0 on. */
const versions: { readonly [Name in ApiName]: string } = {
  Produce: "0.8 0.9 0.10.0 0.11 1.0 1.0 2.0 2.1 2.4 2.8 3.7 3.8",
  Fetch: "0.8 0.9 0.10.0 0.10.1 0.11 0.11 1.0 1.1 2.0 2.1 2.1 2.3 2.7 3.1 3.5 3.5 3.7 3.9",
  ListOffsets: "0.8 0.10.1 0.11 2.0 2.1 2.2 2.8 3.0 3.6 3.9",
  Metadata: "0.8 0.10.0 0.10.1 0.11 0.11 1.0 2.0 2.1 2.3 2.4 2.8 2.8 3.1",
  OffsetCommit: "0.8 0.8.2 0.9 0.11 2.0 2.1 2.1 2.3 2.4 3.6",
  OffsetFetch: "0.8 0.8.2 0.10.2 0.11 2.0 2.1 2.4 2.5 3.0 3.6",
  FindCoordinator: "0.8.2 0.11 2.0 2.4 3.0 3.8 3.9",
  JoinGroup: "0.9 0.10.1 0.11 2.0 2.2 2.3 2.4 2.5 3.2 3.2",
  Heartbeat: "0.9 0.11 2.0 2.3 2.4",
  LeaveGroup: "0.9 0.11 2.0 2.4 2.4 3.2",
  SyncGroup: "0.9 0.11 2.0 2.3 2.4 2.5",
  DescribeGroups: "0.9 0.11 2.0 2.3 2.4 2.4",
  ListGroups: "0.9 0.11 2.0 2.4 2.6 3.8",
  ApiVersions: "0.10.0 0.11 2.0 2.4 3.9",
  CreateTopics: "0.10.1 0.10.2 0.11 2.0 2.4 2.4 2.7 2.8",
  DeleteTopics: "0.10.1 0.11 2.0 2.1 2.4 2.7 2.8",
  DeleteRecords: "0.11 2.0 2.4",
  InitProducerId: "0.11 2.0 2.4 2.5 2.7 3.9",
  OffsetForLeaderEpoch: "0.11 2.0 2.1 2.3 2.8",
  DescribeConfigs: "0.11 1.1 2.0 2.6 2.8",
  CreatePartitions: "1.0 2.0 2.4 2.7",
  DeleteGroups: "1.1 2.0 2.4",
  DescribeCluster: "2.8 3.7"
}

/** The last error code of each release that brought some. */
const lastCodes: ReadonlyArray<readonly [release: string, code: number]> = [
  ["0.9", 31],
  ["0.10.0", 35],
  ["0.10.1", 42],
  ["0.10.2", 44],
  ["0.11", 55],
  ["1.0", 59],
  ["1.1", 71],
  ["2.0", 72],
  ["2.1", 76],
  ["2.2", 81],
  ["2.3", 82],
  ["2.4", 87],
  ["2.5", 88],
  ["2.7", 99],
  ["2.8", 103],
  ["3.1", 106],
  ["3.6", 113],
  ["3.7", 117],
  ["3.9", 120]
]

const releaseOf = (code: number): string => lastCodes.find(([, last]) => code <= last)?.[0] ?? "later"

/** Whether clients that speak this version, and no later one, know the code. */
const isKnown = (name: ApiName, version: number, code: number): boolean => {
  const release = versions[name].split(" ")[version] ?? ""
  const oldest = Math.max(releases.indexOf(release), releases.indexOf("0.9"))
  return releases.indexOf(releaseOf(code)) <= oldest
}

/** What is said to versions that are older than the error: nothing else says it, and the client is at fault. */
const withoutSubstitute: ReadonlyArray<readonly [name: ApiName, error: keyof typeof ErrorCode]> = [
  ["Produce", "INVALID_RECORD"],
  ["Produce", "UNSUPPORTED_VERSION"],
  ["Fetch", "UNSUPPORTED_VERSION"],
  ["ListOffsets", "INVALID_REQUEST"]
]

type Bodies = { readonly [Name in ApiName]: (version: number) => ReadonlyArray<Apis[Name]["request"]["Input"]> }

const elsewhere = nilUuid.replace("0", "1")
const bytes = new Uint8Array(1)
const member = { groupId: "g", generationId: 7, memberId: "nobody" }
const places = [
  ["missing", 0],
  ["t", 0],
  ["t", 9],
  ["gone", 0]
] as const

/** Requests that a broker has something against. */
const bodies: Bodies = {
  Produce: () =>
    [batchOf("x"), batchOf("y".repeat(2000)), bytes, null].flatMap((records) =>
      [-1, 7].map((acks) => ({
        acks,
        timeoutMs: 1,
        topicData: [...places, ["__consumer_offsets", 0] as const].map(([name, index]) => ({
          name,
          partitionData: [{ index, records: records?.slice() ?? null }]
        }))
      }))
    ),
  Fetch: (version) =>
    [0, 7].flatMap((isolationLevel) =>
      [0, 5].map((sessionId) => ({
        maxWaitMs: 0,
        minBytes: 0,
        isolationLevel,
        sessionId,
        topics: places.map(([topic, partition]) => ({
          topic,
          topicId: version >= 13 ? elsewhere : nilUuid,
          partitions: [
            { partition, fetchOffset: 99, partitionMaxBytes: 1, currentLeaderEpoch: 9 },
            { partition, fetchOffset: 0, partitionMaxBytes: 1 }
          ]
        }))
      }))
    ),
  ListOffsets: () =>
    [0, 7].map((isolationLevel) => ({
      isolationLevel,
      topics: places.map(([name, partitionIndex]) => ({
        name,
        partitions: [-1, -9, 0].map((timestamp) => ({ partitionIndex, timestamp, currentLeaderEpoch: 9 }))
      }))
    })),
  Metadata: (version) => [
    { topics: [{ name: "missing" }, { name: "a b" }, { name: "fresh" }] },
    ...(version < 10
      ? []
      : [
          {
            topics: [
              { name: null, topicId: elsewhere },
              { name: "t", topicId: elsewhere }
            ]
          }
        ])
  ],
  OffsetCommit: () =>
    [-1, 7].map((generationIdOrMemberEpoch) => ({
      groupId: "g",
      generationIdOrMemberEpoch,
      topics: places.map(([name, partitionIndex]) => ({
        name,
        partitions: [{ partitionIndex, committedOffset: 1, committedMetadata: "x".repeat(5000) }]
      }))
    })),
  OffsetFetch: (version) => {
    const topics = places.map(([name, partition]) => ({ name, partitionIndexes: [partition] }))
    return [version < 8 ? { groupId: "g", topics } : { groups: [{ groupId: "g", topics }] }]
  },
  FindCoordinator: (version) =>
    [0, 1, 9].map((keyType) => (version < 4 ? { key: "", keyType } : { keyType, coordinatorKeys: ["", "g"] })),
  JoinGroup: () =>
    ["", "g"].flatMap((groupId) =>
      [1, 10_000].flatMap((sessionTimeoutMs) =>
        ["", "nobody"].map((memberId) => ({
          groupId,
          sessionTimeoutMs,
          memberId,
          groupInstanceId: memberId === "" ? null : "i",
          protocolType: "consumer",
          protocols: [{ name: "range", metadata: bytes }]
        }))
      )
    ),
  Heartbeat: () => [member, { ...member, groupInstanceId: "i" }, { ...member, groupId: "" }],
  LeaveGroup: () =>
    ["g", ""].map((groupId) => ({
      groupId,
      memberId: "nobody",
      members: [{ memberId: "nobody", groupInstanceId: "i" }]
    })),
  SyncGroup: () => ["g", ""].map((groupId) => ({ ...member, groupId, groupInstanceId: "i", assignments: [] })),
  DescribeGroups: () => [{ groups: ["g", "nobody", ""] }],
  ListGroups: () => [{}],
  ApiVersions: () => [{ clientSoftwareName: "-", clientSoftwareVersion: "" }],
  CreateTopics: () => [
    {
      timeoutMs: 1,
      topics: [
        ...["t", "a b", "new", "twice", "twice"].map((name) => ({ name, numPartitions: 1, replicationFactor: 1 })),
        { name: "none", numPartitions: 0, replicationFactor: 1 },
        { name: "many", numPartitions: 100, replicationFactor: 1 },
        { name: "wide", numPartitions: 1, replicationFactor: 9 },
        { name: "set", numPartitions: 1, replicationFactor: 1, configs: [{ name: "no.such", value: "1" }] },
        {
          name: "placed",
          numPartitions: -1,
          replicationFactor: -1,
          assignments: [{ partitionIndex: 0, brokerIds: [9] }]
        }
      ]
    }
  ],
  DeleteTopics: (version) => {
    const names = ["missing", "t", "__consumer_offsets"]
    return [
      version < 6
        ? { topicNames: names, timeoutMs: 1 }
        : { topics: [...names.map((name) => ({ name })), { topicId: elsewhere }, {}], timeoutMs: 1 }
    ]
  },
  DeleteRecords: () => [
    {
      timeoutMs: 1,
      topics: [...places, ["__consumer_offsets", 0] as const].map(([name, partitionIndex]) => ({
        name,
        partitions: [-1, -2, 99].map((offset) => ({ partitionIndex, offset }))
      }))
    }
  ],
  InitProducerId: () => [
    ...[null, "", "tx"].map((transactionalId) => ({ transactionalId, transactionTimeoutMs: 1 })),
    { transactionalId: null, transactionTimeoutMs: 1, producerId: 5, producerEpoch: -1 }
  ],
  OffsetForLeaderEpoch: () => [
    {
      topics: places.map(([topic, partition]) => ({
        topic,
        partitions: [-1, 9].map((currentLeaderEpoch) => ({ partition, leaderEpoch: 0, currentLeaderEpoch }))
      }))
    }
  ],
  DescribeConfigs: () => [
    {
      resources: [
        { resourceType: 2, resourceName: "missing" },
        { resourceType: 2, resourceName: "a b" },
        { resourceType: 4, resourceName: "9" },
        { resourceType: 99, resourceName: "t" }
      ]
    }
  ],
  CreatePartitions: () => [
    {
      timeoutMs: 1,
      topics: [
        { name: "t", count: 1 },
        { name: "missing", count: 2 },
        { name: "gone", count: 100 },
        { name: "__consumer_offsets", count: 2 }
      ]
    }
  ],
  DeleteGroups: () => [{ groupsNames: ["nobody", "g", ""] }],
  DescribeCluster: () => [{ endpointType: 9 }]
}

/** A broker with topics of which one's files are lost; `isBroken` has the disk fail from here on. */
const troubled = (isBroken: boolean): BrokerBench => {
  const before = new BrokerBench()
  before.createTopic("t", 1, { "max.message.bytes": "1000" })
  before.createTopic("gone")
  before.produce("gone", batchOf("a"))
  before.feed({ _tag: "Stop" })
  before.damage("gone-0")
  const bench = new BrokerBench({ disk: before.disk, config: { maxPartitions: isBroken ? 10 : 2 } })
  if (isBroken) bench.disk.crashAfter(0)
  return bench
}

/** Every number in an answer that has this name. */
const numbersIn = (value: unknown, property: string): ReadonlyArray<number> => {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return []
  return Object.entries(value).flatMap(([name, part]: [string, unknown]) =>
    name === property && typeof part === "number" ? [part] : numbersIn(part, property)
  )
}

const every = Object.values(apis).flatMap(({ advertised, name }) =>
  Array.from({ length: advertised.max + 1 }, (_, version) => [name, version] as const)
)

const answers = (name: ApiName, version: number): ReadonlyArray<unknown> =>
  [false, true].flatMap((isBroken) => {
    const bench = troubled(isBroken)
    return bodies[name](version).map((body) => bench.outcome(name, bench.send(name, version, body as never)))
  })

describe.each(every)("%s version %i", (name, version) => {
  it("answers whatever is wrong, in its layout, with errors that clients of its time know, and silences nobody", () => {
    const all = answers(name, version)
    const allowed = withoutSubstitute.flatMap(([api, error]) => (api === name ? ErrorCode[error] : []))
    const unknown = all
      .flatMap((answer) => numbersIn(answer, "errorCode"))
      .filter((code) => !isKnown(name, version, code) && !new Set<number>(allowed).has(code))
    expect([...new Set(unknown.map(errorName))]).toEqual([])
    expect(all.filter((answer) => answer === undefined || typeof answer === "string")).toEqual([])
    expect(numbersIn(all, "throttleTimeMs").filter((ms) => ms !== 0)).toEqual([])
  })
})
