import { it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect } from "vitest"
import { MemoryNetwork } from "../../../adapters/memory/index.ts"
import { KafkaClient, type KafkaClientOptions } from "../../../core/client/index.ts"
import { encodeBatch, encodeControlBatch } from "../../../core/log/index.ts"
import type { CommitLogError, LogPage } from "../../../core/ports/index.ts"
import { encodeUnsupportedApiVersions, ErrorCode } from "../../../core/protocol/index.ts"
import { ScriptedBroker, type ScriptedBrokerOptions } from "./ScriptedBroker.ts"

const place = { topic: "t", partition: 0, offset: 0, maxBytes: 1_000_000, maxWaitMs: 0 }

const setUp = Effect.fnUntraced(function* (
  options: Partial<ScriptedBrokerOptions> = {},
  client: Partial<KafkaClientOptions> = {}
) {
  const network = MemoryNetwork.make()
  const broker = yield* ScriptedBroker.start({ network, topics: { t: 4, many: 200 }, ...options })
  const kafka = yield* KafkaClient.make({ network, bootstrap: [broker.address], requestTimeoutMs: 5000, ...client })
  return { network, broker, kafka }
})

const textsOf = (page: LogPage) => page.records.map(({ value }) => Buffer.from(value ?? []).toString())

const failureOf = <A>(effect: Effect.Effect<A, CommitLogError>) => Effect.flip(effect)

describe("a name that no topic can have", () => {
  it.live("is refused before anything is connected", () =>
    Effect.gen(function* () {
      const network = MemoryNetwork.make()
      const kafka = yield* KafkaClient.make({ network, bootstrap: [{ host: "nowhere", port: 1 }] })
      for (const topic of ["a b", "..", "", "a".repeat(250)]) {
        const operations = [
          kafka.partitions(topic),
          kafka.read({ ...place, topic }),
          kafka.listOffset(topic, 0, "latest"),
          kafka.setting(topic, "retention.ms")
        ]
        for (const operation of operations) {
          expect(yield* Effect.flip<unknown, CommitLogError, never>(operation)).toMatchObject({
            reason: "Refused",
            message: `${JSON.stringify(topic)} is no topic name: use 1 to 249 letters, digits, dots, underscores and hyphens, and not . or ...`
          })
        }
      }
    })
  )
})

describe("KafkaClient.read", () => {
  it.live("answers the records from an offset on, and where the next read continues", () =>
    Effect.gen(function* () {
      const { broker, kafka } = yield* setUp()
      broker.appendTexts("t", 0, ["a", "b", "c"])
      broker.appendTexts("t", 0, ["d"])
      const page = yield* kafka.read({ ...place, offset: 1 })
      expect(textsOf(page)).toEqual(["b", "c", "d"])
      expect(page).toMatchObject({ nextOffset: 4, logStart: 0, stableEnd: 4 })
    })
  )

  it.live("leaves out markers and the records of aborted transactions, and moves past them", () =>
    Effect.gen(function* () {
      const { broker, kafka } = yield* setUp({
        script: ({ request }) => {
          if (request.name !== "Fetch") return undefined
          const producer = { id: 9, epoch: 0, sequence: 0 }
          const record = (text: string) => ({ timestamp: 1, key: null, value: Buffer.from(text), headers: [] })
          const marker = { producerId: 9, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 1 }
          const at = (baseOffset: number, bytes: Uint8Array) => {
            new DataView(bytes.buffer, bytes.byteOffset).setInt32(4, baseOffset)
            return bytes
          }
          const records = Buffer.concat([
            encodeBatch([record("aborted")], { baseOffset: 0, producer, transactional: true }),
            encodeBatch([record("plain")], { baseOffset: 1 }),
            at(2, encodeControlBatch({ ...marker, type: "abort" })),
            encodeBatch([record("committed")], { baseOffset: 3, producer, transactional: true }),
            at(4, encodeControlBatch({ ...marker, type: "commit" }))
          ])
          const abortedTransactions = [{ producerId: 9, firstOffset: 0 }]
          const sizes = { highWatermark: 5, lastStableOffset: 5, logStartOffset: 0 }
          const partitions = [{ partitionIndex: 0, errorCode: 0, ...sizes, abortedTransactions, records }]
          return { _tag: "Body", body: { responses: [{ topic: "t", partitions }] } }
        }
      })
      const page = yield* kafka.read(place)
      expect(textsOf(page)).toEqual(["plain", "committed"])
      expect(page.nextOffset).toBe(5)
      expect(broker.count("Fetch")).toBe(1)
    })
  )

  it.live("asks for committed records, and never creates a topic", () =>
    Effect.gen(function* () {
      const { broker, kafka } = yield* setUp()
      yield* kafka.read(place)
      const fetches = broker.seen.flatMap(({ request }) => (request.name === "Fetch" ? [request.body] : []))
      const metadata = broker.seen.flatMap(({ request }) => (request.name === "Metadata" ? [request.body] : []))
      expect(fetches.map(({ isolationLevel }) => isolationLevel)).toEqual([1])
      expect(metadata.map(({ allowAutoTopicCreation }) => allowAutoTopicCreation)).toEqual([false])
    })
  )

  it.live("is woken by an append, long before its wait is over", () =>
    Effect.gen(function* () {
      const { broker, kafka } = yield* setUp()
      const started = yield* Clock.currentTimeMillis
      const reading = yield* Effect.forkChild(kafka.read({ ...place, maxWaitMs: 20_000 }))
      yield* until(() => broker.count("Fetch") === 1)
      broker.appendTexts("t", 0, ["late"])
      expect(textsOf(yield* Fiber.join(reading))).toEqual(["late"])
      expect((yield* Clock.currentTimeMillis) - started).toBeLessThan(5000)
    })
  )

  it.live("waits as long as it was allowed to when nothing comes, in Fetches of half a second at most", () =>
    Effect.gen(function* () {
      const { broker, kafka } = yield* setUp()
      const started = yield* Clock.currentTimeMillis
      const page = yield* kafka.read({ ...place, maxWaitMs: 700 })
      const took = (yield* Clock.currentTimeMillis) - started
      expect(page).toEqual({ records: [], nextOffset: 0, logStart: 0, stableEnd: 0 })
      expect(took).toBeGreaterThanOrEqual(690)
      const waits = broker.seen.flatMap(({ request }) => (request.name === "Fetch" ? [request.body.maxWaitMs] : []))
      expect(Math.max(...waits)).toBe(500)
    })
  )

  it.live("names the log's start when the offset is below it", () =>
    Effect.gen(function* () {
      const { broker, kafka } = yield* setUp()
      broker.appendTexts("t", 0, ["a", "b", "c"])
      broker.trim("t", 0, 2)
      const error = yield* failureOf(kafka.read(place))
      expect(error).toMatchObject({ reason: "OffsetOutOfRange", topic: "t", partition: 0, offset: 0, logStart: 2 })
      expect(error.message).toBe("Offset 0 of t-0 is gone, the log begins at 2: read from there on.")
    })
  )

  it.live("names no start when the offset is beyond the end", () =>
    Effect.gen(function* () {
      const { kafka } = yield* setUp()
      const error = yield* failureOf(kafka.read({ ...place, offset: 9 }))
      expect(error.reason).toBe("OffsetOutOfRange")
      expect(error.logStart).toBeUndefined()
    })
  )

  it.live("fails with Damaged when the bytes do not match their checksum", () =>
    Effect.gen(function* () {
      const { broker, kafka } = yield* setUp()
      const batch = encodeBatch([{ timestamp: 1, key: null, value: Buffer.from("x"), headers: [] }])
      batch[batch.length - 2]! ^= 1
      broker.append("t", 0, batch)
      const error = yield* failureOf(kafka.read(place))
      expect(error.reason).toBe("Damaged")
      expect(error.message).toContain("its CRC-32C is")
    })
  )

  it.live("goes on with fresh metadata when the broker is not the leader any more", () =>
    Effect.gen(function* () {
      let refused = 0
      const { broker, kafka } = yield* setUp({
        script: ({ request }) => {
          if (request.name !== "Fetch" || refused++ >= 2) return undefined
          const errorCode = ErrorCode.NOT_LEADER_OR_FOLLOWER
          const partitions = [{ partitionIndex: 0, errorCode, highWatermark: -1, records: null }]
          return { _tag: "Body", body: { responses: [{ topic: "t", partitions }] } }
        }
      })
      broker.appendTexts("t", 0, ["a"])
      expect(textsOf(yield* kafka.read(place))).toEqual(["a"])
      expect(broker.count("Metadata")).toBe(3)
    })
  )

  it.live("survives a broker that is restarted while it waits", () =>
    Effect.gen(function* () {
      const { broker, kafka } = yield* setUp()
      const reading = yield* Effect.forkChild(kafka.read({ ...place, maxWaitMs: 20_000 }))
      yield* until(() => broker.count("Fetch") === 1)
      yield* broker.stop
      yield* broker.listen
      yield* until(() => broker.count("Fetch") === 2)
      broker.appendTexts("t", 0, ["after"])
      expect(textsOf(yield* Fiber.join(reading))).toEqual(["after"])
    })
  )

  it.live("leaves the connection usable when it is interrupted", () =>
    Effect.gen(function* () {
      const { broker, kafka } = yield* setUp()
      const reading = yield* Effect.forkChild(kafka.read({ ...place, maxWaitMs: 20_000 }))
      yield* until(() => broker.count("Fetch") === 1)
      yield* Fiber.interrupt(reading)
      broker.appendTexts("t", 0, ["a"])
      expect(textsOf(yield* kafka.read({ ...place, maxWaitMs: 1000 }))).toEqual(["a"])
      expect(broker.open).toBe(2)
    })
  )

  it.live("has a deadline, and then says why", () =>
    Effect.gen(function* () {
      const { kafka } = yield* setUp(
        { script: ({ request }) => (request.name === "Fetch" ? { _tag: "Silence" } : undefined) },
        { requestTimeoutMs: 200 }
      )
      const error = yield* failureOf(kafka.read(place))
      expect(error.reason).toBe("Unreachable")
      expect(error.message).toContain("Nothing was read from offset 0 of t-0 within 200 ms")
    })
  )
})

describe("KafkaClient under load", () => {
  it.live("reads 200 partitions at once over two connections, none waiting for a long poll", () =>
    Effect.gen(function* () {
      const { broker, kafka } = yield* setUp()
      for (let partition = 0; partition < 200; partition++) broker.appendTexts("many", partition, [`p${partition}`])
      const polling = yield* Effect.forkChild(kafka.read({ ...place, maxWaitMs: 20_000 }))
      yield* until(() => broker.count("Fetch") === 1)
      const before = broker.count("Fetch")
      const pages = yield* Effect.forEach(
        Array.from({ length: 200 }, (_, partition) => partition),
        (partition) => kafka.read({ ...place, topic: "many", partition }),
        { concurrency: "unbounded" }
      )
      expect(pages.flatMap(textsOf)).toEqual(Array.from({ length: 200 }, (_, partition) => `p${partition}`))
      expect(broker.connections).toBe(2)
      expect(broker.count("Fetch") - before).toBeLessThan(20)
      expect(polling.pollUnsafe()).toBeUndefined()
    })
  )

  it.live("serves readers of one partition from different offsets", () =>
    Effect.gen(function* () {
      const { broker, kafka } = yield* setUp()
      for (let i = 0; i < 50; i++) broker.appendTexts("t", 0, [`r${i}`])
      const pages = yield* Effect.forEach(
        Array.from({ length: 50 }, (_, offset) => offset),
        (offset) => kafka.read({ ...place, offset, maxBytes: 1 }),
        { concurrency: "unbounded" }
      )
      expect(pages.map((page) => textsOf(page)[0])).toEqual(Array.from({ length: 50 }, (_, i) => `r${i}`))
    })
  )

  it.live("gives every read its records when the answers together have a bound", () =>
    Effect.gen(function* () {
      const { broker, kafka } = yield* setUp({}, { maxInFlightBytes: 400 })
      const text = "x".repeat(300)
      for (let partition = 0; partition < 20; partition++) broker.appendTexts("many", partition, [text])
      const pages = yield* Effect.forEach(
        Array.from({ length: 20 }, (_, partition) => partition),
        (partition) => kafka.read({ ...place, topic: "many", partition, maxBytes: 100 }),
        { concurrency: "unbounded" }
      )
      expect(pages.flatMap(textsOf)).toEqual(Array.from({ length: 20 }, () => text))
    })
  )

  it.live("follows a busy partition beside an idle one without waiting for the idle one", () =>
    Effect.gen(function* () {
      const { broker, kafka } = yield* setUp()
      const idle = yield* Effect.forkChild(kafka.read({ ...place, partition: 1, maxWaitMs: 20_000 }))
      yield* until(() => broker.count("Fetch") === 1)
      const started = yield* Clock.currentTimeMillis
      let offset = 0
      for (let i = 0; i < 20; i++) {
        const reading = yield* Effect.forkChild(kafka.read({ ...place, offset, maxWaitMs: 20_000 }))
        yield* until(() => broker.seen.some(({ request }) => asksFor(request, offset)))
        broker.appendTexts("t", 0, [`b${i}`])
        offset = (yield* Fiber.join(reading)).nextOffset
      }
      expect(offset).toBe(20)
      expect((yield* Clock.currentTimeMillis) - started).toBeLessThan(20 * 200)
      yield* Fiber.interrupt(idle)
    })
  )
})

describe("KafkaClient and its brokers", () => {
  it.live("asks the next bootstrap broker when one does not answer", () =>
    Effect.gen(function* () {
      const network = MemoryNetwork.make()
      const broker = yield* ScriptedBroker.start({ network, topics: { t: 3 } })
      const kafka = yield* KafkaClient.make({ network, bootstrap: [{ host: "memory", port: 1 }, broker.address] })
      expect(yield* kafka.partitions("t")).toBe(3)
    })
  )

  it.live("says how to start a broker when nobody listens, without waiting for the deadline", () =>
    Effect.gen(function* () {
      const kafka = yield* KafkaClient.make({
        network: MemoryNetwork.make(),
        bootstrap: [{ host: "localhost", port: 9092 }]
      })
      const error = yield* failureOf(kafka.topics)
      expect(error.reason).toBe("Unreachable")
      expect(error.message).toBe(
        "No broker answers at localhost:9092: start one with `odradek broker`, or name another with --brokers."
      )
    })
  )

  it.live("lets go of the bootstrap connection when brokers are known by other names", () =>
    Effect.gen(function* () {
      const { broker, kafka } = yield* setUp()
      broker.advertised = { host: "elsewhere", port: broker.address.port }
      broker.appendTexts("t", 0, ["a"])
      expect(textsOf(yield* kafka.read(place))).toEqual(["a"])
      yield* until(() => broker.open === 1)
      expect(broker.connections).toBe(2)
    })
  )

  it.live("knows a topic as soon as it is there", () =>
    Effect.gen(function* () {
      const { broker, kafka } = yield* setUp()
      const error = yield* failureOf(kafka.partitions("new"))
      expect(error.message).toBe("Topic new does not exist on this cluster: create it, or use another name.")
      broker.topics["new"] = 2
      expect(yield* kafka.partitions("new")).toBe(2)
      expect(yield* kafka.topics).toEqual(["many", "new", "t"])
    })
  )

  it.effect("knows of partitions that were added a second later, and asks no more than once a second", () =>
    Effect.gen(function* () {
      const { broker, kafka } = yield* setUp()
      expect(yield* kafka.partitions("t")).toBe(4)
      broker.topics["t"] = 6
      yield* TestClock.adjust(999)
      expect(yield* kafka.partitions("t", { create: true })).toBe(4)
      expect(broker.count("Metadata")).toBe(1)
      yield* TestClock.adjust(1)
      expect(yield* kafka.partitions("t")).toBe(6)
      for (let times = 0; times < 100; times++) yield* kafka.partitions("t")
      expect(broker.count("Metadata")).toBe(2)
    })
  )

  it.effect("takes a topic for what it was while no broker says how it is", () =>
    Effect.gen(function* () {
      const { broker, kafka } = yield* setUp()
      expect(yield* kafka.partitions("t")).toBe(4)
      yield* TestClock.adjust(5000)
      broker.script = () => ({ _tag: "Silence" })
      const asked = yield* Effect.forkChild(kafka.partitions("t"), { startImmediately: true })
      yield* TestClock.withLive(until(() => broker.count("Metadata") === 2))
      yield* TestClock.adjust(1000)
      expect(yield* Fiber.join(asked)).toBe(4)
    })
  )

  it.effect("does not take a topic that was deleted for what it was", () =>
    Effect.gen(function* () {
      const { broker, kafka } = yield* setUp()
      expect(yield* kafka.partitions("t")).toBe(4)
      delete broker.topics["t"]
      yield* TestClock.adjust(1000)
      expect(yield* failureOf(kafka.partitions("t"))).toMatchObject({ reason: "UnknownTopic" })
    })
  )

  it.live("asks for metadata once when many ask at a time", () =>
    Effect.gen(function* () {
      const { broker, kafka } = yield* setUp()
      yield* Effect.forEach([1, 2, 3, 4, 5], () => kafka.partitions("t"), { concurrency: "unbounded" })
      expect(broker.count("Metadata")).toBe(1)
    })
  )

  it.live("answers with both ends of a log", () =>
    Effect.gen(function* () {
      const { broker, kafka } = yield* setUp()
      broker.appendTexts("t", 2, ["a", "b", "c"])
      broker.trim("t", 2, 1)
      expect(yield* kafka.listOffset("t", 2, "earliest")).toBe(1)
      expect(yield* kafka.listOffset("t", 2, "latest")).toBe(3)
    })
  )

  it.live("speaks older versions with an older broker", () =>
    Effect.gen(function* () {
      const { broker, kafka } = yield* setUp({
        script: ({ request }) => {
          if (request.name !== "ApiVersions") return undefined
          const { apiVersion, correlationId } = request.header
          if (apiVersion === 3) return { _tag: "Frame", frame: encodeUnsupportedApiVersions(correlationId) }
          const only = (apiKey: number, maxVersion: number) => ({ apiKey, minVersion: 0, maxVersion })
          return { _tag: "Body", body: { errorCode: 0, apiKeys: [only(1, 4), only(2, 1), only(3, 4), only(18, 2)] } }
        }
      })
      broker.appendTexts("t", 0, ["a"])
      expect(textsOf(yield* kafka.read(place))).toEqual(["a"])
      const versions = new Map(broker.seen.map(({ request }) => [request.name, request.header.apiVersion]))
      expect(Object.fromEntries(versions)).toEqual({ ApiVersions: 2, Metadata: 4, Fetch: 4 })
    })
  )

  it.live("fails what is under way when it is closed, and what comes later", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { broker, kafka } = yield* Scope.provide(setUp(), scope)
      const reading = yield* Effect.forkChild(Effect.flip(kafka.read({ ...place, maxWaitMs: 20_000 })))
      yield* until(() => broker.count("Fetch") === 1)
      yield* Scope.close(scope, Exit.void)
      expect((yield* Fiber.join(reading)).message).toBe("The client is closed: make a new one.")
      expect((yield* Effect.flip(kafka.topics)).message).toBe("The client is closed: make a new one.")
    })
  )

  it.live("names the version that is needed when the broker is too old", () =>
    Effect.gen(function* () {
      const { kafka } = yield* setUp({
        script: ({ request }) => {
          if (request.name !== "ApiVersions") return undefined
          return {
            _tag: "Body",
            body: { errorCode: 0, apiKeys: [{ apiKey: 3, minVersion: 0, maxVersion: 2 }] }
          }
        }
      })
      const error = yield* failureOf(kafka.read(place))
      expect(error.reason).toBe("Refused")
      expect(error.message).toContain("compatible with Apache Kafka 0.11 or newer, at a port for clients")
    })
  )
})

/** Looks again and again until a condition holds. */
const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (condition() ? Effect.void : Effect.andThen(Effect.sleep(1), until(condition))))

const asksFor = (request: ScriptedBroker["seen"][number]["request"], offset: number): boolean =>
  request.name === "Fetch" &&
  request.body.topics.some(({ partitions }) =>
    partitions.some((each) => each.partition === 0 && each.fetchOffset === offset)
  )
