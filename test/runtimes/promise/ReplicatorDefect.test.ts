import * as Effect from "effect/Effect"
import { expect, it, vi } from "vitest"
import { MemoryLog, MemoryStore } from "../../../adapters/memory/index.ts"
import { Journals } from "../../../runtimes/promise/index.ts"
import { eventually } from "../../Eventually.ts"

const inner = MemoryStore.make()
let broken = false

vi.mock("../../../runtimes/node/index.ts", async (original) => ({
  ...(await original<object>()),
  openLog: () => Effect.sync(() => MemoryLog.make({ partitions: { t: 1 } })),
  openStore: () =>
    Effect.succeed({
      ...inner,
      pointer: (topic: string, partition: number) =>
        broken ? Effect.die(new Error("out of order")) : inner.pointer(topic, partition)
    })
}))

const open = (lines: Array<string>) =>
  Journals.open({ brokers: ["b:1"], topic: "t", store: "memory:", headCache: false, log: (line) => lines.push(line) })

it("a defect that ends a replicator is told", async () => {
  broken = true
  const lines: Array<string> = []
  await using journals = await open(lines)
  const replicator = await journals.replicate()
  await eventually(() => expect(lines.join("\n")).toContain("out of order"))
  await replicator.close()
})

it("a replicator that is closed says nothing", async () => {
  broken = false
  const lines: Array<string> = []
  await using journals = await open(lines)
  const replicator = await journals.replicate()
  await replicator.close()
  expect(lines).toEqual([])
})
