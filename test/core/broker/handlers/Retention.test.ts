import { describe, expect, it } from "vitest"
import { encodeBatch } from "../../../../core/log/index.ts"
import { BrokerBench, record } from "../BrokerBench.ts"

const withRecords = (configs: Readonly<Record<string, string>>): BrokerBench => {
  const bench = new BrokerBench({ config: { retentionCheckMs: 10 } })
  bench.createTopic("t", 1, configs)
  for (let i = 0; i < 20; i++) bench.produce("t", encodeBatch([record("k", "x".repeat(500), bench.now)]))
  return bench
}

const startOf = (bench: BrokerBench): number | undefined => {
  const partitions = [{ partitionIndex: 0, timestamp: -2 }]
  return bench.ask("ListOffsets", 7, { topics: [{ name: "t", partitions }] }).topics[0]?.partitions[0]?.offset
}

describe("the records of a topic", () => {
  it("are kept for ever by default, and nothing then wakes the broker", () => {
    const bench = withRecords({ "segment.bytes": "2000" })
    expect(bench.state.alarms.next()).toBeUndefined()
    bench.tick(Number.MAX_SAFE_INTEGER / 2)
    expect(startOf(bench)).toBe(0)
  })

  it("go when they are older than retention.ms", () => {
    const bench = withRecords({ "retention.ms": "1000" })
    bench.tick(1000)
    expect(startOf(bench)).toBe(0)
    bench.tick(10)
    expect(startOf(bench)).toBe(20)
  })

  it("go when there is more than retention.bytes", () => {
    const bench = withRecords({ "retention.bytes": "5000", "segment.bytes": "2000" })
    bench.tick(10)
    const start = startOf(bench) ?? 0
    expect(start).toBeGreaterThan(5)
    expect(20 - start).toBeGreaterThanOrEqual(5000 / 600)
  })

  it("stay when the topic is compacted only", () => {
    const bench = withRecords({ "retention.ms": "1000", "cleanup.policy": "compact" })
    bench.tick(5000)
    expect(startOf(bench)).toBe(0)
  })

  it("go after a restart without anybody's request, when their time has come", () => {
    const bench = withRecords({ "retention.ms": "1000" })
    const next = new BrokerBench({ disk: bench.disk, config: { retentionCheckMs: 10 } })
    next.tick(2000)
    expect(next.state.partition("t", 0)?.log?.logStart).toBe(20)
  })
})
