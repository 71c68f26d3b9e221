import { DatabaseSync } from "node:sqlite"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { eventually } from "../../../Eventually.ts"
import { odradek, serve, temporaryFolder } from "./Odradek.ts"
import type { Ended, Server } from "./Odradek.ts"

const folder = temporaryFolder()
const file = join(folder.path, "journal.db")
const store = `sqlite:${file}`
let broker: Server
let brokers: string

/** Events of which each has a record of its own. */
const lines = (count: number): string =>
  Array.from({ length: count }, (_, at) => `{"payload":${at},"metadata":{"n":${at}}}\n`).join("")

const brokerOf = ({ ready }: Server): string => ready.slice("ready ".length)

const fill = async (at: string, topic: string, id: string, count: number): Promise<void> => {
  const { code, stderr } = await odradek(["journal", "append", topic, id, "--brokers", at], { input: lines(count) })
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
}

/** How many partitions of each topic the store has all of: a mark, and six events. */
const replicated = (): number => {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    return database.prepare("SELECT * FROM journal_pointer WHERE log_offset = 6").all().length
  } finally {
    database.close()
  }
}

/** The store of two topics of another cluster, and a cluster with topics of these names: one longer, one shorter. */
beforeAll(async () => {
  const other = await serve(["broker", "--listen", "127.0.0.1:0", "--memory"])
  for (const topic of ["long", "short"]) await fill(brokerOf(other), topic, "a", 6)
  const where = ["--brokers", brokerOf(other), "--store", store]
  const replicator = await serve(["replicator", "--topics", "long,short", ...where])
  await eventually(() => expect(replicated()).toBe(2))
  await replicator.stop()
  await other.stop()
  broker = await serve(["broker", "--listen", "127.0.0.1:0", "--memory"])
  brokers = brokerOf(broker)
  await fill(brokers, "long", "x", 12)
  await fill(brokers, "short", "x", 1)
}, 120_000)
afterAll(async () => {
  await broker.stop()
  folder.remove()
})

const journal = (args: ReadonlyArray<string>, input = ""): Promise<Ended> =>
  odradek(["journal", ...args, "--brokers", brokers, "--store", store], { input })

const sentence =
  `Store ${store} was filled from another log than this long-0: up to the store's pointer 6 journal "x" has its last ` +
  "record at offset 6, and the store has nothing of it; name the store that this log was replicated to, or fill a new " +
  "one, and if it is the right one, let `odradek replicator verify` say what is damaged."
const beyond =
  "The store has short-0 up to offset 6, and the log ends before that: the store was filled from another log, or the " +
  "log has lost its end; use the store that belongs to this log, or an empty one."

describe("with the store of another log", { timeout: 120_000 }, () => {
  it.each([
    ["read", "long", "x"],
    ["pointer", "long", "x"],
    ["explain", "long", "x"],
    ["ids", "long"],
    ["delete", "long", "x", "--to", "1", "--yes"],
    ["purge", "long", "x", "--yes"]
  ])("`odradek journal %s` fails, and says so in one sentence", async (...args) => {
    expect(await journal(args)).toEqual({ code: 1, stdout: "", stderr: `${sentence}\n` })
  })

  it("`odradek journal append` fails, and says so and that nothing was appended", async () => {
    const stderr = `${sentence.slice(0, -1)}; nothing was appended.\n`
    expect(await journal(["append", "long", "x"], "{}\n")).toEqual({ code: 1, stdout: "", stderr })
  })

  it("a read fails as often as it is tried, where the log ends before the store's pointer", async () => {
    for (let tries = 0; tries < 6; tries++) {
      expect(await journal(["read", "short", "a"])).toEqual({ code: 1, stdout: "", stderr: `${beyond}\n` })
    }
  })

  it("`odradek http` answers with a problem of one sentence", async () => {
    const http = await serve(["http", "--listen", "127.0.0.1:0", "--brokers", brokers, "--store", store])
    const base = `${http.ready.slice("ready ".length)}/topics/long/journals`
    for (const path of ["x/events", "x/pointer", ""]) {
      const answer = await fetch(path === "" ? base : `${base}/${path}`)
      expect(answer.headers.get("content-type")).toBe("application/problem+json")
      expect(await answer.json()).toMatchObject({ status: answer.status, detail: sentence, topic: "long" })
      expect(answer.status).toBe(502)
    }
    await http.stop()
  })
})
