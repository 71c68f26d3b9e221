import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { compressionOf, decompress } from "../../../../adapters/compression/index.ts"
import type { MemoryDisk } from "../../../../adapters/memory/index.ts"
import { encodeOffset } from "../../../../core/broker/OffsetRecords.ts"
import { encodeBatch } from "../../../../core/log/index.ts"
import { type Disk, DiskError } from "../../../../core/ports/index.ts"
import { advertisedApis, ErrorCode } from "../../../../core/protocol/index.ts"
import { BrokerBench } from "../BrokerBench.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const withTopic = (): BrokerBench => {
  const bench = new BrokerBench()
  bench.createTopic("t", 2)
  return bench
}

const joinBody = (memberId = "", groupId = "g") => ({
  groupId,
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 10_000,
  memberId,
  protocolType: "consumer",
  protocols: [{ name: "range", metadata: bytes("m") }]
})

/** A group of one member that is stable in generation 1. */
const withMember = () => {
  const bench = withTopic()
  const memberId = bench.ask("JoinGroup", 5, joinBody()).memberId
  bench.ask("JoinGroup", 5, joinBody(memberId))
  bench.ask("SyncGroup", 3, {
    groupId: "g",
    generationId: 1,
    memberId,
    assignments: [{ memberId, assignment: bytes("all") }]
  })
  return { bench, memberId }
}

describe("what a group keeps of a request", () => {
  it("does not keep the whole request in memory", () => {
    const { bench, memberId } = withMember()
    const member = bench.state.groups.get("g")?.members.get(memberId)
    const kept = [member?.protocols[0]?.metadata, member?.assignment]
    expect(kept.map((bytes) => [bytes?.length, bytes?.buffer.byteLength])).toEqual([
      [1, 1],
      [3, 3]
    ])
  })
})

interface Commit {
  readonly groupId?: string
  readonly generation?: number
  readonly memberId?: string
  readonly version?: number
  readonly topic?: string
  readonly partition?: number
  readonly offset?: number
  readonly metadata?: string | null
  readonly leaderEpoch?: number
}

const commit = (bench: BrokerBench, options: Commit = {}) => {
  const { generation = -1, groupId = "g", memberId = "", topic = "t", version = 7 } = options
  const partition = {
    partitionIndex: options.partition ?? 0,
    committedOffset: options.offset ?? 5,
    committedLeaderEpoch: options.leaderEpoch ?? -1,
    committedMetadata: options.metadata ?? null
  }
  const body = {
    groupId,
    generationIdOrMemberEpoch: generation,
    memberId,
    topics: [{ name: topic, partitions: [partition] }]
  }
  return bench.ask("OffsetCommit", version, body).topics[0]?.partitions[0]?.errorCode
}

const committed = (bench: BrokerBench, partition = 0, groupId = "g") =>
  bench.ask("OffsetFetch", 5, { groupId, topics: [{ name: "t", partitionIndexes: [partition] }] }).topics?.[0]
    ?.partitions[0]

describe("the calls of a group's member", () => {
  it("give it an id, a generation and an assignment", () => {
    const bench = withTopic()
    const first = bench.ask("JoinGroup", 5, joinBody())
    expect(first).toMatchObject({ errorCode: ErrorCode.MEMBER_ID_REQUIRED })
    expect(first.memberId).toMatch(/^client-[0-9a-f-]{36}$/)
    const joined = bench.ask("JoinGroup", 5, joinBody(first.memberId))
    expect(joined).toMatchObject({ errorCode: 0, generationId: 1, leader: first.memberId, protocolName: "range" })
    expect(joined.members).toMatchObject([{ memberId: first.memberId, metadata: bytes("m") }])
  })

  it("take a member of version 3 in at once", () => {
    expect(withTopic().ask("JoinGroup", 3, joinBody())).toMatchObject({ errorCode: 0, generationId: 1 })
  })

  it("let a member of version 0, which has no rebalance timeout, be waited for as long as its session lasts", () => {
    const bench = withTopic()
    const { memberId } = bench.ask("JoinGroup", 0, { ...joinBody(), sessionTimeoutMs: 7000 })
    expect(bench.state.groups.get("g")?.members.get(memberId)?.rebalanceTimeoutMs).toBe(7000)
  })

  it("refuse an empty group id with INVALID_GROUP_ID", () => {
    const bench = withTopic()
    const code = ErrorCode.INVALID_GROUP_ID
    const member = { groupId: "", generationId: 1, memberId: "m" }
    expect(bench.ask("JoinGroup", 5, joinBody("", "")).errorCode).toBe(code)
    expect(bench.ask("SyncGroup", 3, { ...member, assignments: [] }).errorCode).toBe(code)
    expect(bench.ask("Heartbeat", 3, member).errorCode).toBe(code)
    expect(bench.ask("LeaveGroup", 3, { groupId: "", members: [] }).errorCode).toBe(code)
  })

  it("leave with one error for the request before version 3, and one for each member from then on", () => {
    const { bench, memberId } = withMember()
    const unknown = ErrorCode.UNKNOWN_MEMBER_ID
    expect(bench.ask("LeaveGroup", 1, { groupId: "g", memberId: "x" }).errorCode).toBe(unknown)
    const left = bench.ask("LeaveGroup", 3, { groupId: "g", members: [{ memberId: "x" }, { memberId }] })
    expect(left).toMatchObject({ errorCode: 0, members: [{ errorCode: unknown }, { errorCode: 0 }] })
  })

  it("lose a member whose session ends, without anybody's call", () => {
    const { bench, memberId } = withMember()
    const beat = () => bench.ask("Heartbeat", 3, { groupId: "g", generationId: 1, memberId }).errorCode
    bench.tick(9_999)
    expect(beat()).toBe(0)
    bench.tick(10_000)
    expect(beat()).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
    expect(bench.state.groups.size).toBe(0)
  })
})

describe("OffsetCommit and OffsetFetch", () => {
  it("give back offset, leader epoch and metadata as they were committed", () => {
    const bench = withTopic()
    expect(commit(bench, { offset: 7, leaderEpoch: 3, metadata: "note é" })).toBe(0)
    expect(committed(bench)).toMatchObject({
      committedOffset: 7,
      committedLeaderEpoch: 3,
      metadata: "note é",
      errorCode: 0
    })
  })

  it("answer a group that nobody knows, and a partition never committed, with -1 and no error", () => {
    const bench = withTopic()
    commit(bench)
    const nothing = { committedOffset: -1, committedLeaderEpoch: -1, metadata: "", errorCode: 0 }
    expect(committed(bench, 1)).toMatchObject(nothing)
    expect(committed(bench, 0, "unknown")).toMatchObject(nothing)
  })

  it("list everything that a group has committed for null, and nothing for no topics", () => {
    const bench = withTopic()
    commit(bench)
    commit(bench, { partition: 1, offset: 9 })
    expect(bench.ask("OffsetFetch", 2, { groupId: "g", topics: [] }).topics).toEqual([])
    const { topics } = bench.ask("OffsetFetch", 2, { groupId: "g", topics: null })
    expect(topics).toMatchObject([{ name: "t", partitions: [{ committedOffset: 5 }, { committedOffset: 9 }] }])
  })

  it("answer several groups in one request from version 8 on", () => {
    const bench = withTopic()
    commit(bench)
    const groups = ["g", "h"].map((groupId) => ({ groupId, topics: [{ name: "t", partitionIndexes: [0] }] }))
    const answer = bench.ask("OffsetFetch", 8, { groups })
    expect(answer.groups?.map(({ topics }) => topics[0]?.partitions[0]?.committedOffset)).toEqual([5, -1])
  })

  it("let a member commit in its generation only", () => {
    const { bench, memberId } = withMember()
    expect(commit(bench, { generation: 1, memberId })).toBe(0)
    expect(commit(bench, { generation: 0, memberId })).toBe(ErrorCode.ILLEGAL_GENERATION)
    expect(commit(bench, { generation: 1, memberId: "other" })).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
    expect(commit(bench)).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
  })

  it("answer a generation of an unknown group in the words of the version", () => {
    const bench = withTopic()
    expect(commit(bench, { generation: 4, memberId: "m", version: 8 })).toBe(ErrorCode.ILLEGAL_GENERATION)
    expect(commit(bench, { generation: 4, memberId: "m", version: 9 })).toBe(ErrorCode.GROUP_ID_NOT_FOUND)
  })

  it("answer each partition for itself: unknown topics, and metadata above 4096 bytes", () => {
    const bench = withTopic()
    expect(commit(bench, { topic: "missing" })).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    expect(commit(bench, { partition: 2 })).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    expect(commit(bench, { metadata: "é".repeat(2049) })).toBe(ErrorCode.OFFSET_METADATA_TOO_LARGE)
    expect(commit(bench, { metadata: "é".repeat(2048) })).toBe(0)
  })

  it("survive a restart", () => {
    const bench = withTopic()
    for (let offset = 0; offset < 10; offset++) commit(bench, { offset, partition: offset % 2 })
    const next = new BrokerBench({ disk: bench.disk })
    expect([committed(next, 0)?.committedOffset, committed(next, 1)?.committedOffset]).toEqual([8, 9])
  })

  it("forget the offsets of a topic that is deleted, also over a restart", () => {
    const bench = withTopic()
    commit(bench)
    bench.ask("DeleteTopics", 1, { topicNames: ["t"], timeoutMs: 1 })
    bench.createTopic("t")
    expect(committed(bench)?.committedOffset).toBe(-1)
    expect(committed(new BrokerBench({ disk: bench.disk }))?.committedOffset).toBe(-1)
  })

  it("forget the offsets of a topic that is deleted, however many there are", () => {
    const bench = withTopic()
    const groups = Array.from({ length: 1000 }, (_, i) => `${"g".repeat(2000)}${i}`)
    for (const groupId of groups) commit(bench, { groupId })
    bench.ask("DeleteTopics", 1, { topicNames: ["t"], timeoutMs: 1 })
    expect(bench.state.offsets.keysOf("t")).toEqual([])
    expect(new BrokerBench({ disk: bench.disk }).state.offsets.keysOf("t")).toEqual([])
  })

  it("forget the offsets of a topic whose deletion a crash has ended before they were taken back", () => {
    const bench = withTopic()
    commit(bench)
    bench.isHolding = true
    bench.send("DeleteTopics", 1, { topicNames: ["t"], timeoutMs: 1 })
    bench.release()
    const next = new BrokerBench({ disk: bench.disk })
    expect(next.createTopic("t")).toBe(0)
    expect(committed(next)?.committedOffset).toBe(-1)
    expect(committed(new BrokerBench({ disk: bench.disk }))?.committedOffset).toBe(-1)
  })

  it("forget an offset of a deleted topic that was on its way into the log", () => {
    const bench = withTopic()
    commit(bench, { partition: 1 })
    bench.isHolding = true
    const partitions = [{ partitionIndex: 0, committedOffset: 5, committedMetadata: null }]
    bench.send("OffsetCommit", 7, { groupId: "g", topics: [{ name: "t", partitions }] })
    bench.send("DeleteTopics", 1, { topicNames: ["t"], timeoutMs: 1 })
    bench.held.reverse()
    while (bench.held.length > 0) bench.release()
    expect(bench.state.offsets.keysOf("t")).toEqual([])
    expect(new BrokerBench({ disk: bench.disk }).state.offsets.keysOf("t")).toEqual([])
  })

  it("count only what is in the log: a commit that the disk refused is NOT_COORDINATOR and changes nothing", () => {
    const bench = withTopic()
    commit(bench)
    bench.disk.crashAfter(0)
    expect(commit(bench, { offset: 99 })).toBe(ErrorCode.NOT_COORDINATOR)
    expect(committed(bench)?.committedOffset).not.toBe(99)
  })

  it("are read at the start also where Kafka's tools have written them compressed", () => {
    const bench = withTopic()
    commit(bench)
    const value = { offset: 77, leaderEpoch: -1, metadata: "", timestamp: 1 }
    const batch = encodeBatch([encodeOffset({ group: "g", topic: "t", partition: 0 }, value, 1)], {
      compression: Effect.runSync(compressionOf("lz4"))
    })
    expect(bench.produce("__consumer_offsets", batch, { clientId: "__admin_client" })?.errorCode).toBe(0)
    bench.feed({ _tag: "Stop" })
    const next = new BrokerBench({ disk: bench.disk, config: { decompress } })
    expect(committed(next)?.committedOffset).toBe(77)
    expect(next.reports).toEqual([])
  })

  it("answer COORDINATOR_NOT_AVAILABLE while the offsets' files are damaged, never a missing offset", () => {
    const bench = withTopic()
    commit(bench)
    bench.feed({ _tag: "Stop" })
    bench.damage("__consumer_offsets-0")
    const next = new BrokerBench({ disk: bench.disk })
    const code = ErrorCode.COORDINATOR_NOT_AVAILABLE
    expect(committed(next)?.errorCode).toBe(code)
    expect(commit(next)).toBe(code)
    expect(next.ask("JoinGroup", 5, joinBody()).errorCode).toBe(code)
    expect(next.ask("FindCoordinator", 2, { key: "g" }).errorCode).toBe(code)
  })

  it("answer COORDINATOR_NOT_AVAILABLE, and say so, when the disk refuses to read them at the start", () => {
    const bench = withTopic()
    commit(bench)
    const refused = new DiskError({ reason: "Io", operation: "read", path: "p", message: "The disk refuses." })
    const next = new BrokerBench({ disk: bench.disk, on: (disk) => ({ ...disk, read: () => Effect.fail(refused) }) })
    expect(committed(next)?.errorCode).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE)
    expect(next.reports).toEqual([
      expect.stringMatching(/^Committed offsets cannot be read/),
      "Records could not be read. The disk refuses."
    ])
  })

  it("answer COORDINATOR_NOT_AVAILABLE when a batch of theirs has changed on the disk", () => {
    const bench = withTopic()
    commit(bench)
    const changed = (disk: MemoryDisk): Disk => ({
      ...disk,
      read: (path, position, length) =>
        Effect.map(disk.read(path, position, length), (read) => read.map((byte, i) => (i === 100 ? byte ^ 1 : byte)))
    })
    const next = new BrokerBench({ disk: bench.disk, on: changed })
    expect(committed(next)?.errorCode).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE)
    expect(next.reports).toEqual([expect.stringMatching(/^Committed offsets cannot be read/)])
  })
})

describe("FindCoordinator", () => {
  it("names this broker for groups and transactions", () => {
    const bench = new BrokerBench()
    for (const keyType of [0, 1]) {
      expect(bench.ask("FindCoordinator", 2, { key: "k", keyType })).toMatchObject({
        errorCode: 0,
        nodeId: 1,
        host: "here",
        port: 9092
      })
    }
  })

  it("answers many keys from version 4 on, and refuses types that it does not know", () => {
    const bench = new BrokerBench()
    const ask = (keyType: number) =>
      bench.ask("FindCoordinator", 6, { keyType, coordinatorKeys: ["a", "b"] }).coordinators
    expect(ask(0)).toMatchObject([
      { key: "a", errorCode: 0 },
      { key: "b", errorCode: 0 }
    ])
    expect(ask(2)?.[0]?.errorCode).toBe(ErrorCode.INVALID_REQUEST)
  })
})

describe("DescribeCluster", () => {
  it("names the broker at the address that the client has reached, and as the controller", () => {
    expect(new BrokerBench().ask("DescribeCluster", 1, {})).toMatchObject({
      errorCode: 0,
      clusterId: "test",
      controllerId: 1,
      brokers: [{ brokerId: 1, host: "here", port: 9092 }]
    })
  })

  it("has no endpoints of controllers", () => {
    expect(new BrokerBench().ask("DescribeCluster", 1, { endpointType: 2 })).toMatchObject({
      errorCode: ErrorCode.MISMATCHED_ENDPOINT_TYPE,
      errorMessage: expect.stringMatching(/\.$/) as string,
      brokers: []
    })
  })
})

describe("ApiVersions", () => {
  it("lists what is served, from the lowest version that old clients look for", () => {
    const { apiKeys } = new BrokerBench().ask("ApiVersions", 0, {})
    const ranges = new Map(apiKeys.map(({ apiKey, maxVersion, minVersion }) => [apiKey, [minVersion, maxVersion]]))
    expect(ranges.get(0)).toEqual([0, 11])
    expect(ranges.get(1)).toEqual([0, 17])
    expect(ranges.get(11)).toEqual([0, 9])
    expect([...ranges.keys()]).toEqual(advertisedApis.map(({ apiKey }) => apiKey))
  })

  it("refuses a software name that no client may have", () => {
    const named = (clientSoftwareName: string) =>
      new BrokerBench().ask("ApiVersions", 3, { clientSoftwareName, clientSoftwareVersion: "1.0" }).errorCode
    expect(named("kafka-js")).toBe(0)
    expect(named("-bad name")).toBe(ErrorCode.INVALID_REQUEST)
  })
})
