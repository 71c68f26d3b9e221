import type { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as ScopeModule from "effect/Scope"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { clientOf, localDynamoDb, scan } from "./LocalDynamoDb.ts"
import type { LocalDynamoDb } from "./LocalDynamoDb.ts"
import { DynamoDbStore } from "../../../adapters/dynamodb/index.ts"
import { observedClient } from "./ObservedClient.ts"
import { history, logOf, partition, replicate, visible } from "./Replica.ts"

/** One journal grows, is cut, purged and begun again; another has an event of several items; a third comes and goes. */
const log = logOf([
  { _tag: "Append", id: "a", from: 1, to: 2 },
  { _tag: "Append", id: "b", from: 1, to: 1, bytes: 500_000 },
  { _tag: "Append", id: "a", from: 3, to: 30 },
  { _tag: "Delete", id: "a", to: 4 },
  { _tag: "Purge", id: "a" },
  { _tag: "Append", id: "a", from: 1, to: 3 },
  { _tag: "Delete", id: "a", to: 1 },
  { _tag: "Delete", id: "b", to: 1 },
  { _tag: "Append", id: "c", from: 1, to: 1 },
  { _tag: "Append", id: "b", from: 2, to: 2 },
  { _tag: "Purge", id: "c" }
])
const last = log.length - 1
/** How many records a replicator takes at a time, and how many the one after it: the log may be cut elsewhere then. */
type Pages = readonly [first: number, second: number]

const table = "journal"

describe("a store in DynamoDB whose replicator is killed", () => {
  const scope = ScopeModule.makeUnsafe()
  let place: LocalDynamoDb
  let client: DynamoDBClient
  const run = <A, E>(effect: Effect.Effect<A, E, ScopeModule.Scope>): Promise<A> =>
    Effect.runPromise(Effect.scoped(effect))

  beforeAll(async () => {
    place = await Effect.runPromise(ScopeModule.provide(localDynamoDb, scope))
    client = await Effect.runPromise(ScopeModule.provide(clientOf(place), scope))
    await run(DynamoDbStore.open({ ...place, table, client }))
  })
  afterAll(() => Effect.runPromise(ScopeModule.close(scope, Exit.void)))

  /**
   * Everything that the table holds of each topic, as text without what differs from one run to the next. The markers of
   * purged journals are left out: one that comes and goes within a page of the log leaves none.
   */
  const contents = async (): Promise<ReadonlyMap<string, ReadonlyArray<string>>> => {
    const found = new Map<string, Array<string>>()
    for (const { body, recordId, writeId, ...item } of await scan(client, table)) {
      if (item["purged"] !== undefined) continue
      const topic = item["pk"]?.S?.split("/")[1] ?? ""
      const text = JSON.stringify({ ...item, body: body?.B?.length, named: [recordId, writeId].map(Boolean) })
      const like = text.replaceAll(topic, "TOPIC").replace(/\/[0-9a-f-]{36}/g, "")
      found.set(topic, [...(found.get(topic) ?? []), like].sort())
    }
    return found
  }

  /**
   * Replicates until the request of this number, and stops before it or right after its effect; whether it did. Only
   * batches are on their way together, so that before any other request is where it was after the one before.
   */
  const killedAt = (topic: string, [pageSize]: Pages, number: number, when: "before" | "after") =>
    Effect.gen(function* () {
      const killed = Deferred.makeUnsafe<boolean>()
      let isDead = false
      const mortal = observedClient(client, async (request) => {
        if (isDead) return new Promise<object>(() => {})
        const isMeant = request.number === number && (when === "after" || request.name === "BatchWriteItemCommand")
        if (!isMeant) return request.send()
        isDead = true
        if (when === "after") await request.send()
        Deferred.doneUnsafe(killed, Effect.succeed(true))
        return new Promise<object>(() => {})
      })
      const store = yield* DynamoDbStore.open({ ...place, table, client: mortal })
      const work = Effect.as(replicate(store, topic, log, pageSize), false)
      return yield* Effect.raceFirst(work, Deferred.await(killed))
    })

  const check = (topic: string, pages: Pages, number: number, when: "before" | "after") =>
    Effect.gen(function* () {
      const wasKilled = yield* killedAt(topic, pages, number, when)
      const reader = yield* DynamoDbStore.open({ ...place, table, client })
      const { at, ids } = yield* history(log)
      const where = `killed ${when} request ${number}`
      const pointer = (yield* reader.pointer(topic, partition)) ?? -1
      for (const id of ids) {
        const may = new Set(at(pointer).map((state) => state.get(id)))
        expect(may, `${where}, journal ${id}`).toContain(yield* visible(reader, topic, id))
      }
      const second = yield* DynamoDbStore.open({ ...place, table, client })
      yield* replicate(second, topic, log, pages[wasKilled ? 1 : 0])
      expect(yield* reader.pointer(topic, partition), where).toBe(last)
      for (const id of ids) expect(yield* visible(reader, topic, id), where).toBe(at(last)[0]!.get(id))
      return wasKilled
    })

  const pagesOfKills: ReadonlyArray<Pages> = [
    [4, 5],
    [11, 4]
  ]
  const claim = "shows a consistent prefix wherever that happens, and a redelivery repairs it and leaves nothing over"
  it.each(pagesOfKills)(
    `${claim}: pages of %d, then of %d`,
    async (...pages) => {
      const name = pages.join("-")
      expect(await run(check(`${name}-whole`, pages, 0, "before"))).toBe(false)
      let kills = 0
      for (let number = 2; ; number += 4) {
        const numbers = [number, number + 1, number + 2, number + 3]
        const runs = numbers.flatMap((each) => (["before", "after"] as const).map((when) => ({ each, when })))
        const killed = await run(
          Effect.forEach(runs, ({ each, when }) => check(`${name}-${when}-${each}`, pages, each, when), {
            concurrency: 8
          })
        )
        kills += killed.filter(Boolean).length
        if (!killed.some(Boolean)) break
      }
      expect(kills).toBeGreaterThan(15)
      const all = [...(await contents())].filter(([topic]) => topic.startsWith(`${name}-`))
      const whole = all.find(([topic]) => topic === `${name}-whole`)?.[1]
      expect(whole?.length).toBeGreaterThan(4)
      for (const [topic, items] of all) expect(items, topic).toEqual(whole)
    },
    60_000
  )

  it("is opened by the next one, wherever the first was killed while it made the table", async () => {
    for (let number = 1; ; number++) {
      for (const when of ["before", "after"] as const) {
        const fresh = { ...place, table: `fresh-${number}-${when}` }
        let isDead = false
        const killed = Deferred.makeUnsafe<boolean>()
        const mortal = observedClient(client, async (request) => {
          if (isDead) return new Promise<object>(() => {})
          if (request.number !== number) return request.send()
          isDead = true
          if (when === "after") await request.send().catch(() => {})
          Deferred.doneUnsafe(killed, Effect.succeed(true))
          return new Promise<object>(() => {})
        })
        const opening = Effect.as(DynamoDbStore.open({ ...fresh, client: mortal }), false)
        const wasKilled = await run(Effect.raceFirst(opening, Deferred.await(killed)))
        const health = await run(Effect.flatMap(DynamoDbStore.open({ ...fresh, client }), (store) => store.check))
        expect(health.schema, `killed ${when} request ${number}`).toEqual({ version: 1, expected: 1 })
        if (!wasKilled) return expect(number).toBeGreaterThan(5)
      }
    }
  })

  const pagesOfSleepers: ReadonlyArray<Pages> = [
    [4, 5],
    [5, 2]
  ]
  const quiet = "shows nothing of a replicator that slept at any request, while another went on to the end"
  it.each(pagesOfSleepers)(
    `${quiet}: pages of %d, and of %d`,
    async (...[pageSize, otherPageSize]) => {
      const { at, ids } = await Effect.runPromise(history(log))
      const sleepsAt = (number: number) =>
        Effect.gen(function* () {
          const topic = `asleep-${pageSize}-${otherPageSize}-${number}`
          const asleep = Deferred.makeUnsafe<boolean>()
          let wake = (): void => {}
          const awake = new Promise<void>((resolve) => (wake = resolve))
          let before = ""
          const sleepy = observedClient(client, async (request) => {
            if (request.number === number) {
              Deferred.doneUnsafe(asleep, Effect.succeed(true))
              await awake
            }
            if (request.number < number) before = request.name
            return request.send()
          })
          const late = yield* DynamoDbStore.open({ ...place, table, client: sleepy, requestTimeoutMs: 60_000 })
          const fiber = yield* Effect.forkChild(Effect.exit(replicate(late, topic, log, pageSize)))
          const slept = yield* Effect.raceFirst(Effect.as(Fiber.join(fiber), false), Deferred.await(asleep))
          const other = yield* DynamoDbStore.open({ ...place, table, client })
          yield* replicate(other, topic, log, otherPageSize)
          wake()
          const exit = yield* Fiber.join(fiber)
          const where = `slept at request ${number}, after ${before}`
          if (Exit.isFailure(exit)) expect(String(exit.cause), where).toContain("Another replicator has")
          expect(yield* other.pointer(topic, partition), where).toBe(last)
          for (const id of ids) {
            expect(yield* visible(other, topic, id), where).toBe(at(last)[0]!.get(id))
          }
          return { slept, fenced: Exit.isFailure(exit) }
        })
      let fenced = 0
      for (let number = 2; ; number += 6) {
        const numbers = Array.from({ length: 6 }, (_, more) => number + more)
        const ended = await run(Effect.forEach(numbers, sleepsAt, { concurrency: 6 }))
        fenced += ended.filter((each) => each.fenced).length
        if (ended.some(({ slept }) => !slept)) break
      }
      expect(fenced).toBeGreaterThan(8)
    },
    60_000
  )
})
