import { Producer as PlatformaticProducer } from "@platformatic/kafka"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { CompressionTypes, Kafka, logLevel, Partitioners } from "kafkajs"
import type { NewRecord } from "../../core/log/index.ts"
import type { LogClient } from "../../runtimes/node/index.ts"

/** A library with nothing around it: it sends records to one partition, as many in one request as it is given. */
export type Send = (records: ReadonlyArray<NewRecord>) => Promise<unknown>

const bareKafkajs = Effect.fnUntraced(function* (address: string, topic: string, partition: number) {
  const producer = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING }).producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner
  })
  yield* Effect.acquireRelease(
    Effect.promise(() => producer.connect()),
    () => Effect.promise(() => producer.disconnect())
  )
  const messageOf = ({ headers, key, value }: NewRecord) => ({
    key: Buffer.from(key ?? []),
    value: Buffer.from(value ?? []),
    headers: Object.fromEntries(headers.map((header) => [header.name, Buffer.from(header.value ?? [])])),
    partition
  })
  const send: Send = (records) =>
    producer.send({ topic, acks: -1, compression: CompressionTypes.None, messages: records.map(messageOf) })
  return send
})

const barePlatformatic = Effect.fnUntraced(function* (address: string, topic: string, partition: number) {
  const producer = yield* Effect.acquireRelease(
    Effect.sync(() => new PlatformaticProducer({ clientId: "bare", bootstrapBrokers: [address], idempotent: true })),
    (made) => Effect.promise(() => made.close())
  )
  const messageOf = ({ headers, key, value }: NewRecord) => ({
    topic,
    partition,
    key: Buffer.from(key ?? []),
    value: Buffer.from(value ?? []),
    headers: new Map(headers.map((header) => [Buffer.from(header.name), Buffer.from(header.value ?? [])]))
  })
  const send: Send = (records) => producer.send({ messages: records.map(messageOf) })
  return send
})

/** Opens a library as it is, for one partition; it is closed with the scope. */
export const openBare: Readonly<
  Record<LogClient, (address: string, topic: string, partition: number) => Effect.Effect<Send, never, Scope>>
> = { kafkajs: bareKafkajs, platformatic: barePlatformatic }
