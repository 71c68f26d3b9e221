import { Consumer, MessagesStreamModes, Producer, stringDeserializers, stringSerializers } from "@platformatic/kafka"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import kafkajs from "kafkajs"
import { describe, expect } from "vitest"
import { TcpNetwork } from "../../../adapters/tcp/index.ts"
import { type CompressionCodec, readBatchHeader } from "../../../core/log/index.ts"
import type { CommitLog } from "../../../core/ports/index.ts"
import { type Broker as Started, Broker } from "../../../runtimes/node/Broker.ts"
import { openLog } from "../../../runtimes/node/index.ts"
import { createTopic } from "../../core/client/CreateTopic.ts"
import { ScriptedBroker } from "../../core/client/ScriptedBroker.ts"

const codecs = ["none", "gzip", "snappy", "lz4", "zstd"] as const
const values = Array.from({ length: 500 }, (_, i) => `${"event ".repeat(20)}${i}`)

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const append = (log: CommitLog, texts: ReadonlyArray<string>) =>
  Effect.forEach(
    texts,
    (text) =>
      log.append({ topic: "t", partition: 0, key: bytes("k"), value: bytes(text), headers: [], timestamp: 1_700_000 }),
    { concurrency: "unbounded" }
  )

/** Reads until so many records are there. */
const read = Effect.fnUntraced(function* (log: CommitLog, count: number) {
  const texts: Array<string> = []
  for (let offset = 0; texts.length < count;) {
    const page = yield* log.read({ topic: "t", partition: 0, offset, maxBytes: 1 << 20, maxWaitMs: 1000 })
    for (const { value } of page.records) texts.push(new TextDecoder().decode(value ?? undefined))
    offset = page.nextOffset
  }
  return texts
})

const consumeAll = (broker: Started, count: number) =>
  Effect.acquireUseRelease(
    Effect.sync(
      () =>
        new Consumer({
          groupId: "g",
          clientId: "consumer",
          bootstrapBrokers: [broker.address],
          deserializers: stringDeserializers
        })
    ),
    (consumer) =>
      Effect.promise(async () => {
        const mode = MessagesStreamModes.EARLIEST
        const stream = await consumer.consume({ topics: ["t"], mode, autocommit: false, maxWaitTime: 100 })
        const texts: Array<string> = []
        for await (const { value } of stream) if (texts.push(value) === count) break
        return texts
      }),
    (consumer) => Effect.promise(() => consumer.close(true))
  )

const produceAll = (broker: Started, compression: CompressionCodec) =>
  Effect.acquireUseRelease(
    Effect.sync(
      () =>
        new Producer({
          clientId: "producer",
          bootstrapBrokers: [broker.address],
          serializers: stringSerializers,
          compression
        })
    ),
    (producer) =>
      Effect.promise(() => producer.send({ messages: values.map((value) => ({ topic: "t", partition: 0, value })) })),
    (producer) => Effect.promise(() => producer.close())
  )

/** The codecs of the batches that a log sends to a broker with these records. */
const sentCodecs = Effect.fnUntraced(function* (compression: CompressionCodec) {
  const broker = yield* ScriptedBroker.start({ network: TcpNetwork, topics: { t: 1 } })
  const log = yield* openLog({ brokers: [`127.0.0.1:${broker.address.port}`], compression })
  yield* append(log, values)
  return broker.seen.flatMap(({ request }) =>
    request.name !== "Produce"
      ? []
      : request.body.topicData.flatMap(({ partitionData }) =>
          partitionData.map(({ records }) => {
            const header = readBatchHeader(records ?? new Uint8Array(0))
            return header._tag === "Success" ? header.success.codec : header.failure.message
          })
        )
  )
})

describe.each(codecs)("compression %s", (codec) => {
  it.live("is what a log appends with", () =>
    Effect.gen(function* () {
      const sent = yield* sentCodecs(codec)
      expect(new Set(sent)).toEqual(new Set([codec]))
    })
  )

  it.live("comes back from the embedded broker to a log and to @platformatic/kafka", () =>
    Effect.gen(function* () {
      const broker = yield* Broker.start()
      yield* createTopic(TcpNetwork, broker, "t", 1)
      const log = yield* openLog({ brokers: [broker.address], compression: codec })
      yield* append(log, values)
      expect(yield* read(log, values.length)).toEqual(values)
      expect(yield* consumeAll(broker, values.length)).toEqual(values)
    })
  )

  it.live("of @platformatic/kafka is read by a log", () =>
    Effect.gen(function* () {
      const broker = yield* Broker.start()
      yield* createTopic(TcpNetwork, broker, "t", 1)
      yield* produceAll(broker, codec)
      const log = yield* openLog({ brokers: [broker.address] })
      expect(yield* read(log, values.length)).toEqual(values)
    })
  )

  it.live("does not hide from the embedded broker that a record of a compacted topic lacks a key", () =>
    Effect.gen(function* () {
      const broker = yield* Broker.start()
      yield* createTopic(TcpNetwork, broker, "t", 1, { "cleanup.policy": "compact" })
      const log = yield* openLog({ brokers: [broker.address], compression: codec })
      const place = { topic: "t", partition: 0, headers: [], timestamp: 1, value: bytes("v") }
      expect(yield* log.append({ ...place, key: bytes("k") })).toBe(0)
      expect(yield* Effect.flip(log.append({ ...place, key: null }))).toMatchObject({ reason: "Refused" })
    })
  )
})

it.live("a log leaves the codecs alone that the program has given to kafkajs", () =>
  Effect.gen(function* () {
    yield* sentCodecs("lz4")
    expect(() => Reflect.get(kafkajs.CompressionCodecs, kafkajs.CompressionTypes.LZ4)()).toThrow("not implemented")
  })
)
