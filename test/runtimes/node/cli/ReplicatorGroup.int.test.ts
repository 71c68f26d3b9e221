import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import type { JournalStore } from "../../../../core/ports/index.ts"
import { openGroup, openLog, openStore } from "../../../../runtimes/node/index.ts"
import { Journals } from "../../../../runtimes/promise/index.ts"
import { serve, temporaryFolder } from "./Odradek.ts"
import type { Server } from "./Odradek.ts"
import { eventually } from "../../../Eventually.ts"

const topic = "shared"
const numbers = [0, 1, 2, 3, 4, 5]
const folder = temporaryFolder()
const store = `sqlite:${folder.path}/journal.db`
let broker: Server
let brokers: string
beforeAll(async () => {
  broker = await serve(["broker", "--listen", "127.0.0.1:0", "--data", `${folder.path}/log`, "--partitions", "6"])
  brokers = broker.ready.slice("ready ".length)
})
afterAll(async () => {
  await broker.stop()
  folder.remove()
})

const replicator = () => {
  const where = ["--brokers", brokers, "--store", store, "--topics", topic]
  return serve(["replicator", "--group", "g", "--json", "--metrics", "127.0.0.1:0", ...where])
}

/** The partitions that a replicator has, as it tells. */
const partitionsOf = ({ written }: Server): ReadonlySet<number> => {
  const has = new Set<number>()
  for (const line of written().stdout.split("\n").slice(1, -1)) {
    const { partition, type } = JSON.parse(line) as { readonly type: string; readonly partition: number }
    if (type === "resumed") has.add(partition)
    if (type === "released") has.delete(partition)
  }
  return has
}

const untilShared = (servers: ReadonlyArray<Server>) =>
  eventually(() => {
    const shares = servers.map((server) => [...partitionsOf(server)])
    expect(shares.flat().sort()).toEqual(numbers)
    expect(
      Math.max(...shares.map(({ length }) => length)) - Math.min(...shares.map(({ length }) => length))
    ).toBeLessThan(2)
  })

const inStore = <A>(look: (store: JournalStore) => Effect.Effect<A, unknown>): Promise<A> =>
  Effect.runPromise(Effect.scoped(Effect.flatMap(openStore(store), look)))

/** Where the log of each partition ends, and how far the group says that it is replicated. */
const progress = () =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const log = yield* openLog({ brokers: [brokers] })
        const group = yield* openGroup({ brokers: [brokers], groupId: "g" })
        const ends = yield* Effect.forEach(numbers, (partition) =>
          Effect.map(log.read({ topic, partition, offset: 0, maxBytes: 1, maxWaitMs: 0 }), ({ stableEnd }) => stableEnd)
        )
        const told = yield* group.committed(numbers.map((partition) => ({ topic, partition })))
        const committed = numbers.map((partition) => told.find((one) => one.partition === partition)?.offset)
        return { ends, committed }
      })
    )
  )

it("three replicators share six partitions; one is killed, and everything is in the store once", async () => {
  await using journals = await Journals.open({ brokers: [brokers], topic, store: "memory:" })
  const ids = Array.from({ length: 60 }, (_, n) => `journal-${n}`)
  const append = (round: number) =>
    Promise.all(ids.map((id) => journals.journal(id).append([{ payload: round }, { payload: { round } }])))
  await append(1)

  const servers = [await replicator(), await replicator(), await replicator()]
  await untilShared(servers)
  const [first, second, killed] = servers as [Server, Server, Server]
  const appending = (async () => {
    for (let round = 2; round <= 10; round++) await append(round)
  })()
  await killed.stop("SIGKILL")
  await appending
  await untilShared([first, second])

  const { ends } = await progress()
  await eventually(async () => {
    const pointers = await inStore((opened) => Effect.forEach(numbers, (partition) => opened.pointer(topic, partition)))
    expect(pointers.map((pointer) => (pointer ?? -1) + 1)).toEqual(ends)
  })
  const expected = Array.from({ length: 20 }, (_, index) => index + 1)
  for (const id of ids) {
    const events = await inStore((opened) => opened.events({ key: { topic, id }, from: 1, to: 1000, limit: 1000 }))
    expect(events.map(({ seqNr }) => seqNr)).toEqual(expected)
  }
  await eventually(async () => expect((await progress()).committed).toEqual(ends))

  const url = /Metrics are at (\S+)\/metrics/.exec(first.written().stderr)?.[1]
  const health = await fetch(`${url}/health`)
  expect({ status: health.status, body: await health.json() }).toEqual({
    status: 200,
    body: { status: "ok", partitions: 3, stalled: [] }
  })
  const metrics = await (await fetch(`${url}/metrics`)).text()
  const lags = [...metrics.matchAll(/^replicator_lag_records\{[^}]*\} (\S+)$/gm)].map(([, lag]) => lag)
  expect(new Set(lags)).toEqual(new Set(["0"]))

  expect(await first.stop()).toMatchObject({ code: 0 })
  await eventually(() => expect(partitionsOf(second).size).toBe(6))
  expect(await second.stop()).toMatchObject({ code: 0 })
}, 120_000)

it("health is 503 with the reason, without a partition, while the coordinator is gone", async () => {
  const own = await serve(["broker", "--listen", "127.0.0.1:0", "--memory"])
  const where = ["--brokers", own.ready.slice("ready ".length), "--store", "memory:", "--topics", "t"]
  const server = await serve(["replicator", "--group", "h", "--metrics", "127.0.0.1:0", ...where])
  const url = await eventually(() => {
    const found = /Metrics are at (\S+)\/metrics/.exec(server.written().stderr)?.[1]
    expect(found).toBeDefined()
    return found
  })
  const health = async () => {
    const answer = await fetch(`${url}/health`)
    return { status: answer.status, body: (await answer.json()) as unknown }
  }
  expect(await health()).toEqual({ status: 200, body: { status: "ok", partitions: 0, stalled: [] } })
  await own.stop("SIGKILL")
  await eventually(async () => {
    expect(await health()).toEqual({
      status: 503,
      body: {
        status: "waiting",
        partitions: 0,
        group: { name: "h", reason: "Unreachable", message: expect.stringContaining("waits for its coordinator") },
        stalled: []
      }
    })
  })
  await server.stop()
})
