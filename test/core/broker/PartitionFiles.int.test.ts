import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { makeFileDisk } from "../../../adapters/file/index.ts"
import { partitionLog } from "../../../core/broker/PartitionLog.ts"
import type { PartitionInput, PartitionOutput } from "../../../core/broker/PartitionLogIo.ts"
import { openPartitionLog } from "../../../core/broker/PartitionState.ts"
import type { Disk } from "../../../core/ports/index.ts"
import { performSteps, recover } from "../../../core/storage/index.ts"
import { append, defaults, partition, type Said, valuesOf } from "./PartitionBench.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "odradek-partition-"))),
  (root) => Effect.sync(() => rmSync(root, { recursive: true, force: true }))
)

/** A partition's log over real files: each input waits until all the disk's work that follows from it is done. */
const open = Effect.fnUntraced(function* (disk: Disk) {
  const config = { ...defaults, fsync: "always", segmentBytes: 20_000 } as const
  const state = openPartitionLog(config, yield* recover(disk, partition, { maxProducers: 100 }))
  const tell = (input: PartitionInput) =>
    Effect.gen(function* () {
      const inputs: Array<PartitionInput> = [input]
      const said: Array<Said> = []
      for (let next = inputs.shift(); next !== undefined; next = inputs.shift()) {
        const outputs: ReadonlyArray<PartitionOutput> = partitionLog.step(state, next)[1]
        for (const output of outputs) {
          if (output._tag === "Perform") {
            yield* performSteps(disk, output.steps)
            inputs.push({ _tag: "Performed", id: output.id })
          } else if (output._tag === "Read") {
            const bytes = yield* disk.read(output.path, output.position, output.length)
            inputs.push({ _tag: "ReadDone", id: output.id, bytes })
          } else said.push(output)
        }
      }
      return said
    })
  const values = Effect.gen(function* () {
    const all: Array<string> = []
    while (all.length < state.highWatermark) {
      const [said] = yield* tell({ _tag: "Fetch", id: 1, offset: all.length, maxBytes: 5000, isolation: "committed" })
      if (said?._tag !== "Fetched") return expect.unreachable()
      all.push(...valuesOf(said.records, all.length))
    }
    return all
  })
  return { tell, values, state }
})

describe("a partition's log in files", () => {
  it.live("is found whole when it is opened again, closed or not", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const values = Array.from({ length: 200 }, (_, i) => `${i} ${"x".repeat((i * 13) % 700)}`)
      for (const close of [false, true]) {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const log = yield* open(yield* makeFileDisk({ root, maxOpenFiles: 4 }))
            const from = log.state.accepted
            expect(yield* log.values).toEqual(values.slice(0, from))
            for (const value of values.slice(from, from + 100)) yield* log.tell(append(value))
            if (close) expect((yield* log.tell({ _tag: "Close", id: 1 })).at(-1)).toEqual({ _tag: "Closed", id: 1 })
          })
        )
      }
      const again = yield* open(yield* makeFileDisk({ root }))
      expect(yield* again.values).toEqual(values)
      expect(again.state.segments.length).toBeGreaterThan(2)
      const suffixes = readdirSync(join(root, "orders-0")).map((name) => name.replace(/^\d{20}/, ""))
      expect([...new Set(suffixes)].sort()).toEqual([".index", ".log", ".snapshot", ".timeindex", "checkpoint"])
    })
  )
})
