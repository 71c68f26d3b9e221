import type { Client } from "cassandra-driver"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ScopeModule from "effect/Scope"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { CassandraStore } from "../../../adapters/cassandra/index.ts"
import { history, logOf, partition, replicate, visible } from "../dynamodb/Replica.ts"
import { journalKeyspace } from "./Keyspaces.ts"
import { observedClient } from "./ObservedClient.ts"

/** One journal grows over segments, is cut, purged and begun again; another is cut; a third comes and goes. */
const log = logOf([
  { _tag: "Append", id: "a", from: 1, to: 2 },
  { _tag: "Append", id: "b", from: 1, to: 1 },
  { _tag: "Append", id: "a", from: 3, to: 9 },
  { _tag: "Delete", id: "a", to: 4 },
  { _tag: "Purge", id: "a" },
  { _tag: "Append", id: "a", from: 1, to: 5 },
  { _tag: "Delete", id: "a", to: 1 },
  { _tag: "Delete", id: "b", to: 1 },
  { _tag: "Append", id: "c", from: 1, to: 1 },
  { _tag: "Append", id: "b", from: 2, to: 5 },
  { _tag: "Purge", id: "c" }
])
const last = log.length - 1
const segmentSize = 3

/** How many records a replicator takes at a time, and how many the one after it: the log may be cut elsewhere then. */
type Pages = readonly [first: number, second: number]

describe("a store in Cassandra whose replicator is killed", () => {
  const scope = ScopeModule.makeUnsafe()
  let place: { readonly client: Client; readonly keyspace: string }
  const run = <A, E>(effect: Effect.Effect<A, E, ScopeModule.Scope>): Promise<A> =>
    Effect.runPromise(Effect.scoped(effect))

  beforeAll(async () => {
    place = await Effect.runPromise(ScopeModule.provide(journalKeyspace, scope))
  })
  afterAll(() => Effect.runPromise(ScopeModule.close(scope, Exit.void)))

  /** Everything that the tables hold of each topic, as text without the times of the pointers. */
  const contents = async (): Promise<ReadonlyMap<string, ReadonlyArray<string>>> => {
    const found = new Map<string, Array<string>>()
    for (const table of ["journal", "metajournal", "pointer2"]) {
      const { rows } = await place.client.execute(`SELECT JSON * FROM ${place.keyspace}.${table}`)
      for (const row of rows) {
        const { created, meta_record_id, record_id, topic, updated, ...rest } = JSON.parse(String(row["[json]"]))
        const named = [meta_record_id, record_id].map((id) => (typeof id === "string" ? id.slice(8) : "none"))
        const times = table === "pointer2" ? [] : [created, updated]
        found.set(topic, [...(found.get(topic) ?? []), JSON.stringify([table, rest, named, times])].sort())
      }
    }
    return found
  }

  /** Replicates until the request of this number, and stops before it or right after its effect; whether it did. */
  const killedAt = (topic: string, [pageSize]: Pages, number: number, when: "before" | "after") =>
    Effect.gen(function* () {
      const killed = Deferred.makeUnsafe<boolean>()
      let isDead = false
      const mortal = observedClient(place.client, async ({ number: each, send }) => {
        if (isDead) return new Promise<object>(() => {})
        if (each !== number) return send()
        isDead = true
        if (when === "after") await send()
        Deferred.doneUnsafe(killed, Effect.succeed(true))
        return new Promise<object>(() => {})
      })
      const store = yield* CassandraStore.open({ ...place, segmentSize, client: mortal })
      const work = Effect.as(replicate(store, topic, log, pageSize), false)
      return yield* Effect.raceFirst(work, Deferred.await(killed))
    })

  const check = (topic: string, pages: Pages, number: number, when: "before" | "after") =>
    Effect.gen(function* () {
      const wasKilled = yield* killedAt(topic, pages, number, when)
      const reader = yield* CassandraStore.open({ ...place, segmentSize })
      const { at, ids } = yield* history(log)
      const where = `killed ${when} request ${number}`
      const pointer = (yield* reader.pointer(topic, partition)) ?? -1
      for (const id of ids) {
        const may = new Set(at(pointer).map((state) => state.get(id)))
        expect(may, `${where}, journal ${id}`).toContain(yield* visible(reader, topic, id))
      }
      const second = yield* CassandraStore.open({ ...place, segmentSize })
      yield* replicate(second, topic, log, pages[wasKilled ? 1 : 0])
      expect(yield* reader.pointer(topic, partition), where).toBe(last)
      for (const id of ids) expect(yield* visible(reader, topic, id), where).toBe(at(last)[0]!.get(id))
      return wasKilled
    })

  const pagesOfKills: ReadonlyArray<Pages> = [
    [4, 5],
    [11, 4]
  ]
  it.each(pagesOfKills)(
    "shows a consistent prefix wherever that happens, and a redelivery repairs it: pages of %d, then of %d",
    async (...pages) => {
      const name = pages.join("-")
      expect(await run(check(`${name}-whole`, pages, 0, "before"))).toBe(false)
      // Opening the store takes three requests.
      let kills = 0
      for (let number = 4; ; number += 4) {
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
      expect(kills).toBeGreaterThan(30)
      const all = [...(await contents())].filter(([topic]) => topic.startsWith(`${name}-`))
      const whole = all.find(([topic]) => topic === `${name}-whole`)?.[1]
      expect(whole?.length).toBeGreaterThan(8)
      for (const [topic, rows] of all) expect(rows, topic).toEqual(whole)
    }
  )
})
