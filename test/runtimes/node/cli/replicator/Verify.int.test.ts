import { existsSync } from "node:fs"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import type { JournalStore, WriteStep } from "../../../../../core/ports/index.ts"
import { openStore } from "../../../../../runtimes/node/index.ts"
import { Journals } from "../../../../../runtimes/promise/index.ts"
import { odradek, serve, temporaryFolder } from "../Odradek.ts"
import type { Server } from "../Odradek.ts"
import { eventually } from "../../../../Eventually.ts"

const topic = "accounts"
const folder = temporaryFolder()
const old = `sqlite:${folder.path}/old.db`
let broker: Server
let brokers: string

const inStore = <A>(address: string, look: (store: JournalStore) => Effect.Effect<A, unknown>): Promise<A> =>
  Effect.runPromise(Effect.scoped(Effect.flatMap(openStore(address), look)))

beforeAll(async () => {
  broker = await serve(["broker", "--listen", "127.0.0.1:0", "--memory", "--partitions", "2"])
  brokers = broker.ready.slice("ready ".length)
  await using journals = await Journals.open({ brokers: [brokers], topic, store: "memory:" })
  for (const id of ["a", "b", "c", "d"]) {
    await journals.journal(id).append([{ payload: { id } }, { payload: 2 }, { payload: 3 }])
  }
  await journals.journal("b").delete(1)
  await journals.journal("c").purge()
  const replicator = await serve(["replicator", "--brokers", brokers, "--topics", topic, "--store", old, "--json"])
  await eventually(() => expect(replicator.written().stdout.match(/"lag":0,/g)).toHaveLength(2))
  expect(await replicator.stop()).toMatchObject({ code: 0 })
})
afterAll(async () => {
  await broker.stop()
  folder.remove()
})

const run = (command: string, store: string, ...more: ReadonlyArray<string>) =>
  odradek(["replicator", command, "--brokers", brokers, "--topics", topic, "--store", store, ...more])

const linesOf = (stdout: string): ReadonlyArray<Record<string, unknown>> =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>)

/** Takes events out of a store behind its replicator's back. */
const harm = (address: string, id: string) =>
  inStore(address, (store) =>
    Effect.flatMap(store.head({ topic, id }), (head) => {
      if (head === undefined) throw new Error(`The store has no journal ${id}.`)
      const step: WriteStep = { _tag: "RemoveEvents", key: { topic, id }, head, from: 2, to: 2 }
      return store.write([step])
    })
  )

it("a store is verified with 0 where it is what the log says", async () => {
  const ended = await run("verify", old, "--json")
  expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: "" })
  expect(linesOf(ended.stdout)).toMatchObject([
    { type: "partition", topic, partition: 0, isWhole: true, differences: 0 },
    { type: "partition", topic, partition: 1, isWhole: true, differences: 0 }
  ])
})

it("a new store is filled from the log, and from an old store, and a harmed one is told of with 1", async () => {
  const fresh = `sqlite:${folder.path}/fresh.db`
  const first = await run("rebuild", fresh)
  expect({ code: first.code, stderr: first.stderr }).toEqual({ code: 0, stderr: "" })
  expect(first.stdout).toMatch(/^accounts-0: the new store has everything up to offset \d+$/m)

  const copied = `sqlite:${folder.path}/copied.db`
  const second = await run("rebuild", copied, "--from-store", old, "--json")
  expect(second.code).toBe(0)
  expect(linesOf(second.stdout).filter(({ type }) => type === "rebuilt")).toEqual(
    await Promise.all(
      [0, 1].map(async (partition) => {
        const pointer = await inStore(old, (store) => store.pointer(topic, partition))
        return { type: "rebuilt", topic, partition, pointer, from: pointer }
      })
    )
  )

  await harm(copied, "d")
  const plain = await run("verify", copied)
  expect(plain.code).toBe(1)
  expect(plain.stdout).toMatch(/^accounts-[01] journal "d": event 2, of record \d+, is missing$/m)
  expect(plain.stderr).toMatch(/^The store differs from the log in 1 place: .*rebuild`\.\n$/)
  const told = linesOf((await run("verify", copied, "--json")).stdout)
  expect(told.filter(({ type }) => type === "difference")).toMatchObject([
    { difference: "EventMissing", topic, id: "d", seqNr: 2 }
  ])
})

it.each([
  [
    ["verify", "--topics", "t"],
    "give --store sqlite:FILE, cassandra://HOST/KEYSPACE, dynamodb://REGION/TABLE or postgres://HOST/DATABASE."
  ],
  [["verify", "--topics", "t", "--store", "sqlite:x", "--from", "3"], "name it with --partition N."],
  [["verify", "--topics", "t", "--store", "sqlite:x", "--ignore", "created,color"], '"color" in --ignore is no field'],
  [["verify", "--topics", "t,u", "--store", "sqlite:x", "--partition", "0"], "name one topic with --topics T."],
  [["verify", "--topics", "t", "--store", "sqlite:x", "--partition", "-1"], "give a whole number from 0."],
  [
    ["rebuild", "--topics", "t", "--store", "memory:"],
    "give the new one with --store sqlite:FILE, cassandra://HOST/KEYSPACE, dynamodb://REGION/TABLE or postgres://HOST/DATABASE."
  ],
  [["rebuild", "--topics", "t", "--store", "sqlite:x", "--from-store", "sqlite:x"], "give a new store to fill."],
  [["rebuild", "--topics", "t", "--store", "sqlite:x", "--from-store", "x"], "names no store"]
])("%j is refused with 2 and a sentence", async (args, sentence) => {
  const ended = await odradek(["replicator", ...args])
  expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 2, stdout: "" })
  expect(ended.stderr).toContain(sentence)
})

it("a topic or a store that is not there is said, and nothing is made", async () => {
  const gone = `sqlite:${folder.path}/gone.db`
  expect(await run("verify", gone)).toMatchObject({ code: 1, stdout: "" })
  const unknown = await odradek([
    "replicator",
    "rebuild",
    ...["--brokers", brokers, "--topics", "nothing", "--store", gone]
  ])
  expect(unknown).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("nothing") })
  expect(existsSync(`${folder.path}/gone.db`)).toBe(false)
})
