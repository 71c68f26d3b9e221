import { describe, expect, it } from "vitest"
import {
  defaultMapping,
  doneTo,
  encodeBatchResponse,
  eventSourceMapping,
  isIdle,
  startMapping
} from "../../../core/lambda/index.ts"
import type { MappingConfig, MappingInput, MappingOutput, MappingState } from "../../../core/lambda/index.ts"

const topic = "orders"

/** A poller, the log that it polls, and what it has done since it was looked at last. */
class Poller {
  private state: MappingState
  private readonly ends: ReadonlyArray<number>
  private done: Array<MappingOutput> = []
  private now = 0

  /** `ends` has the number of records of each partition. */
  constructor(ends: ReadonlyArray<number>, config: Partial<MappingConfig> = {}) {
    this.ends = ends
    this.state = startMapping({ ...defaultMapping, batchWindowMs: 10, backoffMs: 100, ...config })
    this.step({ _tag: "Tick", now: 0 })
  }

  step(input: MappingInput): void {
    const [state, outputs] = eventSourceMapping.step(this.state, input)
    this.state = state
    for (const output of outputs) this.act(output)
  }

  assign(...partitions: ReadonlyArray<readonly [partition: number, offset: number]>): void {
    this.step({ _tag: "Assigned", partitions: partitions.map(([partition, offset]) => ({ topic, partition, offset })) })
  }

  /** Lets time pass up to the next thing that happens by itself, or by so much. */
  pass(ms?: number): void {
    this.now = ms === undefined ? (eventSourceMapping.wakeAt(this.state) ?? this.now) : this.now + ms
    this.step({ _tag: "Tick", now: this.now })
  }

  /** Answers the invocation that is under way; without a place everything is done. */
  answer(...resume: ReadonlyArray<readonly [partition: number, offset: number]>): void {
    const answer = encodeBatchResponse(resume.map(([partition, offset]) => ({ topic, partition, offset })))
    this.step({ _tag: "Returned", id: this.state.flight?.id ?? 0, answer })
  }

  throws(): void {
    this.step({ _tag: "Threw", id: this.state.flight?.id ?? 0 })
  }

  /** A sandbox has the invocation that is under way. */
  started(): void {
    this.step({ _tag: "Started", id: this.state.flight?.id ?? 0 })
  }

  /** Below which offset a partition is done. */
  doneTo(partition: number): number | undefined {
    return doneTo(this.state, { topic, partition })
  }

  get isIdle(): boolean {
    return isIdle(this.state)
  }

  /** What was done since, as text. */
  look(): ReadonlyArray<string> {
    const done = this.done.map(shown)
    this.done = []
    return done
  }

  private act(output: MappingOutput): void {
    if (output._tag !== "Poll") {
      this.done.push(output)
      return
    }
    const { epoch, offset, partition } = output
    const end = this.ends[partition] ?? 0
    if (offset >= end) return
    const records = Array.from({ length: Math.min(4, end - offset) }, (_, at) => ({
      record: { offset: offset + at, timestamp: offset + at, key: null, value: null, headers: [] },
      bytes: 100
    }))
    this.step({ _tag: "Polled", topic, partition, epoch, records, nextOffset: offset + records.length })
  }
}

const shown = (output: MappingOutput): string => {
  if (output._tag === "Kill") return "kill"
  if (output._tag === "Commit") return `commit ${output.partition}:${output.offset}`
  if (output._tag === "Poll") return "poll"
  const records = output.partitions.map(
    ({ partition, records: some }) => `${partition}:${some.map(({ offset }) => offset).join(",")}`
  )
  return [output._tag === "Invoke" ? "invoke" : output.why, ...records].join(" ")
}

describe("a poller of an event source mapping", () => {
  it("waits for its window, invokes the function with what there is, and commits what is done", () => {
    const poller = new Poller([3])
    poller.assign([0, 0])
    expect(poller.look()).toEqual([])
    poller.pass(9)
    expect(poller.look()).toEqual([])
    poller.pass()
    expect(poller.look()).toEqual(["invoke 0:0,1,2"])
    poller.answer()
    expect(poller.look()).toEqual(["commit 0:3"])
  })

  it("begins where it is told to", () => {
    const poller = new Poller([3])
    poller.assign([0, 2])
    poller.pass()
    expect(poller.look()).toEqual(["invoke 0:2"])
  })

  it("waits for nothing when a batch is full, and has one invocation at a time", () => {
    const poller = new Poller([5], { batchSize: 2 })
    poller.assign([0, 0])
    expect(poller.look()).toEqual(["invoke 0:0,1"])
    poller.pass(1000)
    expect(poller.look()).toEqual([])
    poller.answer()
    expect(poller.look()).toEqual(["commit 0:2", "invoke 0:2,3"])
  })

  it("makes no event that is larger than a payload may be, but for one record", () => {
    const poller = new Poller([4], { payloadBytes: 250 })
    poller.assign([0, 0])
    expect(poller.look()).toEqual(["invoke 0:0,1"])
    const narrow = new Poller([4], { payloadBytes: 50 })
    narrow.assign([0, 0])
    expect(narrow.look()).toEqual(["invoke 0:0"])
  })

  it("puts several partitions into one event", () => {
    const poller = new Poller([2, 8], { batchSize: 5 })
    poller.assign([0, 0], [1, 0])
    expect(poller.look()).toEqual(["invoke 0:0,1 1:0,1,2"])
    poller.answer()
    expect(poller.look()).toEqual(["commit 0:2", "commit 1:3", "invoke 1:3,4,5,6,7"])
  })

  it("lets no partition wait for ever while another is busy", () => {
    const poller = new Poller([80, 8], { batchSize: 4 })
    poller.assign([0, 0], [1, 0])
    const seen: Array<string> = []
    for (let n = 0; n < 5; n++) {
      seen.push(...poller.look().filter((one) => one.startsWith("invoke")))
      poller.answer()
    }
    expect(seen).toContain("invoke 1:4,5,6,7")
  })

  it("hands records over again from where the function says, before anything else", () => {
    const poller = new Poller([4, 4], { batchSize: 8 })
    poller.assign([0, 0], [1, 0])
    expect(poller.look()).toEqual(["invoke 0:0,1,2,3 1:0,1,2,3"])
    poller.answer([1, 2])
    expect(poller.look()).toEqual(["commit 0:4", "commit 1:2"])
    poller.pass()
    expect(poller.look()).toEqual(["invoke 1:2,3"])
    poller.answer()
    expect(poller.look()).toEqual(["commit 1:4"])
  })

  it("goes on with other partitions while it waits for another attempt at one", () => {
    const poller = new Poller([8, 8], { batchSize: 4 })
    poller.assign([0, 0], [1, 0])
    expect(poller.look()).toEqual(["invoke 0:0,1,2,3"])
    poller.throws()
    expect(poller.look()).toEqual(["invoke 1:0,1,2,3"])
    poller.answer()
    expect(poller.look()).toEqual(["commit 1:4", "invoke 1:4,5,6,7"])
    poller.answer()
    expect(poller.look()).toEqual(["commit 1:8"])
    poller.pass()
    expect(poller.look()).toEqual(["invoke 0:0,1,2,3"])
  })

  it("hands the whole batch over again where the function throws, is unreadable, or names what it was not given", () => {
    const poller = new Poller([2])
    poller.assign([0, 0])
    poller.pass()
    expect(poller.look()).toEqual(["invoke 0:0,1"])
    poller.throws()
    poller.pass()
    expect(poller.look()).toEqual(["invoke 0:0,1"])
    poller.answer([0, 7])
    poller.pass()
    expect(poller.look()).toEqual(["invoke 0:0,1"])
    poller.answer()
    expect(poller.look()).toEqual(["commit 0:2"])
  })

  it("takes every answer for success where the mapping reports no failures of records", () => {
    const poller = new Poller([2], { reportBatchItemFailures: false })
    poller.assign([0, 0])
    poller.pass()
    poller.look()
    poller.answer([0, 0])
    expect(poller.look()).toEqual(["commit 0:2"])
  })

  it("waits longer before each attempt", () => {
    const poller = new Poller([1], { backoffMs: 100, maxBackoffMs: 250 })
    poller.assign([0, 0])
    poller.pass()
    for (const wait of [100, 200, 250, 250]) {
      poller.look()
      poller.throws()
      poller.pass(wait - 1)
      expect(poller.look()).toEqual([])
      poller.pass(1)
      expect(poller.look()).toEqual(["invoke 0:0"])
    }
  })

  it("halves a batch that fails, down to the record that cannot be done", () => {
    const poller = new Poller([4], { bisectBatchOnFunctionError: true, batchSize: 4 })
    poller.assign([0, 0])
    const bad = 2
    const seen: Array<string> = []
    for (let n = 0; n < 8; n++) {
      const looked = poller.look()
      seen.push(...looked)
      if (looked.some((one) => one.startsWith("invoke") && one.includes(String(bad)))) poller.throws()
      else poller.answer()
    }
    expect(seen).toEqual(["invoke 0:0,1,2,3", "invoke 0:0,1", "commit 0:2", "invoke 0:2,3", "invoke 0:2"])
    poller.pass()
    expect(poller.look()).toEqual(["invoke 0:2"])
    poller.answer()
    expect(poller.look()).toEqual(["commit 0:3", "invoke 0:3"])
  })

  it("gives records up after as many retries as it is told to, and goes on when they are where they go", () => {
    const poller = new Poller([4], { maximumRetryAttempts: 1, batchSize: 2 })
    poller.assign([0, 0])
    expect(poller.look()).toEqual(["invoke 0:0,1"])
    poller.throws()
    poller.pass()
    expect(poller.look()).toEqual(["invoke 0:0,1"])
    poller.throws()
    poller.pass()
    expect(poller.look()).toEqual(["RetriesExhausted 0:0,1"])
    poller.step({ _tag: "GivenUp", id: 3, done: false })
    poller.pass()
    expect(poller.look()).toEqual(["RetriesExhausted 0:0,1"])
    poller.step({ _tag: "GivenUp", id: 4, done: true })
    expect(poller.look()).toEqual(["commit 0:2", "invoke 0:2,3"])
  })

  it("gives up records that are too old, and those only", () => {
    const poller = new Poller([4], { maximumRecordAgeMs: 10, batchWindowMs: 12 })
    poller.assign([0, 0])
    poller.pass()
    expect(poller.look()).toEqual(["TooOld 0:0,1"])
    poller.step({ _tag: "GivenUp", id: 1, done: true })
    expect(poller.look()).toEqual(["commit 0:2", "invoke 0:2,3"])
  })

  it("kills a function whose time is up, and hands the records over again", () => {
    const poller = new Poller([2], { functionTimeoutMs: 5000 })
    poller.assign([0, 0])
    poller.pass()
    expect(poller.look()).toEqual(["invoke 0:0,1"])
    poller.pass()
    expect(poller.look()).toEqual(["kill"])
    poller.step({ _tag: "Returned", id: 1, answer: undefined })
    expect(poller.look()).toEqual([])
    poller.pass()
    expect(poller.look()).toEqual(["invoke 0:0,1"])
  })

  it("commits nothing of a partition that is another poller's by now, and hands it over no more", () => {
    const poller = new Poller([2, 2])
    poller.assign([0, 0], [1, 0])
    poller.pass()
    expect(poller.look()).toEqual(["invoke 0:0,1 1:0,1"])
    poller.step({ _tag: "Revoked", partitions: [{ topic, partition: 0 }] })
    poller.throws()
    poller.pass()
    expect(poller.look()).toEqual(["invoke 1:0,1"])
    poller.answer()
    expect(poller.look()).toEqual(["commit 1:2"])
  })

  it("commits nothing of an invocation from before the partition came back to it", () => {
    const poller = new Poller([2])
    poller.assign([0, 0])
    poller.pass()
    poller.look()
    poller.step({ _tag: "Revoked", partitions: [{ topic, partition: 0 }] })
    poller.assign([0, 1])
    poller.answer()
    poller.pass()
    expect(poller.look()).toEqual(["invoke 0:1"])
  })

  it("has nothing to do when its last partition is taken while records wait", () => {
    const poller = new Poller([2])
    poller.assign([0, 0])
    poller.step({ _tag: "Revoked", partitions: [{ topic, partition: 0 }] })
    poller.pass(1000)
    expect(poller.look()).toEqual([])
  })

  it("polls again after a while where that has failed", () => {
    let state = startMapping({ ...defaultMapping, backoffMs: 100 })
    const step = (input: MappingInput): ReadonlyArray<MappingOutput> => {
      const [next, outputs] = eventSourceMapping.step(state, input)
      state = next
      return outputs
    }
    step({ _tag: "Tick", now: 0 })
    const poll = { _tag: "Poll", topic, partition: 0, epoch: 1, offset: 5 }
    expect(step({ _tag: "Assigned", partitions: [{ topic, partition: 0, offset: 5 }] })).toEqual([poll])
    expect(step({ _tag: "PollFailed", topic, partition: 0, epoch: 1 })).toEqual([])
    expect(eventSourceMapping.wakeAt(state)).toBe(100)
    expect(step({ _tag: "Tick", now: 100 })).toEqual([poll])
  })

  it("gives a sandbox time to start, which does not count as the function's", () => {
    const poller = new Poller([2], { batchWindowMs: 0, initTimeoutMs: 300, functionTimeoutMs: 1000 })
    poller.assign([0, 0])
    expect(poller.look()).toEqual(["invoke 0:0,1"])
    poller.pass(200)
    poller.started()
    poller.pass(999)
    expect(poller.look()).toEqual([])
    poller.pass(1)
    expect(poller.look()).toEqual(["kill"])
  })

  it("kills a sandbox that does not start, when the function's time would be up, too", () => {
    const poller = new Poller([2], { batchWindowMs: 0, initTimeoutMs: 300, functionTimeoutMs: 1000 })
    poller.assign([0, 0])
    poller.pass(1299)
    expect(poller.look()).toEqual(["invoke 0:0,1"])
    poller.pass(1)
    expect(poller.look()).toEqual(["kill"])
  })

  it("takes no start of an invocation that is over for that of another one", () => {
    const poller = new Poller([2], { batchWindowMs: 0, initTimeoutMs: 300, functionTimeoutMs: 1000, backoffMs: 0 })
    poller.assign([0, 0])
    poller.throws()
    poller.pass(0)
    poller.look()
    poller.pass(1200)
    poller.step({ _tag: "Started", id: 1 })
    poller.pass(100)
    expect(poller.look()).toEqual(["kill", "invoke 0:0,1"])
  })

  it("begins nothing when it was told to stop, and commits what is done then", () => {
    const poller = new Poller([5], { batchSize: 2 })
    poller.assign([0, 0])
    expect(poller.look()).toEqual(["invoke 0:0,1"])
    poller.step({ _tag: "Stop" })
    expect(poller.isIdle).toBe(false)
    poller.answer([0, 1])
    poller.pass(60_000)
    expect(poller.look()).toEqual(["commit 0:1"])
    expect(poller.isIdle).toBe(true)
  })

  it("kills a function also after it was told to stop", () => {
    const poller = new Poller([5], { batchSize: 2, functionTimeoutMs: 100 })
    poller.assign([0, 0])
    poller.started()
    poller.step({ _tag: "Stop" })
    poller.pass()
    expect(poller.look()).toEqual(["invoke 0:0,1", "kill"])
    expect(poller.isIdle).toBe(true)
  })

  it("polls no more than an event may have, in records or in bytes, before it has made one", () => {
    const waiting = (config: Partial<MappingConfig>): number => {
      let state = startMapping({ ...defaultMapping, ...config })
      const step = (input: MappingInput): ReadonlyArray<MappingOutput> => {
        const [next, outputs] = eventSourceMapping.step(state, input)
        state = next
        return outputs
      }
      step({ _tag: "Assigned", partitions: [{ topic, partition: 0, offset: 0 }] })
      for (let offset = 0; offset < 100; offset++) {
        step({ _tag: "Tick", now: offset })
        if (state.partitions[0]?.polling !== true) break
        const record = { offset, timestamp: 0, key: null, value: null, headers: [] }
        const place = { topic, partition: 0, epoch: 1 }
        step({ _tag: "Polled", ...place, records: [{ record, bytes: 100 }], nextOffset: offset + 1 })
      }
      return state.partitions[0]?.position ?? 0
    }
    // The first event is under way, and the next one waits.
    expect(waiting({ batchSize: 4 })).toBe(8)
    expect(waiting({ batchSize: 50, payloadBytes: 500 })).toBe(10)
  })

  it("tells how far a partition is done, whatever its records are at", () => {
    const poller = new Poller([6], { batchSize: 2, maximumRetryAttempts: 0 })
    expect(poller.doneTo(0)).toBeUndefined()
    poller.assign([0, 0])
    expect(poller.doneTo(0)).toBe(0)
    poller.answer([0, 1])
    expect(poller.doneTo(0)).toBe(1)
    poller.pass()
    expect(poller.look().at(-1)).toBe("RetriesExhausted 0:1")
    expect(poller.doneTo(0)).toBe(1)
    poller.step({ _tag: "GivenUp", id: 2, done: true })
    expect(poller.look()[0]).toBe("commit 0:2")
    expect(poller.doneTo(0)).toBe(2)
  })
})
