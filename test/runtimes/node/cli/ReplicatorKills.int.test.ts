import { setTimeout as delay } from "node:timers/promises"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { openStore } from "../../../../runtimes/node/index.ts"
import { odradek, serve, temporaryFolder } from "./Odradek.ts"
import type { Server } from "./Odradek.ts"
import { eventually } from "../../../Eventually.ts"

const folder = temporaryFolder()
const store = `sqlite:${folder.path}/journal.db`
let broker: Server
let common: ReadonlyArray<string>
beforeAll(async () => {
  await Effect.runPromise(Effect.scoped(openStore(store)))
  broker = await serve(["broker", "--listen", "127.0.0.1:0", "--data", `${folder.path}/log`])
  common = ["--brokers", broker.ready.slice("ready ".length), "--store", store]
})
afterAll(async () => {
  await broker.stop()
  folder.remove()
})

const journal = async (args: ReadonlyArray<string>, input?: string): Promise<string> => {
  const ended = await odradek(["journal", ...args, ...common], input === undefined ? {} : { input })
  expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: "" })
  return ended.stdout
}

const replicator = () => serve(["replicator", "--topics", "kills", ...common])

const pointer = async (): Promise<number> => {
  const { pointer: at } = JSON.parse(await journal(["explain", "kills", "a", "--json"])) as { pointer?: number | null }
  return at ?? -1
}

it("10,000 events read the same before, during and after replication, and after five kill -9 of the replicator", async () => {
  const payloads = Array.from({ length: 10_000 }, (_, n) => ({ n, text: "x".repeat(n % 200), half: n / 2 }))
  const lines = payloads.map((payload) => `${JSON.stringify({ payload })}\n`)
  await journal(["append", "kills", "a"], lines.join(""))
  const before = await journal(["read", "kills", "a"])
  const read = before.trimEnd().split("\n")
  expect(read.map((line) => (JSON.parse(line) as { payload: unknown }).payload)).toEqual(payloads)

  for (let kill = 1; kill <= 5; kill++) {
    const running = await replicator()
    const moment = Math.floor(Math.random() * 120)
    await delay(moment)
    await running.stop("SIGKILL")
    const during = await journal(["read", "kills", "a"])
    expect(during === before, `the read after kill ${kill}, ${moment} ms after the start, is another`).toBe(true)
  }

  const running = await replicator()
  const during = await journal(["read", "kills", "a"])
  expect(during === before, "the read beside a running replicator is another").toBe(true)
  await eventually(async () => expect(await pointer()).toBeGreaterThanOrEqual(10_000))
  const after = await journal(["read", "kills", "a"])
  expect(after === before, "the read after replication is another").toBe(true)
  expect(await running.stop()).toMatchObject({ code: 0 })
}, 180_000)
