import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { MemoryLog, MemoryStore } from "../../../../adapters/memory/index.ts"
import { encodeUtf8 } from "../../../../core/bytes/index.ts"
import { verify } from "../../../../core/journal/index.ts"
import type { Difference, VerifyOptions } from "../../../../core/journal/index.ts"
import type { JournalHead, WriteStep } from "../../../../core/ports/index.ts"
import { recordOf } from "../../../../core/scenarios/journal/JournalModel.ts"
import { logEnd, memoryWorld, openJournal, sync } from "../JournalWorld.ts"
import type { World } from "../JournalWorld.ts"
import { deedsOf } from "../Words.ts"

const topic = "orders"
const place = { topic, partition: 0 }

const compare = (world: World, options: Partial<VerifyOptions> = {}) =>
  Effect.gen(function* () {
    const differences: Array<Difference> = []
    const onDifference = (difference: Difference) => Effect.sync(() => void differences.push(difference))
    const partitions = yield* verify({ ...world, topic, onDifference, ...options })
    return { differences, partition: partitions[0] }
  })

/** The journals "a" and "b", replicated: 5 events of "a" of which the first two are deleted, and 2 of "b". */
const replicated = Effect.gen(function* () {
  const world = memoryWorld({ atomic: false })
  const a = openJournal(world, topic, "a")
  yield* a.append([{ payload: 1 }, { payload: 2 }])
  yield* openJournal(world, topic, "b").append([{ payload: "x" }, { payload: "y" }])
  yield* a.append([{ payload: 3 }, { payload: 4 }, { payload: 5 }])
  yield* a.delete(2)
  yield* sync(world, topic)
  return world
})

const a = { topic, id: "a" }

/** Does harm to the store behind the replicator's back. */
const harm = Effect.fnUntraced(function* (world: World, ...steps: ReadonlyArray<WriteStep>) {
  yield* world.store.write(steps)
  return (yield* compare(world)).differences
})

const headOf = (world: World) => Effect.map(world.store.head(a), (head) => head as JournalHead)

const rowOf = (world: World, seqNr: number) =>
  Effect.map(world.store.events({ key: a, from: seqNr, to: seqNr, limit: 1 }), ([row]) => row!)

describe("a comparison of log and store", () => {
  it.effect("finds no difference in a store that was replicated to, and says what it has compared", () =>
    Effect.gen(function* () {
      const world = yield* replicated
      const end = yield* logEnd(world.log, topic)
      expect(yield* compare(world)).toEqual({
        differences: [],
        partition: {
          ...place,
          from: 0,
          to: end - 1,
          isWhole: true,
          records: end,
          journals: 2,
          events: 5,
          unreadable: 0,
          moved: 0,
          differences: 0
        }
      })
    })
  )

  it.effect("finds an event that is missing", () =>
    Effect.gen(function* () {
      const world = yield* replicated
      const head = yield* headOf(world)
      const { offset } = yield* rowOf(world, 4)
      expect(yield* harm(world, { _tag: "RemoveEvents", key: a, head, from: 4, to: 4 })).toEqual([
        { ...place, id: "a", _tag: "EventMissing", seqNr: 4, offset }
      ])
    })
  )

  it.effect("finds an event that differs, and says in which fields", () =>
    Effect.gen(function* () {
      const world = yield* replicated
      const [head, row] = [yield* headOf(world), yield* rowOf(world, 4)]
      const other = { ...row, timestamp: row.timestamp + 1, payload: { _tag: "Json", text: "40" } as const }
      expect(yield* harm(world, { _tag: "PutEvents", key: a, head, previous: head, events: [other] })).toMatchObject([
        {
          ...place,
          id: "a",
          _tag: "EventDiffers",
          seqNr: 4,
          fields: [{ field: "payload", log: "Json 4", store: "Json 40" }, { field: "timestamp" }]
        }
      ])
    })
  )

  it.effect("finds events that were deleted, and those above their journal's last number", () =>
    Effect.gen(function* () {
      const world = yield* replicated
      const [head, row] = [yield* headOf(world), yield* rowOf(world, 4)]
      const { offset } = row
      const events = [
        { ...row, seqNr: 2 },
        { ...row, seqNr: 9 }
      ]
      expect(yield* harm(world, { _tag: "PutEvents", key: a, head, previous: head, events })).toEqual([
        { ...place, id: "a", _tag: "EventUnexpected", seqNr: 2, offset, why: "deleted" },
        { ...place, id: "a", _tag: "EventUnexpected", seqNr: 9, offset, why: "beyond" }
      ])
    })
  )

  it.effect("finds an event that the log does not have between two that it has", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      const journal = openJournal(world, topic, "a")
      yield* journal.append([{ payload: 1, seqNr: 1 }])
      yield* journal.append([{ payload: 3, seqNr: 3 }])
      yield* sync(world, topic)
      const [head, row] = [yield* headOf(world), yield* rowOf(world, 3)]
      expect(
        yield* harm(world, { _tag: "PutEvents", key: a, head, previous: head, events: [{ ...row, seqNr: 2 }] })
      ).toMatchObject([{ _tag: "EventUnexpected", seqNr: 2, why: "unknown" }])
    })
  )

  it.effect("finds a number that the store has twice", () =>
    Effect.gen(function* () {
      const world = yield* replicated
      const store = {
        ...world.store,
        events: (request: Parameters<typeof world.store.events>[0]) =>
          Effect.map(world.store.events(request), (rows) =>
            rows.flatMap((row) => (row.seqNr === 5 ? [row, row] : [row]))
          )
      }
      expect((yield* compare({ ...world, store })).differences).toEqual([
        { ...place, id: "a", _tag: "EventDoubled", seqNr: 5 }
      ])
    })
  )

  it.effect("finds heads that are behind, ahead, or have another field", () =>
    Effect.gen(function* () {
      const world = yield* replicated
      const head = yield* headOf(world)
      const put = (other: Partial<JournalHead>) =>
        harm(world, { _tag: "PutHead", key: a, head: { ...head, ...other }, previous: head })
      const { offset } = head
      expect(yield* put({ offset: offset - 1 })).toEqual([
        { ...place, id: "a", _tag: "HeadBehind", offset, store: offset - 1 }
      ])
      expect(yield* put({ offset: offset + 1 })).toEqual([
        { ...place, id: "a", _tag: "HeadAhead", offset, store: offset + 1 }
      ])
      expect(yield* put({ deleteTo: 3, recordId: "other", expireOn: "2030-01-01" })).toEqual([
        {
          ...place,
          id: "a",
          _tag: "HeadDiffers",
          offset,
          fields: [
            { field: "deleteTo", log: "2", store: "3" },
            { field: "recordId", log: head.recordId, store: "other" },
            { field: "expireOn", log: "none", store: "2030-01-01" }
          ]
        }
      ])
    })
  )

  it.effect("takes a head for the same that says less of where its journal begins than the log does", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      yield* openJournal(world, topic, "a").append([
        { payload: 5, seqNr: 5 },
        { payload: 6, seqNr: 6 }
      ])
      yield* sync(world, topic)
      const head = yield* headOf(world)
      const put = (deleteTo: number) =>
        harm(world, { _tag: "PutHead", key: a, head: { ...head, deleteTo }, previous: head })
      expect(head.deleteTo).toBe(4)
      expect(yield* put(0)).toEqual([])
      expect(yield* put(2)).toEqual([])
      expect(yield* put(5)).toMatchObject([
        { _tag: "HeadDiffers", fields: [{ field: "deleteTo", log: "0 to 4", store: "5" }] }
      ])
    })
  )

  it.effect("finds a head that lacks a delete, also where its journal begins beyond 1", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      const journal = openJournal(world, topic, "a")
      yield* journal.append([
        { payload: 5, seqNr: 5 },
        { payload: 6, seqNr: 6 }
      ])
      yield* journal.delete(5)
      yield* sync(world, topic)
      const head = yield* headOf(world)
      expect(
        yield* harm(world, { _tag: "PutHead", key: a, head: { ...head, deleteTo: 4 }, previous: head })
      ).toMatchObject([{ _tag: "HeadDiffers", fields: [{ field: "deleteTo", log: "5", store: "4" }] }])
    })
  )

  it.effect("finds an event below the number with which its journal begins", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      yield* openJournal(world, topic, "a").append([{ payload: 5, seqNr: 5 }])
      yield* sync(world, topic)
      const [head, row] = [yield* headOf(world), yield* rowOf(world, 5)]
      expect(
        yield* harm(world, { _tag: "PutEvents", key: a, head, previous: head, events: [{ ...row, seqNr: 3 }] })
      ).toMatchObject([{ _tag: "EventUnexpected", seqNr: 3, why: "deleted" }])
    })
  )

  it.effect("lets fields differ that are to be ignored, and no others", () =>
    Effect.gen(function* () {
      const world = yield* replicated
      const head = yield* headOf(world)
      const other = { ...head, recordId: "other", created: 1, deleteTo: 3 }
      yield* world.store.write([{ _tag: "PutHead", key: a, head: other, previous: head }])
      const ignored = ["recordId", "created"]
      expect((yield* compare(world, { ignored })).differences).toMatchObject([
        { _tag: "HeadDiffers", fields: [{ field: "deleteTo" }] }
      ])
      expect((yield* compare(world, { ignored: [...ignored, "deleteTo"] })).differences).toEqual([])
    })
  )

  it.effect("finds a journal that is missing, and events without a head", () =>
    Effect.gen(function* () {
      const world = yield* replicated
      const head = yield* headOf(world)
      expect(
        yield* harm(world, { _tag: "RemoveHead", key: a, previous: head, partition: 0, offset: head.offset })
      ).toEqual([{ ...place, id: "a", _tag: "JournalMissing", offset: head.offset }])
      yield* openJournal({ ...world, store: MemoryStore.make() }, topic, "a").purge
      yield* world.store.write([{ _tag: "PutPointer", ...place, offset: head.offset + 1, previous: head.offset }])
      expect((yield* compare(world)).differences).toMatchObject([
        { _tag: "EventUnexpected", seqNr: 3, why: "purged" },
        { _tag: "EventUnexpected", seqNr: 4, why: "purged" },
        { _tag: "EventUnexpected", seqNr: 5, why: "purged" }
      ])
    })
  )

  it.effect("finds a journal that the log has purged, and one that it never had", () =>
    Effect.gen(function* () {
      const world = yield* replicated
      const head = yield* headOf(world)
      yield* openJournal(world, topic, "b").purge
      yield* sync(world, topic)
      const put = (id: string): WriteStep => ({ _tag: "PutHead", key: { topic, id }, head, previous: undefined })
      expect(yield* harm(world, put("b"), put("c"))).toEqual([
        { ...place, id: "b", _tag: "JournalUnexpected", offset: head.offset },
        { ...place, id: "c", _tag: "JournalUnexpected", offset: head.offset }
      ])
    })
  )

  it.effect("finds a pointer beyond the log's end, as a store of another log has it", () =>
    Effect.gen(function* () {
      const { store } = yield* replicated
      const pointer = (yield* store.pointer(topic, 0)) ?? 0
      const log = MemoryLog.make()
      yield* log.append({ ...place, key: null, value: null, timestamp: 0, headers: [] })
      expect((yield* compare({ log, store })).differences[0]).toEqual({
        ...place,
        _tag: "PointerBeyondLog",
        pointer,
        logEnd: 1
      })
    })
  )

  it.effect("finds records that the log has lost before they were replicated", () =>
    Effect.gen(function* () {
      const world = yield* replicated
      const journal = openJournal(world, topic, "a")
      yield* journal.append([{ payload: 6 }])
      yield* journal.append([{ payload: 7 }])
      const end = yield* logEnd(world.log, topic)
      const next = ((yield* world.store.pointer(topic, 0)) ?? -1) + 1
      yield* world.log.trim(topic, 0, end - 1)
      expect((yield* compare(world)).differences).toEqual([
        { ...place, _tag: "PointerBelowLog", from: next, to: end - 2 }
      ])
    })
  )

  it.effect("compares only what is replicated", () =>
    Effect.gen(function* () {
      const world = yield* replicated
      yield* openJournal(world, topic, "a").append([{ payload: 6 }])
      const { differences, partition } = yield* compare(world)
      expect(differences).toEqual([])
      expect(partition?.to).toBe(yield* world.store.pointer(topic, 0))
    })
  )

  it.effect("does not take what is replicated meanwhile for a difference", () =>
    Effect.gen(function* () {
      const world = yield* replicated
      const pointer = yield* world.store.pointer(topic, 0)
      const journal = openJournal(world, topic, "a")
      yield* journal.append([{ payload: 6 }])
      yield* journal.delete(4)
      yield* openJournal(world, topic, "b").purge
      yield* sync(world, topic)
      const store = { ...world.store, pointer: () => Effect.succeed(pointer) }
      const { differences, partition } = yield* compare({ ...world, store })
      expect(differences).toEqual([])
      expect(partition?.moved).toBe(2)
    })
  )

  it.effect("passes over records that nobody can read, as the store's pointer does", () =>
    Effect.gen(function* () {
      const world = yield* replicated
      const value = encodeUtf8("{}")
      const header = encodeUtf8('{"append":{"range":{"from":2,"to":1},"payloadType":"json"}}')
      const headers = [{ name: "journal.action", value: header }]
      const offset = yield* world.log.append({ ...place, key: encodeUtf8("a"), value, timestamp: 0, headers })
      yield* world.store.write([{ _tag: "PutPointer", ...place, offset, previous: offset - 1 }])
      yield* openJournal({ ...world, store: world.store }, topic, "b").append([{ payload: "z" }])
      yield* sync(world, topic)
      const { differences, partition } = yield* compare(world)
      expect({ differences, unreadable: partition?.unreadable }).toEqual({ differences: [], unreadable: 1 })
    })
  )

  it.effect("of a log without its beginning compares what the range itself says, and nothing else", () =>
    Effect.gen(function* () {
      const world = yield* replicated
      const { offset } = yield* rowOf(world, 4)
      yield* world.log.trim(topic, 0, offset)
      expect(yield* compare(world)).toMatchObject({ differences: [], partition: { isWhole: false, from: offset } })
      const head = yield* headOf(world)
      expect(yield* harm(world, { _tag: "RemoveEvents", key: a, head, from: 5, to: 5 })).toMatchObject([
        { _tag: "EventMissing", seqNr: 5 }
      ])
    })
  )

  it.effect("of a range compares what its records have brought", () =>
    Effect.gen(function* () {
      const world = yield* replicated
      const { offset } = yield* rowOf(world, 4)
      const head = yield* headOf(world)
      yield* world.store.write([{ _tag: "RemoveEvents", key: a, head, from: 4, to: 4 }])
      const { differences, partition } = yield* compare(world, { from: 0, to: offset - 1 })
      expect({ differences, to: partition?.to }).toEqual({ differences: [], to: offset - 1 })
      expect((yield* compare(world, { from: offset, to: offset })).differences).toMatchObject([{ seqNr: 4 }])
    })
  )

  /** What is done to a journal next, by a writer that keeps to the numbers. */
  const deed = fc.record({
    id: fc.constantFrom("a", "b", "c"),
    what: fc.constantFrom("append", "append", "append", "delete", "purge", "mark"),
    size: fc.integer({ min: 1, max: 3 }),
    beginning: fc.constantFrom(0, 0, 4),
    skip: fc.constantFrom(0, 0, 0, 1),
    upTo: fc.integer({ min: 1, max: 12 })
  })
  const range = fc.record({ from: fc.nat(25), to: fc.nat(25), start: fc.nat(12), behind: fc.nat(3) })

  it("finds no difference wherever the range begins and ends, and wherever the log was cut", () =>
    fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 1, maxLength: 25 }), range, fc.boolean(), (deeds, cut, atomic) =>
        Effect.runPromise(
          Effect.gen(function* () {
            const { behind, from, start, to } = cut
            const world = memoryWorld({ atomic })
            const last = new Map<string, number>()
            for (const { beginning, id, size, skip, upTo, what } of deeds) {
              const first = (last.get(id) ?? beginning) + 1 + skip
              const [word] = what === "append" ? deedsOf(`a${first}-${first + size - 1}`) : []
              const [other] = deedsOf(what === "delete" ? `d${upTo}` : what)
              if (what === "append") last.set(id, first + size - 1)
              if (what === "purge") last.delete(id)
              // A delete of nothing begins a journal at its number.
              if (what === "delete" && !last.has(id)) last.set(id, upTo)
              yield* world.log.append({ ...place, ...recordOf(id, word ?? other!, "x") })
            }
            const end = yield* logEnd(world.log, topic)
            yield* sync(world, topic, Math.min(behind, end - 1))
            const pointer = (yield* world.store.pointer(topic, 0)) ?? -1
            yield* world.log.trim(topic, 0, Math.min(start, pointer + 1))
            expect((yield* compare(world)).differences).toEqual([])
            expect((yield* compare(world, { from, to })).differences).toEqual([])
          })
        )
      ),
      { numRuns: 150 }
    ))
})
