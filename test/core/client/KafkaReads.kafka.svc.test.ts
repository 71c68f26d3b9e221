import { randomUUID } from "node:crypto"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { decompress } from "../../../adapters/compression/index.ts"
import { KafkaJsLog } from "../../../adapters/kafkajs/index.ts"
import { TcpNetwork } from "../../../adapters/tcp/index.ts"
import type { LogPage } from "../../../core/ports/index.ts"
import { DeleteRecords } from "../../../core/protocol/index.ts"
import { service } from "../../services/index.ts"
import { growTopic, kafkaTool, newTopic } from "../append/RealKafka.ts"
import { askBroker } from "./AskBroker.ts"
import { createTopic } from "./CreateTopic.ts"

const openLog = Effect.suspend(() =>
  KafkaJsLog.make({ brokers: [service("kafka").address], network: TcpNetwork, decompress })
)

const record = (topic: string, value: string) => ({
  topic,
  partition: 0,
  key: null,
  value: Buffer.from(value),
  headers: [],
  timestamp: 1_700_000_000_000
})

const readFrom = (topic: string, offset: number) => ({
  topic,
  partition: 0,
  offset,
  maxBytes: 1_000_000,
  maxWaitMs: 2000
})

const textsOf = ({ records }: LogPage): ReadonlyArray<string> =>
  records.map(({ value }) => Buffer.from(value ?? []).toString())

/** A topic with ten records, of which those before the fourth were removed, as retention does. */
const trimmed = Effect.gen(function* () {
  const log = yield* openLog
  const topic = yield* newTopic()
  for (let at = 0; at < 10; at++) yield* log.append(record(topic, String(at)))
  const partitions = [{ partitionIndex: 0, offset: 4 }]
  const body = { topics: [{ name: topic, partitions }], timeoutMs: 10_000 }
  const { topics } = yield* askBroker(TcpNetwork, service("kafka"), DeleteRecords, 1, body)
  expect(topics[0]?.partitions[0]?.lowWatermark).toBe(4)
  return { log, topic }
})

describe("reads from Apache Kafka", () => {
  it.live("begin at the offset that is asked for", () =>
    Effect.gen(function* () {
      const { log, topic } = yield* trimmed
      const page = yield* log.read(readFrom(topic, 7))
      expect({ texts: textsOf(page), ...page, records: undefined }).toMatchObject({
        texts: ["7", "8", "9"],
        nextOffset: 10,
        logStart: 4,
        stableEnd: 10
      })
    })
  )

  it.live("say where the log begins when what is asked for is gone", () =>
    Effect.gen(function* () {
      const { log, topic } = yield* trimmed
      const error = yield* Effect.flip(log.read(readFrom(topic, 1)))
      expect(error).toMatchObject({ reason: "OffsetOutOfRange", operation: "read", offset: 1, logStart: 4 })
      expect(error.message).toBe(`Offset 1 of ${topic}-0 is gone, the log begins at 4: read from there on.`)
    })
  )

  it.live("fail for a topic that is not there yet, and succeed when it is", () =>
    Effect.gen(function* () {
      const log = yield* openLog
      const topic = `reads-${randomUUID()}`
      expect(yield* Effect.flip(log.read(readFrom(topic, 0)))).toMatchObject({ reason: "UnknownTopic" })
      expect(yield* log.topics).not.toContain(topic)
      yield* createTopic(TcpNetwork, service("kafka"), topic, 1)
      const late = Effect.retry(log.append(record(topic, "first")), {
        while: ({ reason }) => reason === "UnknownTopic"
      })
      expect(yield* late).toBe(0)
      expect(textsOf(yield* log.read(readFrom(topic, 0)))).toEqual(["first"])
    })
  )

  it.live("see the partitions that a topic has got", () =>
    Effect.gen(function* () {
      const topic = yield* newTopic(1)
      yield* growTopic(topic, 3)
      expect(yield* (yield* openLog).partitions(topic)).toBe(3)
    })
  )

  for (const codec of ["none", "gzip", "snappy", "lz4", "zstd"]) {
    it.live(`give what Kafka's own producer has written with ${codec}`, () =>
      Effect.gen(function* () {
        const topic = yield* newTopic()
        const lines = Array.from({ length: 200 }, (_, at) => `${codec} ${at} ${"ü".repeat(100)}`)
        const place = ["--bootstrap-server", service("kafka").address, "--topic", topic, "--compression-codec", codec]
        yield* kafkaTool("ConsoleProducer", place, `${lines.join("\n")}\n`)
        const log = yield* openLog
        const texts: Array<string> = []
        while (texts.length < lines.length) texts.push(...textsOf(yield* log.read(readFrom(topic, texts.length))))
        expect(texts).toEqual(lines)
      })
    )
  }
})
