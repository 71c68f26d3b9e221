import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setImmediate } from "node:timers/promises"
import * as Effect from "effect/Effect"
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { DynamoDbStore } from "../../../adapters/dynamodb/index.ts"
import { MemoryLog, MemoryStore } from "../../../adapters/memory/index.ts"
import { SqliteStore } from "../../../adapters/sql/sqlite/index.ts"
import type { LogRecord } from "../../../core/log/index.ts"
import { JournalStoreError } from "../../../core/ports/index.ts"
import type { JournalStore } from "../../../core/ports/index.ts"
import { recordOf } from "../../../core/scenarios/journal/JournalModel.ts"
import { makeReplicatorHandler, ReplicationIncomplete } from "../../../runtimes/lambda/index.ts"
import type { ReplicatorHandlerOptions } from "../../../runtimes/lambda/index.ts"
import { localDynamoDb } from "../../adapters/dynamodb/LocalDynamoDb.ts"
import { contentsOf, expectedContents, goldenEvent, topic } from "./GoldenEvent.ts"
import { contextOf, eventOf } from "./Invocations.ts"

const folder = mkdtempSync(join(tmpdir(), "odradek-lambda-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => vi.unstubAllEnvs())

let files = 0
const newFile = (): string => join(folder, `${++files}.db`)

const minute = 60_000

const record = (offset: number, seqNr = offset + 1, id = "a"): LogRecord => ({
  ...recordOf(id, { _tag: "Append", seqNrs: [seqNr] }, `${offset}`),
  offset
})

const poison = (offset: number): LogRecord => ({
  ...record(offset),
  headers: [{ name: "journal.action", value: new Uint8Array([0]) }]
})

const records = (from: number, to: number): ReadonlyArray<LogRecord> =>
  Array.from({ length: to - from + 1 }, (_, at) => record(from + at))

const quiet = (options: ReplicatorHandlerOptions) => makeReplicatorHandler({ write: () => undefined, ...options })

const pointerOf = (open: ReplicatorHandlerOptions["store"], partition = 0) =>
  Effect.runPromise(Effect.scoped(Effect.flatMap(open, (store) => store.pointer(topic, partition))))

/** Lets time pass, in steps after each of which everything comes to wait for time. */
const pass = async (milliseconds: number): Promise<void> => {
  for (let passed = 0; passed < milliseconds; passed += 100) {
    for (let turn = 0; turn < 10; turn++) await setImmediate()
    await vi.advanceTimersByTimeAsync(100)
  }
}

describe("a function that replicates", () => {
  it("makes of events what a replicator makes of the log, in SQLite", async () => {
    const open = SqliteStore.open({ path: newFile() })
    const handler = quiet({ store: open })
    expect(await handler(goldenEvent, contextOf(minute))).toEqual({ batchItemFailures: [] })
    await handler.close()
    const found = Effect.scoped(Effect.flatMap(open, (store) => contentsOf(store)))
    expect(await Effect.runPromise(found)).toEqual(await Effect.runPromise(expectedContents))
  })

  it("makes of events what a replicator makes of the log, in DynamoDB", async () => {
    const program = Effect.gen(function* () {
      const { endpoint } = yield* localDynamoDb
      const open = DynamoDbStore.open({ region: "eu-west-1", table: "journal", endpoint })
      const handler = quiet({ store: open })
      const answers = [
        yield* Effect.promise(() => handler(goldenEvent, contextOf(minute))),
        yield* Effect.promise(() => handler(goldenEvent, contextOf(minute)))
      ]
      expect(answers).toEqual([{ batchItemFailures: [] }, { batchItemFailures: [] }])
      yield* Effect.promise(() => handler.close())
      expect(yield* Effect.scoped(Effect.flatMap(open, (store) => contentsOf(store)))).toEqual(yield* expectedContents)
    })
    await Effect.runPromise(Effect.scoped(program))
  })

  it("reports the first record of a partition that is not in the store, and finishes the others", async () => {
    const store = Effect.succeed(MemoryStore.make())
    const handler = quiet({ store })
    const event = eventOf([
      { topic, partition: 0, records: [record(0), record(1), poison(2), record(3)] },
      { topic, partition: 1, records: [record(0, 1, "b"), record(1, 2, "b")] }
    ])
    const answer = { batchItemFailures: [{ itemIdentifier: { partition: `${topic}-0`, offset: 2 } }] }
    expect(await handler(event, contextOf(minute))).toEqual(answer)
    expect(await pointerOf(store, 0)).toBe(1)
    expect(await pointerOf(store, 1)).toBe(1)
  })

  it("throws where not one record is in the store", async () => {
    const handler = quiet({ store: Effect.succeed(MemoryStore.make()) })
    const event = eventOf([
      { topic, partition: 0, records: [poison(0), record(1)] },
      { topic, partition: 1, records: [record(7, 1, "b")] }
    ])
    const failure = await handler(event, contextOf(minute)).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ReplicationIncomplete)
    expect(failure).toMatchObject({
      name: "ReplicationIncomplete",
      partitions: [
        { topic, partition: 0, offset: 0 },
        { topic, partition: 1, offset: 7 }
      ]
    })
    expect((failure as Error).message).toContain(
      `${topic}-1 stays at offset 7: The records of ${topic}-1 begin at offset 7`
    )
  })

  it("throws where not everything is done and the mapping would not read what it answers", async () => {
    const handler = quiet({ store: Effect.succeed(MemoryStore.make()), partialResponses: false })
    const event = eventOf([{ topic, partition: 0, records: [record(0), poison(1)] }])
    await expect(handler(event, contextOf(minute))).rejects.toThrow(`${topic}-0 stays at offset 1`)
    const whole = eventOf([{ topic, partition: 0, records: [record(0)] }])
    expect(await handler(whole, contextOf(minute))).toEqual({ batchItemFailures: [] })
  })

  describe("when its time", () => {
    beforeEach(() => vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] }))
    afterEach(() => vi.useRealTimers())

    it("is nearly up, begins no further page, and reports where it goes on", async () => {
      const store = MemoryStore.make()
      const slow: JournalStore = { ...store, write: (steps) => Effect.delay(store.write(steps), 3000) }
      const handler = quiet({ store: Effect.succeed(slow) })
      const large = records(0, 9).map((one) => ({ ...one, headers: [], value: new Uint8Array(600_000) }))
      const answer = handler(eventOf([{ topic, partition: 0, records: large }]), contextOf(10_000))
      await pass(9400)
      expect(await answer).toEqual({
        batchItemFailures: [{ itemIdentifier: { partition: `${topic}-0`, offset: 6 } }]
      })
      expect(await pointerOf(Effect.succeed(store))).toBe(5)
    })

    it("is up before the store opens, throws", async () => {
      const handler = quiet({ store: Effect.never })
      const event = eventOf([{ topic, partition: 0, records: records(0, 1) }])
      const answer = expect(handler(event, contextOf(10_000))).rejects.toThrow("The store was not open")
      await pass(9400)
      await answer
    })
  })

  it("opens its store once for all invocations, again where that has failed, and closes it at the end", async () => {
    let opened = 0
    let closed = 0
    const store = Effect.gen(function* () {
      opened++
      yield* Effect.addFinalizer(() => Effect.sync(() => closed++))
      if (opened === 1) {
        return yield* new JournalStoreError({ reason: "Unreachable", operation: "open", message: "It is down." })
      }
      return memory
    })
    const memory = MemoryStore.make()
    const handler = quiet({ store })
    const event = (n: number) => eventOf([{ topic, partition: 0, records: records(n, n) }])
    await expect(handler(event(0), contextOf(minute))).rejects.toThrow("It is down.")
    expect([opened, closed]).toEqual([1, 1])
    await handler(event(0), contextOf(minute))
    await handler(event(1), contextOf(minute))
    expect([opened, closed]).toEqual([2, 1])
    await handler.close()
    expect(closed).toBe(2)
    expect(await pointerOf(Effect.succeed(memory))).toBe(1)
  })

  it("may be two sandboxes at once, with records that both of them have", async () => {
    const path = newFile()
    const handlers = [0, 1, 2].map(() => quiet({ store: SqliteStore.open({ path }) }))
    const whole = records(0, 60)
    const event = (from: number, to: number) => eventOf([{ topic, partition: 0, records: whole.slice(from, to) }])
    const [first, second, third] = handlers
    const answers = await Promise.all([
      first?.(event(0, 61), contextOf(minute)),
      second?.(event(0, 30), contextOf(minute)),
      third?.(event(0, 45), contextOf(minute))
    ])
    expect(answers).toEqual(answers.map(() => ({ batchItemFailures: [] })))
    for (const handler of handlers) await handler.close()
    const open = SqliteStore.open({ path })
    const found = await Effect.runPromise(Effect.scoped(Effect.flatMap(open, (store) => contentsOf(store, ["a"]))))
    expect(found[0]?.[1].map(({ seqNr }) => seqNr)).toEqual(whole.map(({ offset }) => offset + 1))
    expect(await pointerOf(open)).toBe(60)
  })

  it("reads what the mapping does not hand over from the log, where it has one", async () => {
    const store = MemoryStore.make()
    const log = MemoryLog.make({ partitions: { [topic]: 1 } })
    const append = (one: LogRecord) => log.append({ ...one, topic, partition: 0 })
    await Effect.runPromise(Effect.forEach(records(0, 9), append))
    const handler = quiet({ store: Effect.succeed(store), log: Effect.succeed(log) })
    const event = eventOf([{ topic, partition: 0, records: records(8, 9) }])
    expect(await handler(event, contextOf(minute))).toEqual({ batchItemFailures: [] })
    expect(await pointerOf(Effect.succeed(store))).toBe(9)
  })

  it("refuses an event that is not from Kafka", async () => {
    const handler = quiet({ store: Effect.succeed(MemoryStore.make()) })
    await expect(handler({ Records: [] }, contextOf(minute))).rejects.toMatchObject({
      name: "KafkaEventError",
      reason: "NotKafka"
    })
  })
})

describe("what a function that replicates writes down", () => {
  /** Invokes a function twice, and gives the lines of both invocations, parsed. */
  const lines = async (event: (n: number) => unknown) => {
    const written: Array<string> = []
    const handler = makeReplicatorHandler({
      store: Effect.succeed(MemoryStore.make()),
      write: (line) => written.push(line)
    })
    const invoked = async (n: number): Promise<ReadonlyArray<Record<string, unknown>>> => {
      await handler(event(n), contextOf(minute, `request-${n}`)).catch(() => undefined)
      return written.splice(0).map((line) => JSON.parse(line) as Record<string, unknown>)
    }
    return [await invoked(0), await invoked(1)] as const
  }
  const fine = (n: number) => eventOf([{ topic, partition: 0, records: records(2 * n, 2 * n + 1) }])

  it("is counted in CloudWatch's embedded metric format, under the names of Powertools, and marks the cold start", async () => {
    vi.stubEnv("POWERTOOLS_SERVICE_NAME", "ledger")
    vi.stubEnv("POWERTOOLS_METRICS_NAMESPACE", "bank")
    const [first, second] = await lines(fine)
    expect(first.map((line) => line["ColdStart"])).toEqual([1, undefined])
    expect(first[0]).toMatchObject({ service: "ledger", function_name: "journals" })
    expect(second).toHaveLength(1)
    expect(second[0]).toMatchObject({
      _aws: { CloudWatchMetrics: [{ Namespace: "bank", Dimensions: [["service", "topic"]] }] },
      service: "ledger",
      topic,
      RecordsReplicated: 2,
      EventsReplicated: 2,
      PartitionsFailed: 0
    })
    const { Metrics } = (second[0] as { _aws: { CloudWatchMetrics: [{ Metrics: ReadonlyArray<{ Name: string }> }] } })
      ._aws.CloudWatchMetrics[0]
    for (const { Name } of Metrics) expect(second[0]).toHaveProperty(Name)
  })

  it("is said in lines of JSON with the keys of Powertools, above its level", async () => {
    vi.stubEnv("POWERTOOLS_METRICS_DISABLED", "true")
    const [first, second] = await lines(() => eventOf([{ topic, partition: 0, records: [record(5)] }]))
    const common = { service: "replicator", function_name: "journals", function_memory_size: "512" }
    expect(first.at(-1)).toMatchObject({
      ...common,
      level: "ERROR",
      cold_start: true,
      function_request_id: "request-0"
    })
    expect(second.at(-1)).toMatchObject({ ...common, cold_start: false, function_request_id: "request-1" })
    expect(first.map(({ level }) => level)).toEqual(["ERROR", "ERROR"])
    expect(first.find(({ level, reason }) => level === "ERROR" && reason === "Lost")).toMatchObject({
      topic,
      partition: 0
    })
    vi.stubEnv("POWERTOOLS_LOG_LEVEL", "SILENT")
    expect(await lines(() => eventOf([{ topic, partition: 0, records: [record(5)] }]))).toEqual([[], []])
  })
})
