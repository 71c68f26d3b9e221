import type { Client, types } from "cassandra-driver"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ScopeModule from "effect/Scope"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { CassandraStore } from "../../../adapters/cassandra/index.ts"
import type { EventRecord, JournalHead, JournalStore, WriteStep } from "../../../core/ports/index.ts"
import { logOf, replicate, visible } from "./Replica.ts"
import { journalKeyspace } from "./Keyspaces.ts"
import { observedClient } from "./ObservedClient.ts"

const scope = ScopeModule.makeUnsafe()
let place: { readonly client: Client; readonly keyspace: string }

beforeAll(async () => {
  place = await Effect.runPromise(ScopeModule.provide(journalKeyspace, scope))
})
afterAll(() => Effect.runPromise(ScopeModule.close(scope, Exit.void)))

const run = <A, E>(effect: Effect.Effect<A, E, ScopeModule.Scope>): Promise<A> =>
  Effect.runPromise(Effect.scoped(effect))

const execute = (cql: string, params: Array<unknown> = []): Promise<types.ResultSet> =>
  place.client.execute(cql.replaceAll("KEYSPACE", place.keyspace), params, { prepare: params.length > 0 })

const hourMs = 3_600_000

/** A store whose writes are made by a clock that is wrong by so much. */
const clockOff = (store: JournalStore, ms: number): JournalStore => ({
  ...store,
  write: (steps) =>
    Clock.clockWith((clock) => {
      const off: Clock.Clock = {
        currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + ms,
        currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + ms),
        currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
        currentTimeNanos: clock.currentTimeNanos,
        monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
        monotonicTimeNanos: clock.monotonicTimeNanos,
        sleep: (duration) => clock.sleep(duration)
      }
      return Effect.provideService(store.write(steps), Clock.Clock, off)
    })
})

const head = (seqNr: number, over: Partial<JournalHead> = {}): JournalHead => ({
  partition: 0,
  offset: seqNr,
  seqNr,
  deleteTo: 0,
  recordId: "8c9fe0f5-0be9-4d57-8f3c-2d9b3b9d2b6e",
  created: 1,
  updated: 1,
  expireAfter: undefined,
  expireOn: undefined,
  origin: undefined,
  ...over
})

const event = (seqNr: number, over: Partial<EventRecord> = {}): EventRecord => ({
  seqNr,
  tags: [],
  payload: { _tag: "Text", text: `event ${seqNr}` },
  timestamp: 1,
  partition: 0,
  offset: seqNr,
  origin: undefined,
  version: undefined,
  metadata: { header: undefined, payload: undefined, expireAfter: undefined },
  headers: new Map(),
  ...over
})

const write = (store: JournalStore, steps: ReadonlyArray<WriteStep>) =>
  Effect.forEach(steps, (step) => store.write([step]), { discard: true })

const begin = (topic: string, id: string, seqNrs: ReadonlyArray<number>): ReadonlyArray<WriteStep> => {
  const key = { topic, id }
  const promise = head(Math.max(...seqNrs))
  return [
    { _tag: "PutEvents", key, head: promise, previous: undefined, events: seqNrs.map((seqNr) => event(seqNr)) },
    { _tag: "PutHead", key, head: promise, previous: undefined }
  ]
}

const move = (topic: string, offset: number, previous: number | undefined): WriteStep => ({
  _tag: "PutPointer",
  topic,
  partition: 0,
  offset,
  previous
})

describe("a replicator whose clock is right follows one whose clock was an hour ahead", () => {
  it("and loses nothing behind the other's removals", async () => {
    const log = logOf([
      { _tag: "Append", id: "a", from: 1, to: 3 },
      { _tag: "Purge", id: "a" },
      { _tag: "Append", id: "a", from: 1, to: 2 }
    ])
    await run(
      Effect.gen(function* () {
        const first = yield* CassandraStore.open(place)
        yield* replicate(clockOff(first, hourMs), "ahead", log.slice(0, 2), 1)
        const blind = yield* CassandraStore.open(place)
        yield* write(blind, begin("ahead", "a", [1, 2]))
        expect(yield* visible(blind, "ahead", "a"), "written without a look at the pointer").toBe("nothing")
        const second = yield* CassandraStore.open(place)
        yield* replicate(second, "ahead", log, 1)
        expect(yield* visible(second, "ahead", "a")).toBe("1=2:1/3 2=2:2/3")
      })
    )
  })

  it("and its heads count, whichever journal they are of", async () => {
    await run(
      Effect.gen(function* () {
        const first = clockOff(yield* CassandraStore.open(place), hourMs)
        yield* write(first, begin("heads", "a", [1, 2]))
        const second = yield* CassandraStore.open(place)
        const key = { topic: "heads", id: "a" }
        const previous = yield* second.head(key)
        const next = { ...previous!, seqNr: 3, offset: 3 }
        yield* write(second, [
          { _tag: "PutEvents", key, head: next, previous, events: [event(3)] },
          { _tag: "PutHead", key, head: next, previous }
        ])
        expect(yield* second.head(key)).toMatchObject({ seqNr: 3 })
        yield* write(second, begin("heads", "b", [1]))
        expect(yield* second.head({ topic: "heads", id: "b" })).toMatchObject({ seqNr: 1 })
      })
    )
  })
})

describe("the pointer", () => {
  it("moves also where kafka-journal has written it with a clock that is ahead, and is fenced there", async () => {
    const ahead = (Date.now() + hourMs) * 1000
    await execute(
      `UPDATE KEYSPACE.pointer2 USING TIMESTAMP ${ahead} SET offset = 41, created = 1, updated = 1 WHERE topic = 'plain' AND partition = 0`
    )
    await run(
      Effect.gen(function* () {
        const store = yield* CassandraStore.open(place)
        yield* write(store, [move("plain", 42, 41), move("plain", 50, 42)])
        expect(yield* store.pointer("plain", 0)).toBe(50)
        const error = yield* Effect.flip(store.write([move("plain", 60, 42)]))
        expect(error).toMatchObject({ reason: "Fenced", message: expect.stringContaining("from 42 to 50") })
        expect(yield* store.pointer("plain", 0)).toBe(50)
      })
    )
  })

  it("is moved once where the answer to its move was lost, and who was overtaken meanwhile is fenced", async () => {
    await run(
      Effect.gen(function* () {
        const other = yield* CassandraStore.open(place)
        for (const overtaken of [false, true]) {
          const topic = `lost-${overtaken}`
          let lost = 0
          const unlucky = observedClient(place.client, async ({ query, send }) => {
            const answer = await send()
            if (!query.includes(" IF ") || lost > 0) return answer
            lost++
            if (overtaken) await Effect.runPromise(other.write([move(topic, 9, 5)]))
            throw Object.assign(new Error("the answer was lost"), { name: "OperationTimedOutError" })
          })
          const store = yield* CassandraStore.open({ ...place, client: unlucky })
          const exit = yield* Effect.exit(store.write([move(topic, 5, undefined)]))
          expect(lost).toBe(1)
          expect(Exit.isSuccess(exit), `overtaken: ${overtaken}`).toBe(!overtaken)
          if (Exit.isFailure(exit)) expect(String(exit.cause)).toContain("Another replicator has moved the pointer")
          expect(yield* store.pointer(topic, 0)).toBe(overtaken ? 9 : 5)
        }
      })
    )
  })

  it("98. has the times of its making and of its last move", async () => {
    await run(
      Effect.gen(function* () {
        const store = yield* CassandraStore.open(place)
        yield* write(store, [move("times", 1, undefined), move("times", 2, 1)])
        const { rows } = yield* Effect.promise(() =>
          execute("SELECT created, updated FROM KEYSPACE.pointer2 WHERE topic = 'times' AND partition = 0")
        )
        const { created, updated } = rows[0]!
        expect(Math.abs(Number(created) - Date.now())).toBeLessThan(60_000)
        expect(Number(updated)).toBeGreaterThan(Number(created))
      })
    )
  })
})

describe("the rows of a journal", () => {
  it("stay in segments of the size that it began with, whoever writes to it", async () => {
    await run(
      Effect.gen(function* () {
        const key = { topic: "sizes", id: "a" }
        const small = yield* CassandraStore.open({ ...place, segmentSize: 2 })
        yield* write(small, begin("sizes", "a", [1, 2, 3]))
        const large = yield* CassandraStore.open({ ...place, segmentSize: 1000 })
        const previous = yield* large.head(key)
        const next = { ...previous!, seqNr: 5 }
        yield* write(large, [
          { _tag: "PutEvents", key, head: next, previous, events: [event(4), event(5)] },
          { _tag: "PutHead", key, head: next, previous }
        ])
        const read = yield* large.events({ key, from: 1, to: 5, limit: 10 })
        expect(read.map(({ seqNr }) => seqNr)).toEqual([1, 2, 3, 4, 5])
        const { rows } = yield* Effect.promise(() =>
          execute("SELECT segment, seq_nr FROM KEYSPACE.journal WHERE topic = 'sizes' ALLOW FILTERING")
        )
        const segments = new Map(rows.map((row) => [Number(row["seq_nr"]), Number(row["segment"])]))
        expect([1, 2, 3, 4, 5].map((seqNr) => segments.get(seqNr))).toEqual([0, 0, 1, 1, 2])
      })
    )
  })

  it("are looked for leftovers where the journal begins, and not again when it goes on", async () => {
    const removals: Array<string> = []
    const client = observedClient(place.client, ({ query, send }) => {
      removals.push(query)
      return send()
    })
    await run(
      Effect.gen(function* () {
        const store = yield* CassandraStore.open({ ...place, client })
        const key = { topic: "begun", id: "a" }
        removals.length = 0
        yield* write(store, begin("begun", "a", [1]))
        const previous = head(1)
        const next = head(2)
        const begun = removals.length
        yield* write(store, [
          { _tag: "PutEvents", key, head: next, previous, events: [event(2)] },
          { _tag: "PutHead", key, head: next, previous }
        ])
        expect(removals.slice(begun).map((query) => query.split(" ", 1)[0])).toEqual(["INSERT", "UPDATE"])
      })
    )
  })

  it("126. and 127. count where they have the record id of the head, whatever else has their numbers", async () => {
    await run(
      Effect.gen(function* () {
        const key = { topic: "others", id: "a" }
        const store = yield* CassandraStore.open(place)
        yield* write(store, begin("others", "a", [1, 2, 3]))
        const other = "11111111-1111-1111-1111-111111111111"
        for (const [seqNr, time] of [
          [2, 0],
          [3, 5],
          [4, 1]
        ]) {
          yield* Effect.promise(() =>
            execute(
              `INSERT INTO KEYSPACE.journal (id, topic, segment, seq_nr, timestamp, offset, meta_record_id) VALUES ('a', 'others', 0, ${seqNr}, ${time}, 0, ${other})`
            )
          )
        }
        const read = yield* store.events({ key, from: 1, to: 10, limit: 10 })
        expect(read).toEqual([event(1), event(2), event(3)])
      })
    )
  })

  it("124. of two that have one number the first in the log counts, also at the end of a page", async () => {
    await run(
      Effect.gen(function* () {
        const key = { topic: "twice", id: "a" }
        const store = yield* CassandraStore.open(place)
        const promise = head(4, { recordId: "" })
        yield* write(store, [
          {
            _tag: "PutEvents",
            key,
            head: promise,
            previous: undefined,
            events: [1, 2, 3, 4].map((seqNr) => event(seqNr))
          },
          { _tag: "PutHead", key, head: promise, previous: undefined }
        ])
        for (const [seqNr, time, offset] of [
          [2, 9, 90],
          [3, 9, 0],
          [4, 0, 90]
        ]) {
          yield* Effect.promise(() =>
            execute(
              `INSERT INTO KEYSPACE.journal (id, topic, segment, seq_nr, timestamp, offset) VALUES ('a', 'twice', 0, ${seqNr}, ${time}, ${offset})`
            )
          )
        }
        for (const limit of [1, 2, 3, 4, 10]) {
          const read = yield* store.events({ key, from: 1, to: 10, limit })
          expect(
            read.map(({ offset, seqNr }) => [seqNr, offset]),
            `limit ${limit}`
          ).toEqual(
            [
              [1, 1],
              [2, 2],
              [3, 0],
              [4, 4]
            ].slice(0, limit)
          )
        }
      })
    )
  })

  it("behind more than a thousand empty segments are not looked for: the read says so where the head promises them", async () => {
    await run(
      Effect.gen(function* () {
        const key = { topic: "gap", id: "a" }
        const store = yield* CassandraStore.open({ ...place, segmentSize: 2 })
        yield* write(store, begin("gap", "a", [1, 2000]))
        const read = yield* store.events({ key, from: 1, to: 2000, limit: 10 })
        expect(read.map(({ seqNr }) => seqNr)).toEqual([1, 2000])
        yield* write(store, begin("gap", "b", [1, 2100]))
        const wide = store.events({ key: { ...key, id: "b" }, from: 1, to: 2100, limit: 10 })
        expect(yield* Effect.flip(wide)).toMatchObject({
          reason: "Failed",
          message: expect.stringMatching(/^1000 segments in a row of journal "b".*no event.*up to 2100/)
        })
        const first = yield* store.events({ key: { ...key, id: "b" }, from: 1, to: 2100, limit: 1 })
        expect(first).toEqual([event(1)])
      })
    )
  })

  it("of a journal that begins far up are removed without a look at every number below", async () => {
    await run(
      Effect.gen(function* () {
        const key = { topic: "far", id: "a" }
        const store = yield* CassandraStore.open({ ...place, segmentSize: 2 })
        const far = 2 ** 50
        yield* write(store, begin("far", "a", [far, far + 1, far + 7]))
        const previous = yield* store.head(key)
        if (previous === undefined) throw new Error("The journal has no head.")
        yield* write(store, [{ _tag: "RemoveEvents", key, head: previous, from: 1, to: far + 7 }])
        const { rows } = yield* Effect.promise(() =>
          execute("SELECT seq_nr FROM KEYSPACE.journal WHERE topic = 'far' ALLOW FILTERING")
        )
        expect(rows).toEqual([])
      })
    )
  })

  it("with numbers beyond 2^53 - 1 are refused, never rounded", async () => {
    await execute(
      "INSERT INTO KEYSPACE.metajournal (topic, segment, id, partition, offset, segment_size, seq_nr) VALUES ('beyond', 97, 'A', 0, 0, 3, 9007199254740993)"
    )
    await run(
      Effect.gen(function* () {
        const store = yield* CassandraStore.open(place)
        expect(yield* Effect.flip(store.head({ topic: "beyond", id: "A" }))).toMatchObject({
          reason: "Corrupt",
          message: expect.stringMatching(/^The head of journal "A" of topic beyond cannot be decoded \(column seq_nr/)
        })
      })
    )
  })
})

it("a head with a time that no date can have is refused, which is no defect", () =>
  run(
    Effect.gen(function* () {
      const store = yield* CassandraStore.open(place)
      const far = head(1, { created: 9e15, updated: 9e15 })
      const step: WriteStep = { _tag: "PutHead", key: { topic: "far", id: "a" }, head: far, previous: undefined }
      const error = yield* Effect.flip(store.write([step]))
      expect(error).toMatchObject({ reason: "Failed", message: expect.stringContaining("Invalid date") })
    })
  ))
