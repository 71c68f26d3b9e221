import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { afterAll, beforeAll, expect, it } from "vitest"
import { TcpNetwork } from "../../../../adapters/tcp/index.ts"
import { encodeUtf8 } from "../../../../core/bytes/index.ts"
import { actionHeaderName, rebuild } from "../../../../core/journal/index.ts"
import { openLog, openStore } from "../../../../runtimes/node/index.ts"
import { createTopic } from "../../../core/client/CreateTopic.ts"
import { type Ended, odradek, serve, type Server, temporaryFolder } from "./Odradek.ts"

const folder = temporaryFolder()
let broker: Server
let brokers: string
beforeAll(async () => {
  broker = await serve(["broker", "--listen", "127.0.0.1:0", "--memory"])
  brokers = broker.ready.slice("ready ".length)
})
afterAll(async () => {
  await broker.stop()
  folder.remove()
})

const run = <A, E>(effect: Effect.Effect<A, E, Scope>): Promise<A> => Effect.runPromise(Effect.scoped(effect))

const doctor = (...args: ReadonlyArray<string>): Promise<Ended> => odradek(["doctor", "--brokers", brokers, ...args])

const append = async (topic: string, events: number): Promise<void> => {
  const input = "{}\n".repeat(events)
  expect(await odradek(["journal", "append", topic, "a", "--brokers", brokers], { input })).toMatchObject({ code: 0 })
}

/** The names and outcomes of the checks of a run. */
const outcomes = ({ stdout }: Ended): ReadonlyArray<string> =>
  stdout
    .split("\n")
    .filter((line) => /^(ok|warn|FAIL|skip) /.test(line))
    .map((line) => line.split(/\s+/).slice(0, 2).join(" "))

const storeFile = (name: string): string => join(folder.path, `${name}.db`)

/** Lets a store have replicated a partition up to an offset. */
const pointAt = (name: string, topic: string, offset: number): Promise<void> =>
  run(
    Effect.flatMap(openStore(`sqlite:${storeFile(name)}`), (store) =>
      store.write([{ _tag: "PutPointer", topic, partition: 0, offset, previous: undefined }])
    )
  )

/** Lets a store have replicated a whole topic. */
const replicate = (name: string, topic: string) =>
  run(
    Effect.gen(function* () {
      const log = yield* openLog({ brokers: [brokers] })
      const store = yield* openStore(`sqlite:${storeFile(name)}`)
      yield* rebuild({ log, store, topics: [topic] })
    })
  )

it("a broker that is not there fails its check, what needs it is skipped, and the store is looked at all the same", async () => {
  await pointAt("alone", "t", 0)
  const args = ["doctor", "--brokers", "127.0.0.1:1", "--topics", "t", "--store", `sqlite:${storeFile("alone")}`]
  const ended = await odradek(args)
  expect(ended.code).toBe(1)
  expect(ended.stderr).toBe("1 check failed: do what stands below each, and run this again.\n")
  expect(outcomes(ended)).toEqual([
    "FAIL broker",
    "skip versions",
    "skip cluster",
    "skip topic",
    "ok store",
    "ok rights",
    "skip replication"
  ])
  expect(ended.stdout).toContain("-> start one with `odradek broker`, or name another with --brokers")
})

it("without a topic and a store it checks what it can, and ends with 0", async () => {
  const ended = await doctor()
  expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: "" })
  expect(outcomes(ended)).toEqual([
    "ok broker",
    "ok versions",
    "ok cluster",
    "ok advertised",
    "skip topic",
    "skip store"
  ])
  expect(ended.stdout).toMatch(/^6 checks: 4 ok, 2 skipped$/m)
})

it("a good topic that is replicated whole is well in every check", async () => {
  await append("good", 3)
  await replicate("good", "good")
  const ended = await doctor("--topic", "good", "--store", `sqlite:${storeFile("good")}`)
  expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: "" })
  expect(outcomes(ended)).toEqual([
    "ok broker",
    "ok versions",
    "ok cluster",
    "ok advertised",
    "ok topic",
    "skip rights",
    "ok cleanup",
    "ok retention",
    "ok durability",
    "ok size",
    "ok timestamps",
    "ok leaders",
    "ok reads",
    "ok clock",
    "ok store",
    "ok rights",
    "ok pointer",
    "ok lag",
    "ok records",
    "ok progress"
  ])
})

it("a topic whose settings lose events fails, and says what to set", async () => {
  const [host = "", port = ""] = brokers.split(":")
  const settings = { "cleanup.policy": "compact", "retention.ms": "60000", "max.message.bytes": "1000" }
  await run(createTopic(TcpNetwork, { host, port: Number(port) }, "bad", 1, settings))
  const ended = await doctor("--topics", "bad,missing")
  expect(ended.code).toBe(1)
  expect(outcomes(ended)).toEqual(
    expect.arrayContaining(["FAIL cleanup", "warn retention", "warn size", "FAIL topic", "skip settings"])
  )
  expect(ended.stdout).toContain("-> set cleanup.policy=delete")
  expect(ended.stdout).toContain("missing does not exist")
})

it("a store that lags with nobody replicating is a warning with the place, and no failure", async () => {
  await append("lagging", 1)
  await replicate("lagging", "lagging")
  await append("lagging", 3)
  const ended = await doctor("--topics", "lagging", "--store", `sqlite:${storeFile("lagging")}`)
  expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: "" })
  expect(ended.stdout).toMatch(/^ok {3}lag +4 records of lagging not replicated, the oldest for \d/m)
  expect(ended.stdout).toMatch(/^warn progress +pointers that did not move within 2 s: lagging-0 at 1$/m)
})

it("a store of another log fails, and says so", async () => {
  await append("other", 1)
  await pointAt("other", "other", 100)
  const ended = await doctor("--topics", "other", "--store", `sqlite:${storeFile("other")}`)
  expect(ended.code).toBe(1)
  expect(ended.stdout).toMatch(/^FAIL pointer +the store has other-0 up to offset 100, and the log ends at 2$/m)
})

it("a store of another log whose pointer stands in this one fails, and it is said by which journal", async () => {
  await append("foreign", 2)
  await pointAt("foreign", "foreign", 1)
  const ended = await doctor("--topics", "foreign", "--store", `sqlite:${storeFile("foreign")}`)
  expect(ended.code).toBe(1)
  expect(ended.stdout).toMatch(
    /^FAIL pointer +the store was filled from another log than foreign-0: up to the store's pointer 1 journal "a" has its last record at offset 1, and the store has nothing of it$/m
  )
  expect(ended.stdout).toMatch(/^skip lag +the store and foreign do not belong together$/m)
})

it("a record that no replicator gets past fails, with its place and what is wrong with it", async () => {
  await append("poison", 1)
  const record = { key: encodeUtf8("a"), value: null, timestamp: 1_774_915_200_000 }
  const headers = [{ name: actionHeaderName, value: encodeUtf8("{") }]
  await run(
    Effect.flatMap(openLog({ brokers: [brokers] }), (log) =>
      log.append({ topic: "poison", partition: 0, ...record, headers })
    )
  )
  await pointAt("poison", "poison", 1)
  const ended = await doctor("--topics", "poison", "--store", `sqlite:${storeFile("poison")}`)
  expect(ended.code).toBe(1)
  expect(ended.stdout).toMatch(/^FAIL records +no replicator gets past offset 2 of poison-0, whose header cannot/m)
})

it("a store file that is no database, or is not there, fails, and nothing is made", async () => {
  const [path, missing] = [storeFile("text"), storeFile("missing")]
  writeFileSync(path, "This is a text of more than one hundred bytes, and so no database at all. ".repeat(20))
  const ended = await doctor("--store", `sqlite:${path}`)
  expect(ended.code).toBe(1)
  expect(ended.stdout).toMatch(/^FAIL store +.*text\.db is no SQLite file$/m)
  expect((await doctor("--store", `sqlite:${missing}`)).stdout).toMatch(/^FAIL store +.*missing\.db does not exist$/m)
  expect(existsSync(missing)).toBe(false)
})

it("with --json every line is an object, and the last one counts", async () => {
  const ended = await doctor("--topics", "nowhere", "--json")
  const lines = ended.stdout
    .split("\n")
    .slice(0, -1)
    .map((line): Record<string, unknown> => JSON.parse(line))
  expect(lines.find(({ check }) => check === "topic")).toEqual({
    type: "check",
    check: "topic",
    subject: "nowhere",
    status: "failed",
    message: "nowhere does not exist",
    advice: "create it, or append to it where the brokers create topics themselves"
  })
  expect(lines.at(-1)).toEqual({ type: "summary", checks: 9, ok: 4, warnings: 0, failed: 1, skipped: 4 })
  expect(JSON.parse(ended.stderr)).toMatchObject({ level: "Error" })
})
