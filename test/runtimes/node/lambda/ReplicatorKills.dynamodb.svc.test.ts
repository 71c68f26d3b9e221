import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, it } from "vitest"
import { Journals } from "../../../../runtimes/promise/index.ts"
import { service } from "../../../services/index.ts"
import { odradek, serve, temporaryFolder } from "../cli/Odradek.ts"
import type { Server } from "../cli/Odradek.ts"

const { endpoint, region } = service("dynamodb")
const handler = fileURLToPath(new URL("handlers/Replicator.ts", import.meta.url))
const topic = "bank"
const folder = temporaryFolder()
let broker: Server
let brokers: string
beforeAll(async () => {
  broker = await serve(["broker", "--listen", "127.0.0.1:0", "--data", `${folder.path}/log`, "--partitions", "3"])
  brokers = broker.ready.slice("ready ".length)
}, 120_000)
afterAll(async () => {
  await broker.stop()
  folder.remove()
})

it("replicators in sandboxes that are killed, time out, throw and do half, while partitions move: nothing is lost, doubled or out of order", async () => {
  const seed = 59
  const table = `lambda-kills-${process.pid}-${Date.now()}`
  const store = `dynamodb://${region}/${table}?endpoint=${endpoint}`
  const ids = Array.from({ length: 12 }, (_, n) => `account-${n}`)
  {
    // It makes the table, as whoever deploys a function does before.
    await using journals = await Journals.open({ brokers: [brokers], topic, store })
    const each = (round: number) =>
      Promise.all(
        ids.map(async (id, n) => {
          const journal = journals.journal(id)
          if (round === 7 && n % 3 === 0) await journal.delete(3)
          if (round === 9 && n % 4 === 1) await journal.purge()
          await journal.append([{ payload: { round } }, { payload: { text: "x".repeat(n * 10) } }])
        })
      )
    for (let round = 1; round <= 12; round++) await each(round)
  }
  const memory = join(folder.path, "memory")
  const variables = { ENDPOINT: endpoint, MEMORY: memory, REGION: region, SEED: `${seed}`, TABLE: table }
  const environment = Object.entries(variables).flatMap(([name, value]) => ["--environment", `${name}=${value}`])
  const ended = await odradek([
    "lambda",
    ...["--brokers", brokers, "--topics", topic, "--handler", handler, "--group", "kills", "--json"],
    ...["--until-end", "--within", "300", "--timeout", "6", "--batch-size", "16"],
    ...["--pollers", "2", "--rebalance", "5"],
    ...environment
  ])
  expect({ code: ended.code, seed, stdout: ended.stdout }).toMatchObject({ code: 0 })
  const reasons = ended.stdout
    .split("\n")
    .filter((line) => line.includes('"invoked"'))
    .map((line) => JSON.parse(line) as { readonly outcome: string; readonly reason?: string })
    .map(({ outcome, reason }) => reason ?? outcome)
  expect(reasons).toEqual(expect.arrayContaining(["Exited", "TimedOut", "Threw", "resume", "done"]))

  const verified = await odradek([
    "replicator",
    "verify",
    "--brokers",
    brokers,
    "--topics",
    topic,
    "--store",
    store,
    "--json"
  ])
  const partitions = verified.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly type: string; readonly to: number; readonly differences: number })
  expect(partitions.map(({ differences, type }) => [type, differences])).toEqual([
    ["partition", 0],
    ["partition", 0],
    ["partition", 0]
  ])
  expect(verified.code).toBe(0)

  // And to the end: each partition's pointer is at its last record.
  const again = await odradek([
    "lambda",
    ...["--brokers", brokers, "--topics", topic, "--handler", handler, "--group", "kills", "--json", "--until-end"],
    ...environment
  ])
  expect(again.stdout).toContain('"invocations":0')
  expect(again.code).toBe(0)
}, 400_000)
