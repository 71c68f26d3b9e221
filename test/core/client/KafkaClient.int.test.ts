import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { describe, expect } from "vitest"
import { KafkaJsLog } from "../../../adapters/kafkajs/index.ts"
import { TcpNetwork } from "../../../adapters/tcp/index.ts"
import { KafkaClient } from "../../../core/client/index.ts"
import type { AppendRequest, Network } from "../../../core/ports/index.ts"
import { Broker } from "../../../runtimes/node/Broker.ts"
import { createTopic } from "./CreateTopic.ts"

const record = (topic: string, partition: number, text: string): AppendRequest => ({
  topic,
  partition,
  key: null,
  value: Buffer.from(text),
  headers: [],
  timestamp: 1_700_000_000_000
})

const at = { topic: "t", partition: 0, offset: 0, maxBytes: 1_000_000, maxWaitMs: 0 }

describe("KafkaClient on the embedded broker", () => {
  it.live("recovers 200 partitions at once over three connections at most, none waiting for a long poll", () =>
    Effect.gen(function* () {
      const broker = yield* Broker.start()
      yield* createTopic(TcpNetwork, broker, "t", 200)
      const log = yield* KafkaJsLog.make({ brokers: [broker.address], network: TcpNetwork })
      const partitions = Array.from({ length: 200 }, (_, partition) => partition).slice(1)
      yield* Effect.forEach(partitions, (partition) => log.append(record("t", partition, `p${partition}`)), {
        concurrency: "unbounded"
      })

      let connects = 0
      const network: Network = {
        ...TcpNetwork,
        connect: (options) => {
          connects++
          return TcpNetwork.connect(options)
        }
      }
      const client = yield* KafkaClient.make({ network, bootstrap: [{ host: "localhost", port: broker.port }] })
      const polling = yield* Effect.forkChild(client.read({ ...at, maxWaitMs: 25_000 }), { startImmediately: true })
      const recovered = yield* Effect.forEach(partitions, (partition) => client.read({ ...at, partition }), {
        concurrency: "unbounded"
      })
      expect(recovered.map((page) => Buffer.from(page.records[0]?.value ?? []).toString())).toEqual(
        partitions.map((partition) => `p${partition}`)
      )
      expect(connects).toBeLessThanOrEqual(3)
      expect(polling.pollUnsafe()).toBeUndefined()
      yield* log.append(record("t", 0, "woken"))
      expect((yield* Fiber.join(polling)).records.length).toBe(1)
    })
  )

  it.live("goes on reading when the broker is restarted in the middle of it", () =>
    Effect.gen(function* () {
      const data = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "odradek-client-"))),
        (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
      )
      const first = yield* Scope.make()
      const before = yield* Scope.provide(Broker.start({ data, fsync: "always" }), first)
      yield* createTopic(TcpNetwork, before, "t", 1)
      const log = yield* KafkaJsLog.make({ brokers: [before.address], network: TcpNetwork })
      for (const text of ["a", "b", "c"]) yield* log.append(record("t", 0, text))
      const client = yield* KafkaClient.make({ network: TcpNetwork, bootstrap: [before] })
      const page = yield* client.read({ ...at, maxBytes: 1 })
      const rest = yield* Effect.forkChild(client.read({ ...at, offset: 3, maxWaitMs: 25_000 }), {
        startImmediately: true
      })
      yield* Scope.close(first, Exit.void)
      yield* Broker.start({ data, listen: before.address })
      yield* log.append(record("t", 0, "d"))
      const later = yield* Fiber.join(rest)
      expect(page.records[0]?.offset).toBe(0)
      expect(later.records.map(({ offset }) => offset)).toEqual([3])
      expect((yield* client.read(at)).records.length).toBe(4)
    })
  )
})
