import { describe, expect, it } from "vitest"
import { splitBatches } from "../../../../core/log/index.ts"
import { nilUuid } from "../../../../core/bytes/index.ts"
import { ErrorCode } from "../../../../core/protocol/index.ts"
import { batchOf, BrokerBench } from "../BrokerBench.ts"

const withRecords = (...values: ReadonlyArray<string>): BrokerBench => {
  const bench = new BrokerBench()
  bench.createTopic("t", 2)
  for (const value of values) bench.produce("t", batchOf(value))
  return bench
}

const basesOf = (bytes: Uint8Array | null | undefined): ReadonlyArray<number> =>
  splitBatches(bytes ?? new Uint8Array(0)).batches.map(({ baseOffset }) => baseOffset)

describe("Fetch", () => {
  it("answers with whole batches from the one that holds the offset, and where the log stands", () => {
    const bench = new BrokerBench()
    bench.createTopic("t")
    bench.produce("t", batchOf("a", "b", "c"))
    bench.produce("t", batchOf("d"))
    const answer = bench.fetched(bench.fetch("t", 1))
    expect(basesOf(answer?.records)).toEqual([0, 3])
    expect(answer).toMatchObject({ errorCode: 0, highWatermark: 4, lastStableOffset: 4, logStartOffset: 0 })
  })

  it("takes no longer for each topic when there are many in one request", { timeout: 5000 }, () => {
    const topics = Array.from({ length: 30_000 }, (_, i) => ({
      topic: `missing-${i}`,
      partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 }]
    }))
    const { responses } = new BrokerBench().ask("Fetch", 11, { maxWaitMs: 0, minBytes: 1, maxBytes: 1, topics })
    expect(responses).toHaveLength(topics.length)
  })

  it("answers with at least one batch, however small the bound", () => {
    const bench = withRecords("a", "b")
    expect(basesOf(bench.fetched(bench.fetch("t", 0, { maxBytes: 1 }))?.records)).toEqual([0])
  })

  it("shares the bound among the partitions, and never exceeds it after the first batch", () => {
    const bench = withRecords("a")
    bench.produce("t", batchOf("b"), { index: 1 })
    const partitions = [0, 1].map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1_000_000 }))
    const body = { maxWaitMs: 0, minBytes: 1, maxBytes: 75, topics: [{ topic: "t", partitions }] }
    const { responses } = bench.ask("Fetch", 11, body)
    expect(responses[0]?.partitions.map(({ records }) => basesOf(records))).toEqual([[0], []])
    expect(responses[0]?.partitions[1]).toMatchObject({ errorCode: 0, highWatermark: 1 })
  })

  it("waits for records, and answers as soon as there are some", () => {
    const bench = withRecords()
    const id = bench.fetch("t", 0, { maxWaitMs: 500 })
    expect(bench.fetched(id)).toBeUndefined()
    bench.produce("t", batchOf("a"))
    expect(basesOf(bench.fetched(id)?.records)).toEqual([0])
  })

  it("waits no longer than asked", () => {
    const bench = withRecords()
    const id = bench.fetch("t", 0, { maxWaitMs: 500 })
    bench.tick(499)
    expect(bench.fetched(id)).toBeUndefined()
    bench.tick(1)
    expect(bench.fetched(id)).toMatchObject({ errorCode: 0, highWatermark: 0 })
  })

  it("waits until there are as many bytes as asked", () => {
    const bench = withRecords("a")
    const id = bench.fetch("t", 0, { maxWaitMs: 500, minBytes: 150 })
    expect(bench.fetched(id)).toBeUndefined()
    bench.produce("t", batchOf("b"))
    expect(bench.fetched(id)).toBeUndefined()
    bench.produce("t", batchOf("c"))
    expect(basesOf(bench.fetched(id)?.records)).toEqual([0, 1, 2])
  })

  it("misses no records that come while it reads", () => {
    const bench = withRecords("a")
    bench.isHolding = true
    const partitions = [1, 0].map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1_000_000 }))
    const id = bench.send("Fetch", 11, {
      maxWaitMs: 60_000,
      minBytes: 100,
      maxBytes: 1_000_000,
      topics: [{ topic: "t", partitions }]
    })
    const read = bench.held.shift()
    bench.isHolding = false
    bench.produce("t", batchOf("b"), { index: 1 })
    expect(bench.outcome("Fetch", id)).toBeUndefined()
    if (read !== undefined) bench.held.push(read)
    bench.release()
    expect(bench.outcome("Fetch", id)).toMatchObject({
      responses: [{ partitions: [{ errorCode: 0 }, { errorCode: 0 }] }]
    })
  })

  it("answers an error in any partition at once", () => {
    const bench = withRecords()
    const id = bench.fetch("t", 99, { maxWaitMs: 60_000 })
    expect(bench.fetched(id)).toMatchObject({
      errorCode: ErrorCode.OFFSET_OUT_OF_RANGE,
      highWatermark: -1,
      lastStableOffset: -1,
      logStartOffset: -1
    })
  })

  it("answers an unknown topic by name and by id in the words of its version", () => {
    const bench = withRecords()
    const missing = bench.fetched(bench.fetch("missing", 0))
    expect(missing?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 }]
    const topics = [{ topicId: nilUuid.replace("0", "1"), partitions }]
    const { responses } = bench.ask("Fetch", 13, { maxWaitMs: 0, minBytes: 1, topics })
    expect(responses[0]?.partitions[0]?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_ID)
  })

  it("finds topics by their id from version 13 on", () => {
    const bench = withRecords("a")
    const topicId = bench.ask("Metadata", 12, { topics: [{ name: "t" }] }).topics[0]?.topicId ?? ""
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 }]
    const { responses } = bench.ask("Fetch", 17, { maxWaitMs: 0, minBytes: 1, topics: [{ topicId, partitions }] })
    expect(basesOf(responses[0]?.partitions[0]?.records)).toEqual([0])
  })

  it("lists no aborted transactions, and says so with an empty list to readers of committed records only", () => {
    const bench = withRecords("a")
    const topics = [{ topic: "t", partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 }] }]
    const listOf = (isolationLevel: number) =>
      bench.ask("Fetch", 11, { maxWaitMs: 0, minBytes: 1, isolationLevel, topics }).responses[0]?.partitions[0]
        ?.abortedTransactions
    expect(listOf(1)).toEqual([])
    expect(listOf(0)).toBeNull()
  })

  it("answers an isolation level that does not exist with INVALID_REQUEST", () => {
    const topics = [{ topic: "t", partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 }] }]
    const body = { maxWaitMs: 0, minBytes: 1, isolationLevel: 7, topics }
    expect(withRecords().ask("Fetch", 11, body).errorCode).toBe(ErrorCode.INVALID_REQUEST)
    const old = withRecords().ask("Fetch", 4, body)
    expect(old.responses[0]?.partitions[0]?.errorCode).toBe(ErrorCode.INVALID_REQUEST)
  })

  it("answers leader epochs of another age with FENCED_LEADER_EPOCH and UNKNOWN_LEADER_EPOCH", () => {
    const bench = withRecords()
    const codeAt = (currentLeaderEpoch: number) => {
      const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1, currentLeaderEpoch }]
      const { responses } = bench.ask("Fetch", 11, { maxWaitMs: 0, minBytes: 0, topics: [{ topic: "t", partitions }] })
      return responses[0]?.partitions[0]?.errorCode
    }
    expect([codeAt(0), codeAt(1), codeAt(-2)]).toEqual([
      ErrorCode.NONE,
      ErrorCode.UNKNOWN_LEADER_EPOCH,
      ErrorCode.FENCED_LEADER_EPOCH
    ])
  })

  it("keeps no sessions: it answers session 0 to who asks for one, and refuses any other", () => {
    const bench = withRecords("a")
    const topics = [{ topic: "t", partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 }] }]
    const body = { maxWaitMs: 0, minBytes: 1, topics }
    expect(bench.ask("Fetch", 11, { ...body, sessionId: 0, sessionEpoch: 0 }).sessionId ?? 0).toBe(0)
    const refused = bench.ask("Fetch", 11, { ...body, sessionId: 5, sessionEpoch: 1 })
    expect(refused.errorCode).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND)
  })

  it("answers versions below 4 in their own layout with UNSUPPORTED_VERSION", () => {
    const bench = withRecords("a")
    expect(bench.fetched(bench.fetch("t", 0, { version: 2 }))?.errorCode).toBe(ErrorCode.UNSUPPORTED_VERSION)
  })

  it("forgets a fetch that nobody waits for any more", () => {
    const bench = withRecords()
    const id = bench.fetch("t", 0, { maxWaitMs: 60_000 })
    bench.feed({ _tag: "Abandoned", id })
    bench.produce("t", batchOf("a"))
    expect(bench.outcome("Fetch", id)).toBeUndefined()
    expect(bench.state.alarms.next()).toBeUndefined()
  })

  it("answers a damaged partition with KAFKA_STORAGE_ERROR, and before version 6 with NOT_LEADER_OR_FOLLOWER", () => {
    const bench = withRecords("a")
    bench.disk.crashAfter(0)
    bench.produce("t", batchOf("b"))
    expect(bench.fetched(bench.fetch("t", 0, { version: 6 }))?.errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
    expect(bench.fetched(bench.fetch("t", 0, { version: 5 }))?.errorCode).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER)
  })
})

describe("a partition's index", () => {
  it("below 0 is of no partition, also where a topic's name and the index look like another partition", () => {
    const bench = new BrokerBench()
    bench.createTopic("t")
    bench.createTopic("t-", 2)
    bench.produce("t-", batchOf("another's"), { index: 1 })
    const { UNKNOWN_TOPIC_OR_PARTITION } = ErrorCode
    expect(bench.fetched(bench.fetch("t", 0, { index: -1 }))?.errorCode).toBe(UNKNOWN_TOPIC_OR_PARTITION)
    expect(bench.produce("t", batchOf("mine"), { index: -1 })?.errorCode).toBe(UNKNOWN_TOPIC_OR_PARTITION)
  })
})

describe("ListOffsets", () => {
  const list = (bench: BrokerBench, timestamp: number, version = 7, name = "t") =>
    bench.ask("ListOffsets", version, { topics: [{ name, partitions: [{ partitionIndex: 0, timestamp }] }] }).topics[0]
      ?.partitions[0]

  it("finds both ends, the record with the greatest timestamp, and the first record from a time on", () => {
    const bench = withRecords("a", "b")
    expect(list(bench, -1)).toMatchObject({ errorCode: 0, offset: 2, timestamp: -1 })
    expect(list(bench, -2)).toMatchObject({ errorCode: 0, offset: 0, timestamp: -1 })
    expect(list(bench, -3)).toMatchObject({ errorCode: 0, timestamp: 1000 })
    expect(list(bench, 1000)).toMatchObject({ errorCode: 0, offset: 0, timestamp: 1000 })
    expect(list(bench, 1001)).toMatchObject({ errorCode: 0, offset: -1, timestamp: -1 })
  })

  it("takes the local start for the start, and says that nothing is tiered", () => {
    const bench = withRecords("a")
    expect(list(bench, -4, 8)).toMatchObject({ errorCode: 0, offset: 0 })
    expect(list(bench, -5, 9)).toMatchObject({ errorCode: 0, offset: -1 })
  })

  it("answers version 0 with a list", () => {
    expect(list(withRecords("a"), -1, 0)).toMatchObject({ errorCode: 0, oldStyleOffsets: [1] })
  })

  it("answers an isolation level and a time that mean nothing with INVALID_REQUEST", () => {
    const bench = withRecords("a")
    const partitions = [{ partitionIndex: 0, timestamp: -1 }]
    const { topics } = bench.ask("ListOffsets", 7, { isolationLevel: 7, topics: [{ name: "t", partitions }] })
    expect(topics[0]?.partitions[0]?.errorCode).toBe(ErrorCode.INVALID_REQUEST)
    expect(list(bench, -9)?.errorCode).toBe(ErrorCode.INVALID_REQUEST)
  })

  it("has one read under way for a request, however many partitions it names, and as often as it names them", () => {
    const bench = withRecords("a", "b")
    bench.isHolding = true
    const partitions = [1000, 1001, 1000].map((timestamp) => ({ partitionIndex: 0, timestamp }))
    const id = bench.send("ListOffsets", 7, { topics: [{ name: "t", partitions }] })
    expect(bench.held).toHaveLength(1)
    bench.release()
    expect([bench.outcome("ListOffsets", id), bench.held.length]).toEqual([undefined, 1])
    bench.release()
    expect(bench.outcome("ListOffsets", id)).toMatchObject({
      topics: [{ partitions: [{ offset: 0 }, { offset: -1 }, { offset: 0 }] }]
    })
  })

  it("reads nothing more for a client that is gone", () => {
    const bench = withRecords("a")
    bench.isHolding = true
    const partitions = [1000, 1000].map((timestamp) => ({ partitionIndex: 0, timestamp }))
    const id = bench.send("ListOffsets", 7, { topics: [{ name: "t", partitions }] })
    bench.feed({ _tag: "Abandoned", id })
    bench.release()
    expect([bench.outcome("ListOffsets", id), bench.held]).toEqual([undefined, []])
  })

  it("answers an unknown topic with UNKNOWN_TOPIC_OR_PARTITION", () => {
    expect(list(withRecords(), -1, 3, "missing")?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  })
})

describe("OffsetForLeaderEpoch", () => {
  const endOf = (bench: BrokerBench, leaderEpoch: number, options: object = {}, version = 2, topic = "t") =>
    bench.ask("OffsetForLeaderEpoch", version, {
      topics: [{ topic, partitions: [{ partition: 0, leaderEpoch, ...options }] }]
    }).topics[0]?.partitions[0]

  it("says where the present epoch ends", () => {
    expect(endOf(withRecords("a", "b"), 0)).toMatchObject({ errorCode: 0, partition: 0, leaderEpoch: 0, endOffset: 2 })
  })

  it("knows nothing of epochs that have not been", () => {
    for (const epoch of [1, -1]) {
      expect(endOf(withRecords("a"), epoch)).toMatchObject({ errorCode: 0, leaderEpoch: -1, endOffset: -1 })
    }
  })

  it("answers unknown partitions, and clients whose epoch is of another age, with their errors", () => {
    const bench = withRecords("a")
    expect(endOf(bench, 0, {}, 4, "missing")).toMatchObject({
      errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      endOffset: -1
    })
    expect(endOf(bench, 0, { currentLeaderEpoch: 1 })?.errorCode).toBe(ErrorCode.UNKNOWN_LEADER_EPOCH)
    expect(endOf(bench, 0, { currentLeaderEpoch: -2 })?.errorCode).toBe(ErrorCode.FENCED_LEADER_EPOCH)
  })

  it("answers a damaged partition with KAFKA_STORAGE_ERROR, and before version 2 with NOT_LEADER_OR_FOLLOWER", () => {
    const bench = withRecords("a")
    bench.disk.crashAfter(0)
    bench.produce("t", batchOf("b"))
    expect(endOf(bench, 0)?.errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
    expect(endOf(bench, 0, {}, 0)?.errorCode).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER)
  })
})
