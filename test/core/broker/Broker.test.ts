import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { DiskError } from "../../../core/ports/index.ts"
import { ErrorCode } from "../../../core/protocol/index.ts"
import { batchOf, BrokerBench } from "./BrokerBench.ts"

describe("a broker that is stopped", () => {
  it("says so when every log is synced", () => {
    const bench = new BrokerBench()
    bench.createTopic("t", 2)
    bench.produce("t", batchOf("a"))
    bench.isHolding = true
    bench.feed({ _tag: "Stop" })
    expect(bench.hasStopped).toBe(false)
    while (bench.held.length > 0) bench.release()
    expect(bench.hasStopped).toBe(true)
  })

  it("waits for the list of topics that is being written", () => {
    const bench = new BrokerBench()
    bench.isHolding = true
    bench.send("InitProducerId", 1, { transactionalId: null, transactionTimeoutMs: 1 })
    bench.feed({ _tag: "Stop" })
    expect(bench.hasStopped).toBe(false)
    bench.release()
    expect(bench.hasStopped).toBe(true)
  })

  it("says so at once when it has nothing", () => {
    const bench = new BrokerBench()
    bench.feed({ _tag: "Stop" })
    expect(bench.hasStopped).toBe(true)
  })
})

describe("a broker that is idle", () => {
  it("has no time at which it must be woken, however many partitions it holds", () => {
    const bench = new BrokerBench()
    bench.createTopic("t", 100)
    for (let index = 0; index < 100; index++) bench.produce("t", batchOf("a"), { index })
    expect(bench.state.alarms.next()).toBeUndefined()
  })

  it("is woken when a log that is synced at intervals is due, and then syncs it", () => {
    const bench = new BrokerBench({ config: { fsync: "interval", fsyncIntervalMs: 200 } })
    bench.createTopic("t")
    bench.produce("t", batchOf("a"))
    expect(bench.state.alarms.next()).toBe(bench.now + 200)
    bench.isHolding = true
    bench.tick(200)
    expect(bench.held).toHaveLength(1)
    bench.release()
    expect(bench.state.alarms.next()).toBeUndefined()
  })
})

describe("the disk's word on a partition that is gone", () => {
  it("is not taken for one on the partition that has its name now", () => {
    const bench = new BrokerBench()
    bench.createTopic("t")
    const old = bench.state.partition("t", 0)
    bench.ask("DeleteTopics", 1, { topicNames: ["t"], timeoutMs: 1 })
    bench.createTopic("t")
    const { folder = "", incarnation = 0 } = old ?? {}
    bench.feed({ _tag: "DiskDone", folder, incarnation, input: { _tag: "Performed", id: 1 } })
    bench.feed({ _tag: "Removed", folder, incarnation, message: undefined })
    expect(bench.produce("t", batchOf("a"))).toMatchObject({ errorCode: 0, baseOffset: 0 })
  })
})

describe("the same requests to brokers with the same seed", () => {
  it("have the same answers", () => {
    const answers = () => {
      const bench = new BrokerBench()
      bench.createTopic("t")
      bench.produce("t", batchOf("a"))
      const join = {
        groupId: "g",
        sessionTimeoutMs: 1000,
        memberId: "",
        protocolType: "consumer",
        protocols: [{ name: "range", metadata: new Uint8Array(0) }]
      }
      return [bench.ask("Metadata", 12, { topics: null }), bench.ask("JoinGroup", 4, join)]
    }
    expect(answers()).toEqual(answers())
  })
})

describe("a disk that refuses to read", () => {
  it("is reported, and the partition goes on with what it is asked next", () => {
    let refuses = false
    const refused = new DiskError({ reason: "Io", operation: "read", path: "t-0", message: "The disk refuses." })
    const bench = new BrokerBench({
      on: (disk) => ({
        ...disk,
        read: (path, position, length) => (refuses ? Effect.fail(refused) : disk.read(path, position, length))
      })
    })
    bench.createTopic("t")
    bench.produce("t", batchOf("a"))
    refuses = true
    expect(bench.fetched(bench.fetch("t", 0))?.errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
    refuses = false
    expect(bench.fetched(bench.fetch("t", 0))?.errorCode).toBe(0)
    expect(bench.reports).toEqual(["Records could not be read. The disk refuses."])
  })
})
