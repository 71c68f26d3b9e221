import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { openStore } from "../../../../runtimes/node/index.ts"
import { odradek, serve, temporaryFolder } from "./Odradek.ts"
import type { Server } from "./Odradek.ts"
import { eventually } from "../../../Eventually.ts"

const folder = temporaryFolder()
const store = `sqlite:${join(folder.path, "journal.db")}`
let broker: Server
let replicator: Server
let brokers: string

beforeAll(async () => {
  broker = await serve(["broker", "--listen", "127.0.0.1:0", "--memory"])
  brokers = broker.ready.slice("ready ".length)
  await append("short", '{"payload":1,"expireAfter":"1 ms"}\n')
  await append("line\nfeed", '{"payload":1,"expireAfter":"1 ms"}\n')
  await append("long", '{"payload":1,"expireAfter":"30 days"}\n')
  replicator = await serve(["replicator", "--topics", "orders", "--brokers", brokers, "--store", store])
  const look = Effect.flatMap(openStore(store, { readOnly: true }), (opened) =>
    opened.head({ topic: "orders", id: "long" })
  )
  await eventually(async () => expect(await Effect.runPromise(Effect.scoped(look))).toBeDefined())
}, 120_000)
afterAll(async () => {
  await replicator.stop()
  await broker.stop()
  folder.remove()
})

const journal = (args: ReadonlyArray<string>, input = "") =>
  odradek(["journal", ...args, "--brokers", brokers, "--store", store], { input })

const append = (id: string, input: string) =>
  odradek(["journal", "append", "orders", id, "--brokers", brokers], { input })

const today = (): string => new Date().toISOString().slice(0, 10)

it("journals that have expired are listed, purged when that is confirmed, and gone", async () => {
  const date = today()
  const listed = await journal(["purge-expired", "orders", "--on-or-before", date])
  const lines = [
    `${date}  "line\\nfeed"`,
    `${date}  short`,
    `2 journals of orders expired by ${date}: purge them with --yes`
  ]
  expect(listed).toEqual({ code: 0, stderr: "", stdout: `${lines.join("\n")}\n` })
  const json = await journal(["purge-expired", "orders", "--on-or-before", date, "--json"])
  expect(json.stdout).toBe(`{"id":"line\\nfeed","expireOn":"${date}"}\n{"id":"short","expireOn":"${date}"}\n`)
  const purged = await journal(["purge-expired", "orders", "--on-or-before", date, "--yes"])
  expect(purged.stdout).toMatch(/short {2}purged by orders-0 @ \d+\n2 journals of orders purged, 0 kept\n$/)
  const ids = await journal(["ids", "orders"])
  expect(ids.stdout).toBe("long\n")
}, 120_000)

it.skipIf(!existsSync("/dev/full"))(
  "output that finds no room says what is purged, and how the rest is seen",
  async () => {
    await append("unheard", '{"payload":1,"expireAfter":"1 ms"}\n')
    const list = async () => (await journal(["purge-expired", "orders", "--on-or-before", today()])).stdout
    await eventually(async () => expect(await list()).toContain("unheard"))
    const command = `${process.execPath} --conditions=odradek-source runtimes/node/main.ts journal purge-expired orders --on-or-before ${today()} --yes --brokers ${brokers} --store ${store} > /dev/full`
    const { status, stderr } = spawnSync("bash", ["-c", command], { encoding: "utf8" })
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr:
        "Standard output cannot be written (ENOSPC), but 1 journal of orders is purged by then and 0 kept, and those that were on their way may be purged, too: see without --yes which are left.\n"
    })
    expect((await journal(["ids", "orders"])).stdout).toBe("long\n")
  },
  120_000
)

it("without a date only days that are over count", async () => {
  const { code, stdout } = await journal(["purge-expired", "orders"])
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
  expect({ code, stdout }).toEqual({ code: 0, stdout: `0 journals of orders expired by ${yesterday}\n` })
})

it("a day that has not come, and what is no date, are refused", async () => {
  const future = await journal(["purge-expired", "orders", "--on-or-before", "9999-01-01", "--yes"])
  expect(future.code).toBe(2)
  expect(future.stderr).toContain('"9999-01-01" is still to come')
  const none = await journal(["purge-expired", "orders", "--on-or-before", "soon"])
  expect(none.stderr).toContain('"soon" is no date: write one as 2026-11-21.')
})

it("a store that knows nothing is not asked", async () => {
  const { code, stderr } = await odradek(["journal", "purge-expired", "orders", "--brokers", brokers])
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: "Name the store that the topic is replicated to with --store: it knows which journals expire.\n"
  })
})
