import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { MinimumLogLevel } from "effect/References"
import { Partitioners } from "kafkajs"
import { describe, expect } from "vitest"
import { KafkaJsLog } from "../../../adapters/kafkajs/index.ts"
import { TcpNetwork } from "../../../adapters/tcp/index.ts"
import { partitionFor } from "../../../core/log/index.ts"
import { commitLogContract } from "../../../core/ports/contract/index.ts"
import { appendBehaviour, embedded, keyBehaviour, record, scripted, until } from "../../core/append/AppendBehaviour.ts"

describe("KafkaJsLog keeps the contract of a commit log", () => {
  for (const { name, run } of commitLogContract(embedded(KafkaJsLog.make))) {
    it.live(name, () => Effect.scoped(run))
  }
})

describe("KafkaJsLog.append", () => {
  appendBehaviour(KafkaJsLog.make)
})

describe("appends of one key, after one of them has failed", () => {
  keyBehaviour(KafkaJsLog.make)
})

describe("KafkaJsLog", () => {
  it.live("says which address it cannot read", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(KafkaJsLog.make({ brokers: ["localhost"], network: TcpNetwork }))
      expect(error.message).toBe('"localhost" is no broker\'s address: write host:port.')
    })
  )

  it.live("puts a key where kafkajs itself would put it", () =>
    Effect.sync(() => {
      const partitioner = Partitioners.DefaultPartitioner()
      const partitionMetadata = Array.from({ length: 7 }, (_, partitionId) => ({
        partitionId,
        leader: 1,
        partitionErrorCode: 0,
        replicas: [1],
        isr: [1]
      }))
      for (const key of ["", "a", "order-1", "order-2", "ключ", "a longer key of 24 bytes", "\u0000"]) {
        const message = { key: Buffer.from(key), value: null }
        const theirs = partitioner({ topic: "t", partitionMetadata, message })
        expect([key, partitionFor(Buffer.from(key), 7)]).toEqual([key, theirs])
      }
    })
  )

  it.live("writes what kafkajs says to Effect's logger, at debug level", () => {
    const lines: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => {
      lines.push(`${logLevel} ${String(message)}`)
    })
    return Effect.gen(function* () {
      const { log } = yield* scripted(KafkaJsLog.make, (request, produces) =>
        request.name === "Produce" && produces === 1 ? { _tag: "Close" } : undefined
      )
      yield* log.append(record("a"))
      yield* until(() => lines.some((line) => line.startsWith("Debug kafkajs ")))
      expect(lines.every((line) => line.startsWith("Debug "))).toBe(true)
    }).pipe(Effect.provide(Logger.layer([logger])), Effect.provideService(MinimumLogLevel, "Debug"), Effect.scoped)
  })

  it.live("leaves kafkajs idle between requests, and no warning reaches the user", () =>
    Effect.gen(function* () {
      const warnings: Array<string> = []
      const onWarning = (warning: Error) => warnings.push(warning.name)
      process.on("warning", onWarning)
      const { log } = yield* scripted(KafkaJsLog.make, () => undefined)
      yield* log.append(record("a"))
      const timers = yield* Effect.sync(() => countTimers())
      yield* Effect.sleep(300)
      const shortTimers = timers()
      process.off("warning", onWarning)
      expect(warnings.filter((name) => name === "TimeoutNegativeWarning")).toEqual([])
      expect(shortTimers).toBe(0)
    })
  )
})

/** Counts the timers of no or negative delay that are set from now on, until the result is called. */
const countTimers = (): (() => number) => {
  const original = globalThis.setTimeout
  let count = 0
  const counting = (callback: () => void, delay?: number) => {
    if (delay !== undefined && delay < 0) count++
    return original(callback, delay)
  }
  globalThis.setTimeout = Object.assign(counting, original) as typeof setTimeout
  return () => {
    globalThis.setTimeout = original
    return count
  }
}
