import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { killed, makeMemoryDisk, powerCut } from "../../../../adapters/memory/index.ts"
import { ErrorCode } from "../../../../core/protocol/index.ts"
import { batchOf, BrokerBench } from "../BrokerBench.ts"

const withTopic = (config: object = {}): BrokerBench => {
  const bench = new BrokerBench({ config })
  bench.createTopic("t", 2)
  return bench
}

const body = (topic: object, extra: object = {}) => ({
  topics: [{ name: "t", count: 3, ...topic }],
  timeoutMs: 1000,
  validateOnly: false,
  ...extra
})

const grow = (bench: BrokerBench, topic: object = {}, extra: object = {}, version = 3) =>
  bench.ask("CreatePartitions", version, body(topic, extra)).results[0]

const countOf = (bench: BrokerBench): number =>
  bench.ask("Metadata", 9, { topics: [{ name: "t" }], allowAutoTopicCreation: false }).topics[0]?.partitions.length ?? 0

describe("CreatePartitions", () => {
  it("adds partitions that have a leader and take records in the same breath", () => {
    const bench = withTopic()
    bench.produce("t", batchOf("old"), { index: 1 })
    expect(grow(bench, { count: 4 })).toEqual({ name: "t", errorCode: 0, errorMessage: null })
    expect(countOf(bench)).toBe(4)
    expect(bench.produce("t", batchOf("new"), { index: 3 })).toMatchObject({ errorCode: 0, baseOffset: 0 })
    expect(bench.produce("t", batchOf("more"), { index: 1 })).toMatchObject({ errorCode: 0, baseOffset: 1 })
  })

  it("is remembered over a restart, with the topic's id and settings", () => {
    const bench = new BrokerBench()
    bench.createTopic("t", 1, { "max.message.bytes": "75" })
    grow(bench)
    bench.produce("t", batchOf("a"), { index: 2 })
    const next = new BrokerBench({ disk: bench.disk })
    const described = (of: BrokerBench) => of.ask("Metadata", 12, { topics: [{ name: "t" }] }).topics
    expect(described(next)).toEqual(described(bench))
    expect(next.produce("t", batchOf("b"), { index: 2 })).toMatchObject({ errorCode: 0, baseOffset: 1 })
    expect(next.produce("t", batchOf("too long for it"), { index: 2 })?.errorCode).toBe(ErrorCode.MESSAGE_TOO_LARGE)
  })

  it("only says what would happen when it is asked to validate", () => {
    const bench = withTopic()
    expect(grow(bench, {}, { validateOnly: true })?.errorCode).toBe(0)
    expect(grow(bench, { count: 1 }, { validateOnly: true })?.errorCode).toBe(ErrorCode.INVALID_PARTITIONS)
    expect(countOf(bench)).toBe(2)
  })

  it("takes an assignment of the new partitions to this broker, and an empty one for none", () => {
    const bench = withTopic()
    expect(grow(bench, { count: 4, assignments: [{ brokerIds: [1] }, { brokerIds: [1] }] })?.errorCode).toBe(0)
    expect(grow(bench, { count: 5, assignments: [] })?.errorCode).toBe(0)
  })

  const refusals: ReadonlyArray<readonly [what: string, topic: object, code: keyof typeof ErrorCode]> = [
    ["fewer partitions", { count: 1 }, "INVALID_PARTITIONS"],
    ["as many partitions as there are", { count: 2 }, "INVALID_PARTITIONS"],
    ["-1 partitions", { count: -1 }, "INVALID_PARTITIONS"],
    ["more than a topic may have", { count: 10_001 }, "INVALID_PARTITIONS"],
    ["an unknown topic", { name: "missing" }, "UNKNOWN_TOPIC_OR_PARTITION"],
    ["a topic of the broker's own", { name: "__consumer_offsets" }, "INVALID_TOPIC_EXCEPTION"],
    ["another broker", { assignments: [{ brokerIds: [9] }] }, "INVALID_REPLICA_ASSIGNMENT"],
    ["two replicas", { assignments: [{ brokerIds: [1, 1] }] }, "INVALID_REPLICA_ASSIGNMENT"],
    ["too many assignments", { assignments: [{ brokerIds: [1] }, { brokerIds: [1] }] }, "INVALID_REPLICA_ASSIGNMENT"],
    ["more than the broker may have", { count: 60 }, "POLICY_VIOLATION"]
  ]
  for (const [what, topic, code] of refusals) {
    it(`answers ${what} with ${code}, and the topic stays as it is`, () => {
      const bench = withTopic({ maxPartitions: 50 })
      const partitions = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: null }]
      bench.ask("OffsetCommit", 7, { groupId: "g", topics: [{ name: "t", partitions }] })
      expect(grow(bench, topic)).toMatchObject({
        errorCode: ErrorCode[code],
        errorMessage: expect.stringMatching(/\.$/) as string
      })
      expect(countOf(bench)).toBe(2)
    })
  }

  it("answers a topic that is in the request twice with INVALID_REQUEST, once, and the others for themselves", () => {
    const bench = withTopic()
    bench.createTopic("u")
    const topics = ["t", "u", "t"].map((name) => ({ name, count: 3 }))
    const { results } = bench.ask("CreatePartitions", 0, { topics, timeoutMs: 1 })
    expect(results.map(({ errorCode, name }) => [name, errorCode])).toEqual([
      ["t", ErrorCode.INVALID_REQUEST],
      ["u", 0]
    ])
  })

  it("shows nothing of new partitions before they are durable", () => {
    const bench = withTopic()
    bench.isHolding = true
    const id = bench.send("CreatePartitions", 1, body({}))
    expect(bench.produce("t", batchOf("a"), { index: 2 })?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    bench.release()
    expect([bench.outcome("CreatePartitions", id), countOf(bench)]).toEqual([undefined, 2])
    bench.release()
    expect(bench.outcome("CreatePartitions", id)).toMatchObject({ results: [{ errorCode: 0 }] })
    expect(countOf(bench)).toBe(3)
  })

  it("counts new partitions that are not there yet, so that topics which come meanwhile do not exceed the bound", () => {
    const bench = withTopic({ maxPartitions: 4 })
    bench.isHolding = true
    bench.send("CreatePartitions", 1, body({ count: 4 }))
    expect(bench.createTopic("u")).toBe(ErrorCode.POLICY_VIOLATION)
  })

  it("answers KAFKA_STORAGE_ERROR when the disk refuses, and the topic stays as it is", () => {
    const bench = withTopic()
    bench.disk.crashAfter(0)
    expect(grow(bench)?.errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
    expect(countOf(bench)).toBe(2)
    expect([...bench.state.partitions.keys()]).toEqual(["t-0", "t-1"])
  })

  it("that a crash cuts short is as if it had never been asked, and can be asked again", () => {
    const bench = withTopic()
    bench.isHolding = true
    bench.send("CreatePartitions", 1, body({}))
    bench.release()
    const next = new BrokerBench({ disk: bench.disk })
    expect(countOf(next)).toBe(2)
    expect(grow(next)?.errorCode).toBe(0)
    expect(next.produce("t", batchOf("a"), { index: 2 })).toMatchObject({ errorCode: 0, baseOffset: 0 })
  })

  it.each([
    ["process", killed],
    ["machine", powerCut]
  ] as const)("that a crash of the %s cuts short, at any step, is there whole or not at all", (_, survival) => {
    let steps = 0
    for (let isOver = false; !isOver; steps++) {
      const bench = new BrokerBench({ disk: makeMemoryDisk({ crashable: true }) })
      bench.createTopic("t", 1)
      bench.produce("t", batchOf("old"))
      bench.disk.crashAfter(steps)
      isOver = grow(bench)?.errorCode === 0
      const next = new BrokerBench({ disk: bench.disk.crashed(survival) })
      const count = countOf(next)
      expect(isOver ? [3] : [1, 3]).toContain(count)
      expect([...next.state.partitions.values()].map(({ log }) => log?.segments.length)).toEqual(Array(count).fill(1))
      expect(grow(next, { count: 4 })?.errorCode).toBe(0)
      expect(next.produce("t", batchOf("a"), { index: 3 })).toMatchObject({ errorCode: 0, baseOffset: 0 })
    }
    expect(steps).toBeGreaterThan(10)
  })

  it("of two requests for one topic is done one after the other", () => {
    const bench = withTopic()
    bench.isHolding = true
    const ids = [3, 3, 4].map((count) => bench.send("CreatePartitions", 1, body({ count })))
    while (bench.held.length > 0) bench.release()
    expect(ids.map((id) => bench.outcome("CreatePartitions", id))).toMatchObject([
      { results: [{ errorCode: 0 }] },
      { results: [{ errorCode: ErrorCode.INVALID_PARTITIONS }] },
      { results: [{ errorCode: 0 }] }
    ])
    expect(countOf(bench)).toBe(4)
  })

  it("is finished before the topic is deleted with all its partitions", () => {
    const bench = withTopic()
    bench.isHolding = true
    const grown = bench.send("CreatePartitions", 1, body({}))
    const deleted = [1, 2].map(() => bench.send("DeleteTopics", 1, { topicNames: ["t"], timeoutMs: 1 }))
    while (bench.held.length > 0) bench.release()
    expect(bench.outcome("CreatePartitions", grown)).toMatchObject({ results: [{ errorCode: 0 }] })
    expect(deleted.map((id) => bench.outcome("DeleteTopics", id))).toMatchObject([
      { responses: [{ errorCode: 0 }] },
      { responses: [{ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }] }
    ])
    expect(bench.state.partitions.size).toBe(0)
    expect(Effect.runSync(bench.disk.list("")).filter(({ isFolder }) => isFolder)).toEqual([])
  })
})
