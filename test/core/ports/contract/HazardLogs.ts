import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import { KafkaJsLog } from "../../../../adapters/kafkajs/index.ts"
import { MemoryLog } from "../../../../adapters/memory/index.ts"
import { TcpNetwork } from "../../../../adapters/tcp/index.ts"
import type { JournalHazardSubject } from "../../../../core/ports/contract/index.ts"
import type { Address } from "../../../../core/ports/index.ts"
import { DeleteRecords } from "../../../../core/protocol/index.ts"
import { askBroker } from "../../client/AskBroker.ts"
import { createTopic } from "../../client/CreateTopic.ts"

/** A log with a topic that nobody else has, and what removes the beginning of its partitions. */
export type HazardLog = Pick<JournalHazardSubject, "log" | "topic" | "trim">

/** A log in memory. */
export const memoryLog: Effect.Effect<HazardLog> = Effect.sync(() => {
  const log = MemoryLog.make()
  return { log, topic: `topic-${randomUUID()}`, trim: log.trim }
})

/** The log of a Kafka broker, through kafkajs. */
export const kafkaLog = Effect.fnUntraced(function* (broker: Address & { readonly address: string }) {
  const topic = `hazards-${randomUUID()}`
  yield* createTopic(TcpNetwork, broker, topic, 2, { "retention.ms": "-1" })
  const log = yield* KafkaJsLog.make({ brokers: [broker.address], network: TcpNetwork })
  // The broker hears of the topic some time after the controller has made it.
  const first = log.read({ topic, partition: 0, offset: 0, maxBytes: 1, maxWaitMs: 0 })
  yield* Effect.retry(first, { while: ({ reason }) => reason === "UnknownTopic" })
  const trim: HazardLog["trim"] = (name, partitionIndex, offset) =>
    Effect.gen(function* () {
      const partitions = [{ partitionIndex, offset }]
      const answer = yield* askBroker(TcpNetwork, broker, DeleteRecords, 2, {
        topics: [{ name, partitions }],
        timeoutMs: 10_000
      })
      const errorCode = answer.topics[0]?.partitions[0]?.errorCode
      if (errorCode !== 0) yield* Effect.die(new Error(`the records were not removed: ${errorCode}`))
    })
  return { log, topic, trim } satisfies HazardLog
})
