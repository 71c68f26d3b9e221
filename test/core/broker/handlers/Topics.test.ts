import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { nilUuid } from "../../../../core/bytes/index.ts"
import { ErrorCode } from "../../../../core/protocol/index.ts"
import { batchOf, BrokerBench } from "../BrokerBench.ts"

const createOf = (bench: BrokerBench, topic: object, extra: object = {}, version = 5) =>
  bench.ask("CreateTopics", version, {
    topics: [{ name: "t", numPartitions: 1, replicationFactor: 1, ...topic }],
    timeoutMs: 1000,
    ...extra
  }).topics[0]

const metadata = (bench: BrokerBench, names: ReadonlyArray<string> | null, version = 9, allow = true) =>
  bench.ask("Metadata", version, {
    topics: names === null ? null : names.map((name) => ({ name })),
    allowAutoTopicCreation: allow
  })

describe("CreateTopics", () => {
  it("answers with the number of partitions, replicas and every setting", () => {
    const created = createOf(new BrokerBench(), { numPartitions: 3, configs: [{ name: "retention.ms", value: "5" }] })
    expect(created).toMatchObject({ errorCode: 0, numPartitions: 3, replicationFactor: 1 })
    expect(created?.configs).toContainEqual({
      name: "retention.ms",
      value: "5",
      readOnly: false,
      configSource: 1,
      isSensitive: false
    })
    expect(created?.configs).toContainEqual(
      expect.objectContaining({ name: "max.message.bytes", value: "1048588", configSource: 5 })
    )
  })

  it("makes topics that have a leader in the same breath", () => {
    const bench = new BrokerBench()
    bench.createTopic("t", 2)
    const [topic] = metadata(bench, ["t"]).topics
    expect(topic?.errorCode).toBe(0)
    expect(topic?.partitions.map(({ leaderId, isrNodes }) => [leaderId, isrNodes])).toEqual([
      [1, [1]],
      [1, [1]]
    ])
  })

  it("takes -1 for the broker's defaults", () => {
    const bench = new BrokerBench({ config: { defaultPartitions: 4 } })
    expect(createOf(bench, { numPartitions: -1, replicationFactor: -1 })).toMatchObject({
      errorCode: 0,
      numPartitions: 4
    })
  })

  it("only says what would happen when it is asked to validate", () => {
    const bench = new BrokerBench()
    expect(createOf(bench, {}, { validateOnly: true })).toMatchObject({ errorCode: 0, numPartitions: 1 })
    expect(metadata(bench, null).topics).toEqual([])
  })

  const refusals: ReadonlyArray<readonly [what: string, topic: object, code: keyof typeof ErrorCode]> = [
    ["an empty name", { name: "" }, "INVALID_TOPIC_EXCEPTION"],
    ["the name ..", { name: ".." }, "INVALID_TOPIC_EXCEPTION"],
    ["a name of 250 letters", { name: "x".repeat(250) }, "INVALID_TOPIC_EXCEPTION"],
    ["a name with a space", { name: "a b" }, "INVALID_TOPIC_EXCEPTION"],
    ["a name that is taken", { name: "taken.topic" }, "TOPIC_ALREADY_EXISTS"],
    ["a name that differs in dots and underscores alone", { name: "taken_topic" }, "INVALID_TOPIC_EXCEPTION"],
    ["an internal name", { name: "__consumer_offsets" }, "INVALID_TOPIC_EXCEPTION"],
    ["no partitions", { numPartitions: 0 }, "INVALID_PARTITIONS"],
    ["-2 partitions", { numPartitions: -2 }, "INVALID_PARTITIONS"],
    ["no replicas", { replicationFactor: 0 }, "INVALID_REPLICATION_FACTOR"],
    ["more replicas than brokers", { replicationFactor: 2 }, "INVALID_REPLICATION_FACTOR"],
    ["an unknown setting", { configs: [{ name: "no.such", value: "1" }] }, "INVALID_CONFIG"],
    ["a wrong value", { configs: [{ name: "retention.ms", value: "soon" }] }, "INVALID_CONFIG"],
    [
      "a fraction without end",
      { configs: [{ name: "min.cleanable.dirty.ratio", value: `0.${"5".repeat(30_000)}` }] },
      "INVALID_CONFIG"
    ],
    [
      "an assignment to another broker",
      { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [9] }] },
      "INVALID_REPLICA_ASSIGNMENT"
    ],
    ["both counts and an assignment", { assignments: [{ partitionIndex: 0, brokerIds: [1] }] }, "INVALID_REQUEST"]
  ]
  for (const [what, topic, code] of refusals) {
    it(`answers ${what} with ${code}`, () => {
      const bench = new BrokerBench()
      bench.createTopic("taken.topic")
      expect(createOf(bench, topic)?.errorCode).toBe(ErrorCode[code])
    })
  }

  it("answers a name that is in the request twice with INVALID_REQUEST, once", () => {
    const topic = { name: "t", numPartitions: 1, replicationFactor: 1 }
    const { topics } = new BrokerBench().ask("CreateTopics", 3, { topics: [topic, topic], timeoutMs: 1 })
    expect(topics.map(({ errorCode }) => errorCode)).toEqual([ErrorCode.INVALID_REQUEST])
  })

  it("takes no longer for each topic when there are many in one request", { timeout: 5000 }, () => {
    const topics = Array.from({ length: 30_000 }, (_, i) => ({
      name: `no topic name ${i}`,
      numPartitions: 1,
      replicationFactor: 1
    }))
    expect(new BrokerBench().ask("CreateTopics", 3, { topics, timeoutMs: 1 }).topics).toHaveLength(topics.length)
  })

  it("refuses what goes beyond the partitions that a broker may have, also when metadata would create it", () => {
    const bench = new BrokerBench({ config: { maxPartitions: 3 } })
    expect(bench.createTopic("a", 2)).toBe(0)
    expect(bench.createTopic("b", 2)).toBe(ErrorCode.POLICY_VIOLATION)
    expect(bench.createTopic("c", 1)).toBe(0)
    const { topics } = bench.ask("Metadata", 4, { topics: [{ name: "d" }], allowAutoTopicCreation: true })
    expect(topics.map(({ errorCode }) => errorCode)).toEqual([ErrorCode.POLICY_VIOLATION])
    bench.ask("DeleteTopics", 1, { topicNames: ["a"], timeoutMs: 1 })
    expect(bench.createTopic("b", 2)).toBe(0)
  })

  it("answers only when the topic is durable, and refuses a second of that name meanwhile", () => {
    const bench = new BrokerBench()
    bench.isHolding = true
    const body = { topics: [{ name: "t", numPartitions: 1, replicationFactor: 1 }], timeoutMs: 1 }
    const id = bench.send("CreateTopics", 4, body)
    expect(bench.ask("CreateTopics", 4, body).topics[0]?.errorCode).toBe(ErrorCode.TOPIC_ALREADY_EXISTS)
    bench.release()
    expect(bench.outcome("CreateTopics", id)).toBeUndefined()
    expect(metadata(bench, null).topics).toEqual([])
    bench.release()
    expect(bench.outcome("CreateTopics", id)).toMatchObject({ topics: [{ errorCode: 0 }] })
  })

  it("answers KAFKA_STORAGE_ERROR when the disk refuses, and the name stays free", () => {
    const bench = new BrokerBench()
    bench.disk.crashAfter(0)
    expect(createOf(bench, {})?.errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
    expect(metadata(bench, null).topics).toEqual([])
  })
})

describe("DeleteTopics", () => {
  it("removes the topic, its records and its files; a new one of that name is empty and has another id", () => {
    const bench = new BrokerBench()
    bench.createTopic("t")
    const idOf = () => metadata(bench, ["t"], 12).topics[0]?.topicId
    const before = idOf()
    bench.produce("t", null)
    expect(bench.ask("DeleteTopics", 3, { topicNames: ["t"], timeoutMs: 1 }).responses).toMatchObject([
      { errorCode: 0 }
    ])
    expect(metadata(bench, ["t"], 9, false).topics[0]?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    bench.createTopic("t")
    expect(idOf()).not.toBe(before)
  })

  it("takes an id from version 6 on", () => {
    const bench = new BrokerBench()
    bench.createTopic("t")
    const topicId = metadata(bench, ["t"], 12).topics[0]?.topicId ?? ""
    const topics = [{ topicId }, { topicId: nilUuid.replace("0", "1") }, { name: "t", topicId }]
    const { responses } = bench.ask("DeleteTopics", 6, { topics, timeoutMs: 1 })
    expect(responses.map(({ errorCode }) => errorCode).sort((a, b) => a - b)).toEqual([
      ErrorCode.NONE,
      ErrorCode.INVALID_REQUEST,
      ErrorCode.UNKNOWN_TOPIC_ID
    ])
  })

  it("answers an unknown name with UNKNOWN_TOPIC_OR_PARTITION", () => {
    const { responses } = new BrokerBench().ask("DeleteTopics", 1, { topicNames: ["no"], timeoutMs: 1 })
    expect(responses[0]?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  })

  it("answers fetches that were parked on the topic", () => {
    const bench = new BrokerBench()
    bench.createTopic("t")
    const id = bench.fetch("t", 0, { maxWaitMs: 60_000 })
    expect(bench.fetched(id)).toBeUndefined()
    bench.ask("DeleteTopics", 1, { topicNames: ["t"], timeoutMs: 1 })
    expect(bench.fetched(id)?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  })

  it("gives up the records of a partition whose files are lost", () => {
    const bench = new BrokerBench()
    bench.createTopic("t")
    bench.produce("t", batchOf("a"))
    Effect.runSync(bench.disk.remove("t-0"))
    const next = new BrokerBench({ disk: bench.disk })
    expect(next.produce("t", batchOf("b"))?.errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
    const { responses } = next.ask("DeleteTopics", 1, { topicNames: ["t"], timeoutMs: 1 })
    expect(responses.map(({ errorCode }) => errorCode)).toEqual([0])
    expect(next.createTopic("t")).toBe(0)
    expect(next.produce("t", batchOf("c"))).toMatchObject({ errorCode: 0, baseOffset: 0 })
  })

  it("that a crash cuts short is made up for at the next start", () => {
    const bench = new BrokerBench()
    bench.createTopic("t")
    bench.isHolding = true
    bench.send("DeleteTopics", 1, { topicNames: ["t"], timeoutMs: 1 })
    bench.release()
    const next = new BrokerBench({ disk: bench.disk })
    expect(metadata(next, null).topics).toEqual([])
    expect(next.createTopic("t")).toBe(0)
  })
})

describe("Metadata", () => {
  it("names the broker at the address that the client has reached", () => {
    const answer = metadata(new BrokerBench(), [])
    expect(answer.brokers).toEqual([{ nodeId: 1, host: "here", port: 9092 }])
    expect(answer).toMatchObject({ controllerId: 1, clusterId: "test" })
  })

  it("lists all topics for null, none for an empty list, and all for an empty list in version 0", () => {
    const bench = new BrokerBench()
    bench.createTopic("b")
    bench.createTopic("a")
    const names = (answer: ReturnType<typeof metadata>) => answer.topics.map(({ name }) => name)
    expect(names(metadata(bench, null))).toEqual(["a", "b"])
    expect(names(metadata(bench, []))).toEqual([])
    expect(names(metadata(bench, [], 0))).toEqual(["a", "b"])
  })

  it("creates a topic where broker and client allow it, and answers when it can be used", () => {
    const bench = new BrokerBench({ config: { defaultPartitions: 2 } })
    const [topic] = metadata(bench, ["fresh"]).topics
    expect(topic).toMatchObject({ errorCode: 0, name: "fresh" })
    expect(topic?.partitions).toHaveLength(2)
  })

  it("lets two requests wait for the same new topic", () => {
    const bench = new BrokerBench()
    bench.isHolding = true
    const ids = [1, 2].map(() => bench.send("Metadata", 9, { topics: [{ name: "fresh" }] }))
    bench.isHolding = false
    while (bench.held.length > 0) bench.release()
    for (const id of ids) expect(bench.outcome("Metadata", id)).toMatchObject({ topics: [{ errorCode: 0 }] })
  })

  it("creates nothing when one side does not want to", () => {
    const unknown = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    expect(metadata(new BrokerBench(), ["t"], 9, false).topics[0]?.errorCode).toBe(unknown)
    const strict = new BrokerBench({ config: { autoCreateTopics: false } })
    expect(metadata(strict, ["t"]).topics[0]?.errorCode).toBe(unknown)
  })

  it("answers a bad name with INVALID_TOPIC_EXCEPTION and an unknown id with UNKNOWN_TOPIC_ID", () => {
    const bench = new BrokerBench()
    expect(metadata(bench, ["a b"]).topics[0]?.errorCode).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION)
    const topics = [{ name: null, topicId: nilUuid.replace("0", "1") }]
    expect(bench.ask("Metadata", 12, { topics }).topics[0]?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_ID)
  })

  it("takes versions before 4 for clients that allow topics to be created", () => {
    for (const version of [0, 1, 2, 3]) {
      expect(metadata(new BrokerBench(), ["fresh"], version, false).topics[0]?.errorCode).toBe(0)
    }
  })

  it("describes a topic that is named twice once, so that no answer is larger than all that there is", () => {
    const bench = new BrokerBench()
    bench.createTopic("t")
    expect(metadata(bench, ["t", "u", "t"]).topics.map(({ name }) => name)).toEqual(["t", "u"])
  })

  it("answers a name with the id of another topic with INCONSISTENT_TOPIC_ID", () => {
    const bench = new BrokerBench()
    bench.createTopic("t")
    const topics = [{ name: "t", topicId: nilUuid.replace("0", "1") }]
    expect(bench.ask("Metadata", 12, { topics }).topics[0]?.errorCode).toBe(ErrorCode.INCONSISTENT_TOPIC_ID)
  })

  it("finds a topic by its id", () => {
    const bench = new BrokerBench()
    bench.createTopic("t")
    const topicId = metadata(bench, ["t"], 12).topics[0]?.topicId ?? ""
    expect(bench.ask("Metadata", 12, { topics: [{ name: null, topicId }] }).topics[0]).toMatchObject({
      errorCode: 0,
      name: "t"
    })
  })
})

describe("what a broker remembers over a restart", () => {
  it("are its topics with their ids and settings", () => {
    const bench = new BrokerBench()
    bench.createTopic("t", 3, { "max.message.bytes": "100" })
    const next = new BrokerBench({ disk: bench.disk })
    expect(metadata(next, ["t"], 12).topics).toEqual(metadata(bench, ["t"], 12).topics)
  })
})
