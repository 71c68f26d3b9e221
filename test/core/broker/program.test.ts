import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { makeMemoryDisk, type MemoryDisk, MemoryNetwork } from "../../../adapters/memory/index.ts"
import { defaultBrokerConfig } from "../../../core/broker/BrokerConfig.ts"
import { start } from "../../../core/broker/program.ts"
import { logFile, openDataFolder } from "../../../core/storage/index.ts"
import { batchOf, BrokerBench } from "./BrokerBench.ts"

/** The disk of a broker that ended without a word, with records in two partitions that were not synced. */
const left = (): MemoryDisk => {
  const disk = makeMemoryDisk()
  Effect.runSync(Effect.scoped(openDataFolder(disk, "test")))
  const bench = new BrokerBench({ disk })
  bench.createTopic("t", 2)
  for (const index of [0, 0, 1]) bench.produce("t", batchOf("a"), { index })
  return disk
}

/** What a broker logs while it starts on the disk. */
const said = Effect.fnUntraced(function* (disk: MemoryDisk) {
  const lines: Array<string> = []
  const logger = Logger.make<unknown, void>(
    ({ logLevel, message }) => void lines.push(`${logLevel}: ${String(message)}`)
  )
  const options = {
    config: { ...defaultBrokerConfig, clusterId: "test" },
    disk,
    network: MemoryNetwork.make(),
    listen: { host: "here", port: 9092 },
    seed: [1, 2, 3]
  } as const
  yield* Effect.scoped(start(options)).pipe(Effect.provide(Logger.layer([logger])))
  return lines
})

const sizeOf = (disk: MemoryDisk) => Effect.map(disk.read(logFile("t-0", 0), 0, 10_000), (bytes) => bytes.length)

describe("a broker that starts", () => {
  it.live("says nothing of logs that are whole", () =>
    Effect.gen(function* () {
      expect(yield* said(left())).toEqual([])
    })
  )

  it.live("warns once of a partition whose log it cut at a damaged batch, and not when it starts again", () =>
    Effect.gen(function* () {
      const disk = left()
      const half = (yield* sizeOf(disk)) / 2
      yield* disk.write(logFile("t-0", 0), 2 * half - 1, [Uint8Array.of(0xff)])
      const lines = yield* said(disk)
      expect(lines).toHaveLength(1)
      expect(lines[0]).toMatch(
        new RegExp(`^Warn: Cut ${half} bytes of t-0/0{20}\\.log from byte ${half} on, .*CRC-32C`)
      )
      expect(yield* said(disk)).toEqual([])
    })
  )

  it.live("informs of a partition whose log ended in an incomplete batch", () =>
    Effect.gen(function* () {
      const disk = left()
      const half = (yield* sizeOf(disk)) / 2
      yield* disk.truncate(logFile("t-0", 0), half + 7)
      const lines = yield* said(disk)
      expect(lines).toHaveLength(1)
      expect(lines[0]).toMatch(new RegExp(`^Info: Cut 7 bytes of t-0/0{20}\\.log from byte ${half} on, .*incomplete`))
    })
  )
})

describe("a topic that is deleted", () => {
  it.live("takes what was cut off its logs with it", () =>
    Effect.gen(function* () {
      const disk = left()
      const half = (yield* sizeOf(disk)) / 2
      yield* disk.truncate(logFile("t-0", 0), half + 7)
      const bench = new BrokerBench({ disk })
      expect((yield* disk.list("t-0")).map(({ name }) => name)).toContain(`${"0".repeat(20)}.log.cut-${half}`)
      bench.ask("DeleteTopics", 1, { topicNames: ["t"], timeoutMs: 1000 })
      expect((yield* disk.list("")).filter(({ isFolder }) => isFolder)).toEqual([])
    })
  )
})
