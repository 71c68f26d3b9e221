import { it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import type * as Scope from "effect/Scope"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect } from "vitest"
import { Broker, type BrokerOptions } from "../../../runtimes/node/Broker.ts"
import { adminOf, clientOf, consume, consumerOf, producerOf, texts } from "./Clients.ts"

const promise = <A>(run: () => Promise<A>): Effect.Effect<A> => Effect.promise(run)

/** A folder that is gone after the test. */
const folder = Effect.acquireRelease(
  promise(() => mkdtemp(join(tmpdir(), "odradek-broker-"))),
  (path) => promise(() => rm(path, { recursive: true, force: true }))
)

const valuesOf = (seen: ReadonlyArray<string>): ReadonlyArray<string> => seen.map((line) => line.split("=")[1] ?? "")

const test = (name: string, run: () => Effect.Effect<void, unknown, Scope.Scope>): void =>
  it.live(name, () => Effect.scoped(run()))

describe("a broker in memory, used by kafkajs", () => {
  test("creates, lists, describes and deletes topics", () =>
    Effect.gen(function* () {
      const { address } = yield* Broker.start()
      const admin = yield* adminOf(address)
      const made = yield* promise(() =>
        admin.createTopics({ waitForLeaders: true, topics: [{ topic: "a", numPartitions: 3 }, { topic: "b" }] })
      )
      expect(made).toBe(true)
      expect(yield* promise(() => admin.createTopics({ topics: [{ topic: "a" }] }))).toBe(false)
      expect(yield* promise(() => admin.listTopics())).toEqual(["a", "b"])
      const { topics } = yield* promise(() => admin.fetchTopicMetadata({ topics: ["a"] }))
      expect(topics[0]?.partitions.map(({ leader }) => leader)).toEqual([1, 1, 1])
      yield* promise(() => admin.deleteTopics({ topics: ["a"] }))
      expect(yield* promise(() => admin.listTopics())).toEqual(["b"])
    }))

  test("gives back what was produced, in order, with keys, headers, nulls and compression", () =>
    Effect.gen(function* () {
      const { address } = yield* Broker.start({ autoCreateTopics: true })
      const producer = yield* producerOf(address, { allowAutoTopicCreation: true })
      const messages = [
        { key: "k", value: "v", headers: { one: "1", many: ["2", "3"] } },
        { key: "k", value: null },
        { key: null, value: Buffer.from([0, 255]) }
      ]
      const { CompressionTypes } = yield* promise(() => import("kafkajs").then((kafkajs) => kafkajs.default))
      yield* promise(() => producer.send({ topic: "fresh", messages }))
      yield* promise(() => producer.send({ topic: "fresh", messages, compression: CompressionTypes.GZIP }))
      const consumer = yield* consumerOf(address, "g")
      const seen = yield* consume(consumer, "fresh", 6)
      expect(seen).toEqual(["0@0=v", "0@1=null", "0@2=\u0000\ufffd", "0@3=v", "0@4=null", "0@5=\u0000\ufffd"])
    }))

  test("takes an idempotent producer's records once", () =>
    Effect.gen(function* () {
      const { address } = yield* Broker.start()
      const admin = yield* adminOf(address)
      yield* promise(() => admin.createTopics({ topics: [{ topic: "t" }] }))
      const producer = yield* producerOf(address, { idempotent: true })
      for (let i = 0; i < 20; i++) yield* promise(() => producer.send({ topic: "t", messages: texts(i * 5, 5) }))
      const seen = yield* consume(yield* consumerOf(address, "g"), "t", 100)
      expect(valuesOf(seen)).toEqual(texts(0, 100).map(({ value }) => value))
    }))

  test("shares a topic out among a group, and again when one of two leaves", () =>
    Effect.gen(function* () {
      const { address } = yield* Broker.start()
      const admin = yield* adminOf(address)
      yield* promise(() => admin.createTopics({ topics: [{ topic: "t", numPartitions: 4 }] }))
      const producer = yield* producerOf(address)
      const seen = new Map<string, Set<number>>()
      const all = yield* Deferred.make<void>()
      const start = Effect.fnUntraced(function* (name: string) {
        const consumer = clientOf(address).consumer({
          groupId: "g",
          sessionTimeout: 6000,
          heartbeatInterval: 50,
          maxWaitTimeInMs: 100
        })
        const joined = yield* Deferred.make<ReadonlyArray<number>>()
        consumer.on("consumer.group_join", ({ payload }) =>
          Deferred.doneUnsafe(joined, Effect.succeed(payload.memberAssignment["t"] ?? []))
        )
        yield* Effect.addFinalizer(() => promise(() => consumer.disconnect()))
        yield* promise(() => consumer.connect())
        yield* promise(() => consumer.subscribe({ topic: "t", fromBeginning: true }))
        yield* promise(() =>
          consumer.run({
            eachMessage: ({ partition }) => {
              seen.set(name, (seen.get(name) ?? new Set()).add(partition))
              if (seen.get("first")?.size === 2 && seen.get("second")?.size === 2) {
                Deferred.doneUnsafe(all, Effect.void)
              }
              return Promise.resolve()
            }
          })
        )
        return { consumer, assigned: yield* Deferred.await(joined) }
      })
      const produce = () =>
        promise(() =>
          producer.send({ topic: "t", messages: [0, 1, 2, 3].map((partition) => ({ partition, value: "x" })) })
        )
      const first = yield* start("first")
      expect(first.assigned).toEqual([0, 1, 2, 3])
      const second = yield* start("second")
      expect(second.assigned).toHaveLength(2)
      yield* Effect.raceFirst(Deferred.await(all), Effect.forever(Effect.andThen(produce(), Effect.sleep(20))))
      const alone = yield* Deferred.make<number>()
      second.consumer.on("consumer.group_join", ({ payload }) =>
        Deferred.doneUnsafe(alone, Effect.succeed(payload.memberAssignment["t"]?.length ?? 0))
      )
      yield* promise(() => first.consumer.disconnect())
      expect(yield* Deferred.await(alone)).toBe(4)
    }))

  test("tells a member that comes back where its group is", () =>
    Effect.gen(function* () {
      const { address } = yield* Broker.start()
      const admin = yield* adminOf(address)
      yield* promise(() => admin.createTopics({ topics: [{ topic: "t" }] }))
      const producer = yield* producerOf(address)
      yield* promise(() => producer.send({ topic: "t", messages: texts(0, 10) }))
      yield* Effect.scoped(Effect.flatMap(consumerOf(address, "g"), (consumer) => consume(consumer, "t", 10)))
      yield* promise(() => producer.send({ topic: "t", messages: texts(10, 5) }))
      const again = yield* consume(yield* consumerOf(address, "g"), "t", 5)
      expect(valuesOf(again)).toEqual(texts(10, 5).map(({ value }) => value))
    }))

  test("answers a client that waits as soon as there is a record", () =>
    Effect.gen(function* () {
      const { address } = yield* Broker.start()
      const admin = yield* adminOf(address)
      yield* promise(() => admin.createTopics({ topics: [{ topic: "t" }] }))
      const producer = yield* producerOf(address)
      const consumer = yield* consumerOf(address, "g", { maxWaitTimeInMs: 20_000 })
      const fetching = yield* Deferred.make<void>()
      consumer.on("consumer.group_join", () => Deferred.doneUnsafe(fetching, Effect.void))
      const reading = yield* Effect.forkChild(consume(consumer, "t", 1), { startImmediately: true })
      yield* Deferred.await(fetching)
      yield* promise(() => producer.send({ topic: "t", messages: texts(0, 1) }))
      const started = performance.now()
      expect(yield* Fiber.join(reading)).toEqual(["0@0=value-0"])
      expect(performance.now() - started).toBeLessThan(10_000)
    }))
})

describe("a broker with a folder", () => {
  test("has everything again after a restart: topics, records, offsets of groups and producer ids", () =>
    Effect.gen(function* () {
      const data = yield* folder
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { address } = yield* Broker.start({ data })
          const admin = yield* adminOf(address)
          yield* promise(() => admin.createTopics({ topics: [{ topic: "t", numPartitions: 2 }] }))
          const producer = yield* producerOf(address, { idempotent: true })
          yield* promise(() => producer.send({ topic: "t", messages: [...texts(0, 50), ...texts(50, 50, 1)] }))
          yield* consume(yield* consumerOf(address, "g"), "t", 100)
        })
      )
      const { address } = yield* Broker.start({ data })
      const admin = yield* adminOf(address)
      expect(yield* promise(() => admin.fetchTopicOffsets("t"))).toMatchObject([{ high: "50" }, { high: "50" }])
      const [committed] = yield* promise(() => admin.fetchOffsets({ groupId: "g" }))
      expect(committed?.partitions.map(({ offset }) => offset)).toEqual(["50", "50"])
      const producer = yield* producerOf(address, { idempotent: true })
      yield* promise(() => producer.send({ topic: "t", messages: texts(100, 3) }))
      const seen = yield* consume(yield* consumerOf(address, "g"), "t", 3)
      expect(seen).toEqual(["0@50=value-100", "0@51=value-101", "0@52=value-102"])
    }))

  test("belongs to one process at a time", () =>
    Effect.gen(function* () {
      const data = yield* folder
      yield* Broker.start({ data })
      const error = yield* Effect.flip(Effect.scoped(Broker.start({ data })))
      expect(error).toMatchObject({ _tag: "DiskError", reason: "Locked" })
      expect(error.message).toMatch(/\S.*\.$/)
    }))

  test("is not started over a damaged list of topics, and nothing is changed", () =>
    Effect.gen(function* () {
      const data = yield* folder
      yield* Effect.scoped(Broker.start({ data }))
      yield* promise(() => writeFile(join(data, "broker.meta"), "nonsense and more"))
      const error = yield* Effect.flip(Effect.scoped(Broker.start({ data })))
      expect(error).toMatchObject({ _tag: "ImageDamaged" })
      expect(error.message).toContain("broker.meta")
    }))

  const harms: ReadonlyArray<readonly [what: string, harm: (partition: string) => Promise<void>]> = [
    ["damaged", (partition) => writeFile(join(partition, `${"0".repeat(20)}.log`), "nonsense")],
    ["gone from the folder", (partition) => rm(partition, { recursive: true })]
  ]
  for (const [what, harm] of harms) {
    test(`serves the other partitions when one is ${what}`, () =>
      Effect.gen(function* () {
        const data = yield* folder
        yield* Effect.scoped(
          Effect.gen(function* () {
            const { address } = yield* Broker.start({ data })
            const admin = yield* adminOf(address)
            yield* promise(() => admin.createTopics({ topics: [{ topic: "t", numPartitions: 2 }] }))
            const producer = yield* producerOf(address)
            yield* promise(() => producer.send({ topic: "t", messages: [...texts(0, 3), ...texts(3, 3, 1)] }))
          })
        )
        yield* promise(() => harm(join(data, "t-0")))
        const logged: Array<string> = []
        const logger = Logger.make<unknown, void>(({ message }) => void logged.push(String(message)))
        const { address } = yield* Broker.start({ data }).pipe(Effect.provide(Logger.layer([logger])))
        const producer = yield* producerOf(address, { retry: { retries: 0 } })
        yield* promise(() => producer.send({ topic: "t", messages: texts(6, 1, 1) }))
        const refused = yield* Effect.flip(
          Effect.tryPromise({
            try: () => producer.send({ topic: "t", messages: texts(6, 1, 0) }),
            catch: (error) => String(error)
          })
        )
        expect(refused).toMatch(/disk|storage/i)
        expect(logged).toHaveLength(1)
        expect(logged[0]).toMatch(/^Partition t-0 is damaged in .* restore them from a copy/)
      }))
  }
})

describe("the address of a broker", () => {
  test("is the one that the client has reached", () =>
    Effect.gen(function* () {
      const { host, port } = yield* Broker.start({ listen: "0.0.0.0:0" })
      expect(host).toBe("0.0.0.0")
      const admin = yield* adminOf(`127.0.0.1:${port}`)
      const { brokers } = yield* promise(() => admin.describeCluster())
      expect(brokers).toEqual([{ nodeId: 1, host: "127.0.0.1", port }])
    }))

  test("is localhost where it listens on that name, over both address families", () =>
    Effect.gen(function* () {
      const { address, port } = yield* Broker.start({ listen: "localhost:0" })
      expect(address).toBe(`localhost:${port}`)
      const admin = yield* adminOf(`127.0.0.1:${port}`)
      const { brokers } = yield* promise(() => admin.describeCluster())
      expect(brokers).toEqual([{ nodeId: 1, host: "localhost", port }])
    }))

  test("is what the option says", () =>
    Effect.gen(function* () {
      const { address } = yield* Broker.start({ advertise: "kafka.example:1234" })
      const [host, port] = address.split(":")
      const seen = yield* promise(
        () =>
          new Promise<string>((resolve, reject) => {
            const socket = connect(Number(port), host)
            socket.on("error", reject)
            socket.on("data", (bytes) => {
              resolve(bytes.toString("latin1"))
              socket.destroy()
            })
            socket.write(Buffer.from("0000000e0003000100000001000161ffffffff".replace("0000000e", "0000000f"), "hex"))
          })
      )
      expect(seen).toContain("kafka.example")
    }))

  test("that is taken is a typed error of one sentence", () =>
    Effect.gen(function* () {
      const { address } = yield* Broker.start()
      const error = yield* Effect.flip(Effect.scoped(Broker.start({ listen: address })))
      expect(error).toMatchObject({ _tag: "NetworkError", reason: "InUse" })
    }))

  test("that cannot be read is refused", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.scoped(Broker.start({ listen: "nowhere" })))
      expect(error.message).toBe("The broker's option listen is nowhere: give host:port, such as 127.0.0.1:9092.")
    }))
})

describe("an option of a broker", () => {
  for (const given of ['{"dta":"x"}', '"x"', "5", "null", "[]"]) {
    test(`that means nothing is refused: ${given}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Effect.scoped(Broker.start(JSON.parse(given))))
        expect(error._tag).toBe("BrokerOptionInvalid")
        expect(error.message).toMatch(
          /^The options of a broker (have a field "dta", which|are .*, and have to be an object)/
        )
      }))
  }

  const bounds: ReadonlyArray<readonly [options: BrokerOptions, sentence: string]> = [
    [{ defaultPartitions: 10_001 }, "defaultPartitions is 10001: give a whole number from 1 to 10000."],
    [{ fsyncIntervalMs: 0 }, "fsyncIntervalMs is 0: give a whole number from 1 to 2147483647."],
    [{ nodeId: 2 ** 31 }, "nodeId is 2147483648: give a whole number from 0 to 2147483647."],
    [{ groupMinSessionTimeoutMs: 2e6 }, "groupMinSessionTimeoutMs is 2000000: give a whole number from 1 to 1800000."],
    [JSON.parse('{"fsync":"allways"}'), 'fsync is "allways", and has to be one of none, interval, always.'],
    [JSON.parse('{"data":5}'), "data is 5, and has to be a text: the folder for what is to outlive the process."],
    [{ data: "" }, 'data is "", and has to be a text: the folder for what is to outlive the process.'],
    [JSON.parse('{"listen":9092}'), "listen is 9092, and has to be a text: host:port, such as 127.0.0.1:9092."],
    [JSON.parse('{"nodeId":"1"}'), 'nodeId is "1", and has to be a whole number.'],
    [JSON.parse('{"autoCreateTopics":"no"}'), 'autoCreateTopics is "no", and has to be true or false.']
  ]
  for (const [options, sentence] of bounds) {
    test(`that is out of bounds is refused: ${sentence}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Effect.scoped(Broker.start(options)))
        expect(error.message).toBe(`The broker's option ${sentence}`)
      }))
  }
})
