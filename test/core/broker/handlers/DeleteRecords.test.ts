import { describe, expect, it } from "vitest"
import { ErrorCode } from "../../../../core/protocol/index.ts"
import { batchOf, BrokerBench } from "../BrokerBench.ts"

const withRecords = (configs: Readonly<Record<string, string>> = {}): BrokerBench => {
  const bench = new BrokerBench()
  bench.createTopic("t", 2, configs)
  for (const value of ["a", "b", "c"]) bench.produce("t", batchOf(value, value))
  return bench
}

const body = (offset: number, name = "t", partitionIndex = 0) => ({
  topics: [{ name, partitions: [{ partitionIndex, offset }] }],
  timeoutMs: 1000
})

const remove = (bench: BrokerBench, ...args: Parameters<typeof body>) =>
  bench.ask("DeleteRecords", 2, body(...args)).topics[0]?.partitions[0]

const earliest = (bench: BrokerBench) =>
  bench.ask("ListOffsets", 7, { topics: [{ name: "t", partitions: [{ partitionIndex: 0, timestamp: -2 }] }] }).topics[0]
    ?.partitions[0]?.offset

describe("DeleteRecords", () => {
  it("has the partition begin at the offset, for fetches, for the look-up of its start, and for producers", () => {
    const bench = withRecords()
    expect(remove(bench, 3)).toEqual({ partitionIndex: 0, errorCode: 0, lowWatermark: 3 })
    expect(bench.fetched(bench.fetch("t", 2))?.errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE)
    expect(bench.fetched(bench.fetch("t", 3))).toMatchObject({ errorCode: 0, logStartOffset: 3, highWatermark: 6 })
    expect(earliest(bench)).toBe(3)
    expect(bench.produce("t", batchOf("d"))).toMatchObject({ baseOffset: 6, logStartOffset: 3 })
  })

  it("is remembered over a restart", () => {
    const bench = withRecords()
    remove(bench, 3)
    expect(earliest(new BrokerBench({ disk: bench.disk }))).toBe(3)
  })

  it("takes -1 for everything that there is", () => {
    const bench = withRecords()
    expect(remove(bench, -1)).toMatchObject({ errorCode: 0, lowWatermark: 6 })
    expect(bench.produce("t", batchOf("d"))).toMatchObject({ errorCode: 0, baseOffset: 6, logStartOffset: 6 })
  })

  it("of what is gone already answers where the partition begins", () => {
    const bench = withRecords()
    remove(bench, 4)
    expect(remove(bench, 2)).toMatchObject({ errorCode: 0, lowWatermark: 4 })
  })

  it("is answered only when it is durable", () => {
    const bench = withRecords()
    bench.isHolding = true
    const id = bench.send("DeleteRecords", 1, body(3))
    expect(bench.outcome("DeleteRecords", id)).toBeUndefined()
    bench.release()
    expect(bench.outcome("DeleteRecords", id)).toMatchObject({ topics: [{ partitions: [{ lowWatermark: 3 }] }] })
  })

  const refusals: ReadonlyArray<readonly [what: string, args: Parameters<typeof body>, code: keyof typeof ErrorCode]> =
    [
      ["an unknown topic", [1, "missing"], "UNKNOWN_TOPIC_OR_PARTITION"],
      ["an unknown partition", [1, "t", 9], "UNKNOWN_TOPIC_OR_PARTITION"],
      ["an offset beyond the high watermark", [7], "OFFSET_OUT_OF_RANGE"],
      ["an offset below -1", [-2], "OFFSET_OUT_OF_RANGE"],
      ["a topic of the broker's own", [0, "__consumer_offsets"], "INVALID_TOPIC_EXCEPTION"]
    ]
  for (const [what, args, code] of refusals) {
    it(`answers ${what} with ${code}, and deletes nothing`, () => {
      const bench = withRecords()
      expect(remove(bench, ...args)).toMatchObject({ errorCode: ErrorCode[code], lowWatermark: -1 })
      expect(earliest(bench)).toBe(0)
    })
  }

  it("answers a topic that is compacted only with POLICY_VIOLATION, and one that is both with its new start", () => {
    expect(remove(withRecords({ "cleanup.policy": "compact" }), 1)?.errorCode).toBe(ErrorCode.POLICY_VIOLATION)
    expect(remove(withRecords({ "cleanup.policy": "compact,delete" }), 1)).toMatchObject({ lowWatermark: 1 })
  })

  it("answers a partition whose files are lost with KAFKA_STORAGE_ERROR", () => {
    const bench = withRecords()
    bench.feed({ _tag: "Stop" })
    bench.damage("t-0")
    const next = new BrokerBench({ disk: bench.disk })
    expect(remove(next, 1)?.errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
  })
})
