import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { type Admin, Kafka, logLevel } from "kafkajs"
import type { NewRecord } from "../../core/log/index.ts"
import type { CommitLog } from "../../core/ports/index.ts"
import { openLog } from "../../runtimes/node/index.ts"
import { service } from "../services/index.ts"
import { openBare } from "./BareProducers.ts"
import type { Given } from "./Bench.ts"
import { partition } from "./Fixture.ts"

/** A Kafka that is there anyway. */
export interface Cluster {
  /** Of a broker, as `host:port`. */
  readonly address: string
  readonly log: CommitLog
  /** Makes a topic of one partition, and answers with its name; it is deleted with the scope. */
  readonly topic: (name: string) => Effect.Effect<string, never, Scope>
  /** Appends records to a topic, as many in one request as are sensible. */
  readonly fill: (topic: string, records: Iterable<NewRecord>) => Effect.Effect<void, never, Scope>
}

/** A broker takes 1 MiB in one request by default. */
const mostRecords = 1000
const mostBytes = 512 * 1024

const openAdmin = (address: string): Effect.Effect<Admin, never, Scope> =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const admin = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING }).admin()
      await admin.connect()
      return admin
    }),
    (admin) => Effect.promise(() => admin.disconnect())
  )

const fill =
  (address: string): Cluster["fill"] =>
  (topic, records) =>
    Effect.flatMap(openBare.platformatic(address, topic, partition), (send) =>
      Effect.promise(async () => {
        let batch: Array<NewRecord> = []
        let bytes = 0
        for (const record of records) {
          batch.push(record)
          bytes += record.value?.length ?? 0
          if (batch.length < mostRecords && bytes < mostBytes) continue
          await send(batch)
          batch = []
          bytes = 0
        }
        if (batch.length > 0) await send(batch)
      })
    )

/** The cluster that is named, or that runs for tests. */
export const openCluster = Effect.fnUntraced(function* ({ brokers }: Given): Effect.fn.Return<Cluster, unknown, Scope> {
  const address = brokers ?? service("kafka").address
  const admin = yield* openAdmin(address)
  const cluster: Cluster = {
    address,
    log: yield* openLog({ brokers: [address] }),
    topic: (name) => {
      const topic = `bench-${process.pid}-${name}`
      return Effect.acquireRelease(
        Effect.promise(async () => {
          await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true })
          return topic
        }),
        () => Effect.promise(() => admin.deleteTopics({ topics: [topic] }))
      )
    },
    fill: fill(address)
  }
  return cluster
})
