import { execFile } from "node:child_process"
import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Scope } from "effect/Scope"
import { describe, expect } from "vitest"
import { decompress } from "../../../adapters/compression/index.ts"
import { nodeScram } from "../../../adapters/crypto/index.ts"
import { TcpNetwork, TlsClientNetwork } from "../../../adapters/tcp/index.ts"
import type { KafkaLogOptions } from "../../../core/append/index.ts"
import { KafkaClient, type SaslMechanism } from "../../../core/client/index.ts"
import type { CompressionCodec } from "../../../core/log/index.ts"
import { commitLogContract } from "../../../core/ports/contract/index.ts"
import type { AppendRequest, CommitLog } from "../../../core/ports/index.ts"
import { CreatePartitions } from "../../../core/protocol/index.ts"
import { folderOf } from "../../services/Folder.ts"
import { service } from "../../services/index.ts"
import { java } from "../../services/Tools.ts"
import { askBroker } from "../client/AskBroker.ts"
import { createTopic } from "../client/CreateTopic.ts"

/** Makes a log with the library that is tested, which compresses so. */
export type MakeCompressedLog = (
  options: KafkaLogOptions,
  codec: CompressionCodec
) => Effect.Effect<CommitLog, { readonly message: string }, Scope>

const codecs: ReadonlyArray<CompressionCodec> = ["none", "gzip", "snappy", "lz4", "zstd"]

const forAllTime = { "retention.ms": "-1" }

/** A new topic of the real broker. */
export const newTopic = Effect.fnUntraced(function* (
  partitions = 1,
  settings: Readonly<Record<string, string>> = forAllTime
) {
  const topic = `append-${randomUUID()}`
  yield* createTopic(TcpNetwork, service("kafka"), topic, partitions, settings)
  yield* untilThere(topic, partitions)
  return topic
})

/** Waits for the broker to hear of partitions that the controller has made. */
const untilThere = Effect.fnUntraced(function* (topic: string, partitions: number) {
  const client = yield* KafkaClient.make({ network: TcpNetwork, bootstrap: [service("kafka")] })
  const last = client.listOffset(topic, partitions - 1, "latest")
  yield* Effect.retry(last, { while: ({ reason }) => reason === "UnknownTopic" })
})

/** Gives a topic of the real broker more partitions. */
export const growTopic = Effect.fnUntraced(function* (topic: string, partitions: number) {
  const body = { topics: [{ name: topic, count: partitions }], timeoutMs: 10_000 }
  const { results } = yield* askBroker(TcpNetwork, service("kafka"), CreatePartitions, 1, body)
  if (results[0]?.errorCode !== 0) return yield* Effect.die(new Error("the topic does not grow"))
  yield* untilThere(topic, partitions)
})

/** Runs one of the programs that come with Kafka on some input, and gives what it printed. */
export const kafkaTool = (name: string, args: ReadonlyArray<string>, input = ""): Effect.Effect<string> =>
  Effect.callback((resume) => {
    const libs = join(folderOf("kafka"), "libs", "*")
    const tool = ["-XX:TieredStopAtLevel=1", "-cp", libs, `org.apache.kafka.tools.${name}`, ...args]
    const child = execFile(java(), tool, { timeout: 60_000, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resume(error === null ? Effect.succeed(stdout) : Effect.die(new Error(`${name} has failed: ${stderr}`)))
    })
    child.stdin?.end(input)
    return Effect.sync(() => child.kill())
  })

const record = (topic: string, key: string, value: string): AppendRequest => ({
  topic,
  partition: 0,
  key: Buffer.from(key),
  value: Buffer.from(value),
  headers: [],
  timestamp: 1_700_000_000_000
})

const plain = (): KafkaLogOptions => ({ brokers: [service("kafka").address], network: TcpNetwork, decompress })

const secured = Effect.fnUntraced(function* (mechanism: SaslMechanism, password?: string) {
  const { address, ca, user } = service("kafka").secure
  const tls = { ca: readFileSync(ca, "utf8") }
  const network = yield* TlsClientNetwork.make(tls)
  const secret = Redacted.make(password ?? user.password)
  const sasl = { mechanism, username: user.username, password: secret, crypto: nodeScram }
  return { brokers: [address], network, tls, sasl } satisfies KafkaLogOptions
})

/** What a log with a library is at Apache Kafka itself. */
export const realKafkaBehaviour = (make: MakeCompressedLog): void => {
  const subject = Effect.gen(function* () {
    const topic = yield* newTopic(3)
    const log = yield* make(plain(), "none")
    return { log, topic, partitions: 3, missingTopic: `missing-${randomUUID()}`, tooLarge: 2_000_000 }
  })
  describe("keeps the contract of a commit log", () => {
    for (const { name, run } of commitLogContract(subject)) it.live(name, () => Effect.scoped(run))
  })

  it.live("refuses a record that is larger than its topic takes before it is sent, and names the limit", () =>
    Effect.gen(function* () {
      const topic = yield* newTopic(1, { ...forAllTime, "max.message.bytes": "5000" })
      const log = yield* make(plain(), "none")
      const error = yield* Effect.flip(log.append(record(topic, "k", "x".repeat(6000))))
      expect(error.message).toBe(
        `A record needs 6071 bytes and topic ${topic} takes at most 5000: split it, or raise max.message.bytes.`
      )
      expect(yield* log.append(record(topic, "k", "x".repeat(5000 - 71)))).toBe(0)
    })
  )

  it.live("sends no more together than its topic takes", () =>
    Effect.gen(function* () {
      const topic = yield* newTopic(1, { ...forAllTime, "max.message.bytes": "5000" })
      const log = yield* make(plain(), "none")
      const appends = Array.from({ length: 50 }, (_, at) => log.append(record(topic, `k${at}`, "x".repeat(900))))
      expect(yield* Effect.all(appends, { concurrency: "unbounded" })).toEqual(appends.map((_, at) => at))
    })
  )

  it.live("is told the limit by the broker where records are compressed", () =>
    Effect.gen(function* () {
      const topic = yield* newTopic(1, { ...forAllTime, "max.message.bytes": "5000" })
      const log = yield* make(plain(), "gzip")
      expect(yield* log.append(record(topic, "k", "x".repeat(6000)))).toBe(0)
      const error = yield* Effect.flip(log.append(record(topic, "k", noise())))
      expect(error.message).toContain("MESSAGE_TOO_LARGE")
      expect(error.message).toContain("raise max.message.bytes, which is 5000")
    })
  )

  it.live("appends to a partition that a topic has just got, and to no other", () =>
    Effect.gen(function* () {
      const topic = yield* newTopic(2)
      const log = yield* make(plain(), "none")
      expect(yield* log.append({ ...record(topic, "k", "before"), partition: 1 })).toBe(0)
      const early = yield* Effect.flip(log.append({ ...record(topic, "k", "early"), partition: 3 }))
      expect(early.reason).toBe("UnknownTopic")
      yield* growTopic(topic, 4)
      expect(yield* log.append({ ...record(topic, "k", "after"), partition: 3 })).toBe(0)
      expect(yield* log.append({ ...record(topic, "k", "after"), partition: 1 })).toBe(1)
    })
  )

  for (const mechanism of ["plain", "scram-sha-256", "scram-sha-512"] as const) {
    it.live(`appends and reads over TLS as a user that ${mechanism} shows`, () =>
      Effect.gen(function* () {
        const topic = yield* newTopic()
        const log = yield* make(yield* secured(mechanism), "none")
        expect(yield* log.append(record(topic, "k", "secret"))).toBe(0)
        const { records } = yield* log.read({ topic, partition: 0, offset: 0, maxBytes: 1000, maxWaitMs: 0 })
        expect(records.map(({ value }) => Buffer.from(value ?? []).toString())).toEqual(["secret"])
      })
    )
  }

  it.live("is Unauthorized with another password", () =>
    Effect.gen(function* () {
      const log = yield* make(yield* secured("scram-sha-256", "another"), "none")
      const error = yield* Effect.flip(log.append(record("any", "k", "v")))
      expect(error.reason).toBe("Unauthorized")
    })
  )

  it.live("is read by Kafka's own consumer, whatever the compression", () =>
    Effect.gen(function* () {
      const topic = yield* newTopic()
      for (const codec of codecs) {
        const log = yield* make(plain(), codec)
        const appends = Array.from({ length: 20 }, (_, at) =>
          log.append(record(topic, codec, `${codec}-${at}-${"é".repeat(200)}`))
        )
        yield* Effect.all(appends, { concurrency: "unbounded" })
      }
      const count = String(20 * codecs.length)
      const { address } = service("kafka")
      const shown = ["--formatter-property", "print.key=true", "--timeout-ms", "20000"]
      const place = ["--bootstrap-server", address, "--topic", topic, "--partition", "0", "--offset", "earliest"]
      const printed = yield* kafkaTool("consumer.ConsoleConsumer", [...place, "--max-messages", count, ...shown])
      const wanted = codecs.flatMap((codec) =>
        Array.from({ length: 20 }, (_, at) => `${codec}\t${codec}-${at}-${"é".repeat(200)}`)
      )
      expect(printed.trimEnd().split("\n")).toEqual(wanted)
    })
  )
}

/** Text of 18 000 letters that does not compress to a third. */
const noise = (): string => Array.from({ length: 500 }, () => randomUUID()).join("")
