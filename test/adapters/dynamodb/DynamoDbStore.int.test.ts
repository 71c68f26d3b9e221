import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import type { WriteStep } from "../../../core/ports/index.ts"
import { fixture, run, table } from "./Fixture.ts"
import { scan } from "./LocalDynamoDb.ts"
import { event, events, everything, head, putEvents, putHead, putPointer, removeEvents, removeHead } from "./Samples.ts"

describe("DynamoDbStore", () => {
  const dynamoDb = fixture()

  /** The sort keys and the heads of what the table holds of a topic. */
  const itemsOf = async (topic: string) =>
    (await scan(dynamoDb.client, table)).filter((item) => item["pk"]?.S?.split("/")[1] === topic)

  it("keeps a large event in parts, and removes all of them", () =>
    run(
      Effect.gen(function* () {
        const key = dynamoDb.newKey()
        const store = yield* dynamoDb.open()
        const written = [event(1), event(2, 1_200_000), event(3)]
        yield* store.write([putEvents(key, written)])
        expect(yield* store.events(everything(key))).toEqual(written)
        expect(yield* store.events({ key, from: 1, to: 3, limit: 2 })).toEqual(written.slice(0, 2))
        expect(yield* Effect.promise(() => itemsOf(key.topic))).toHaveLength(6)
        yield* store.write([removeEvents(key, 2, 2)])
        expect(yield* store.events(everything(key))).toEqual([event(1), event(3)])
        expect(yield* Effect.promise(() => itemsOf(key.topic))).toHaveLength(2)
      })
    ))

  it("reads a shorter event that took the place of one of several parts", () =>
    run(
      Effect.gen(function* () {
        const key = dynamoDb.newKey()
        const store = yield* dynamoDb.open()
        yield* store.write([putEvents(key, [event(1, 1_500_000), event(2)])])
        yield* store.write([putEvents(key, [event(1, 500_000)])])
        yield* store.write([putEvents(key, [event(3)])])
        expect(yield* store.events(everything(key))).toEqual([event(1, 500_000), event(2), event(3)])
        yield* store.write([putEvents(key, [event(1)])])
        expect(yield* store.events(everything(key))).toEqual([event(1), event(2), event(3)])
      })
    ))

  it("reads and removes a journal of more than one page", () =>
    run(
      Effect.gen(function* () {
        const key = dynamoDb.newKey()
        const store = yield* dynamoDb.open()
        const written = events(1, 30, 100_000)
        yield* store.write([putEvents(key, written)])
        expect(yield* store.events(everything(key))).toEqual(written)
        yield* store.write([removeEvents(key, 1, 29)])
        expect(yield* store.events(everything(key))).toEqual(written.slice(29))
      })
    ))

  it("passes over an event whose parts are removed while they are read", () =>
    run(
      Effect.gen(function* () {
        const key = dynamoDb.newKey()
        const other = yield* dynamoDb.open()
        const written = [event(1), event(2, 1_500_000), event(3)]
        yield* other.write([putEvents(key, written)])
        let pages = 0
        const reader = yield* dynamoDb.observed(async (request) => {
          if (request.name === "QueryCommand" && ++pages === 2) await run(other.write([removeEvents(key, 2, 2)]))
          return request.send()
        })
        expect(yield* reader.events(everything(key))).toEqual([event(1), event(3)])
        expect(pages).toBeGreaterThan(1)
      })
    ))

  it("says which event is corrupt when parts of it are lost", () =>
    run(
      Effect.gen(function* () {
        const key = dynamoDb.newKey()
        const store = yield* dynamoDb.observed((request) => request.send())
        const sieve = yield* dynamoDb.observed(async (request) => {
          // The parts but the first are written in a batch before it, which is lost here.
          return request.name === "BatchWriteItemCommand" && !lost ? ((lost = true), {}) : request.send()
        })
        let lost = false
        yield* sieve.write([putEvents(key, [event(1, 500_000), event(2)])])
        const error = yield* Effect.flip(store.events(everything(key)))
        expect(error.reason).toBe("Corrupt")
        expect(error.message).toBe(
          `Event 1 of journal "journal" of topic ${key.topic} cannot be decoded (parts of it are missing): ` +
            "restore the item, or remove it and replicate it again."
        )
      })
    ))

  it("shows and removes no event of another incarnation than the journal's", () =>
    run(
      Effect.gen(function* () {
        const key = dynamoDb.newKey()
        const late = yield* dynamoDb.open()
        const store = yield* dynamoDb.open()
        yield* late.write([putEvents(key, events(1, 5)), putHead(key, head(5))])
        yield* store.head(key)
        yield* store.write([removeEvents(key, 1, 5)])
        yield* store.write([removeHead(key, head(5))])
        const second = head(3, { recordId: "second", offset: 9 })
        const fresh = events(1, 3).map((each) => ({ ...each, offset: 9 }))
        yield* store.write([putEvents(key, fresh, "second"), putHead(key, second)])
        yield* late.write([putEvents(key, events(1, 6))])
        expect(yield* store.events(everything(key))).toEqual(fresh)
        yield* late.write([removeEvents(key, 1, 3)])
        expect(yield* store.events(everything(key))).toEqual(fresh)
        const error = yield* Effect.flip(late.write([putHead(key, head(6), head(5))]))
        expect(error.reason).toBe("Fenced")
        expect(yield* store.head(key)).toEqual(second)
      })
    ))

  it("takes no head back to an earlier offset, and begins no journal that the pointer has passed", () =>
    run(
      Effect.gen(function* () {
        const key = dynamoDb.newKey()
        const store = yield* dynamoDb.open()
        yield* store.write([putHead(key, head(5))])
        const fenced = yield* Effect.flip(store.write([putHead(key, head(4))]))
        expect(fenced.message).toBe(
          `Another replicator has written the head of journal "journal" of topic ${key.topic}: ` +
            "stop this one, or let it start again from the pointer."
        )
        yield* store.write([putPointer(key, 7)])
        const other = { ...key, id: "other" }
        const late = yield* Effect.flip(store.write([putHead(other, head(7))]))
        expect(late.reason).toBe("Fenced")
        expect(yield* store.head(other)).toBeUndefined()
        yield* store.write([putHead(other, head(8))])
        expect(yield* store.head(other)).toEqual(head(8))
      })
    ))

  it("leaves a marker of a purge, which no late head replaces, and which is no journal", () =>
    run(
      Effect.gen(function* () {
        const key = dynamoDb.newKey()
        const store = yield* dynamoDb.open()
        yield* store.write([putHead(key, head(5)), removeHead(key, head(5)), putPointer(key, 6)])
        expect((yield* Effect.flip(store.write([putHead(key, head(5))]))).reason).toBe("Fenced")
        expect((yield* Effect.flip(store.write([putHead(key, head(6), head(5))]))).reason).toBe("Fenced")
        expect(yield* store.head(key)).toBeUndefined()
        expect(yield* store.ids(key.topic, undefined, 10)).toEqual([])
        expect(
          yield* store.expired({ topic: key.topic, onOrBefore: "9999-12-31", after: undefined, limit: 10 })
        ).toEqual([])
        const [marker] = (yield* Effect.promise(() => itemsOf(key.topic))).filter(({ purged }) => purged !== undefined)
        expect(Number(marker?.["expireAt"]?.N) * 1000 - Number(marker?.["purged"]?.N)).toBeGreaterThanOrEqual(
          30 * 86_400_000
        )
        yield* store.write([putHead(key, head(7))])
        expect(yield* store.head(key)).toEqual(head(7))
        expect((yield* Effect.flip(store.write([removeHead(key, head(5))]))).reason).toBe("Fenced")
        expect(yield* store.ids(key.topic, undefined, 10)).toEqual([key.id])
      })
    ))

  it("marks where a journal was purged that has no head, and begins it only beyond", () =>
    run(
      Effect.gen(function* () {
        const key = dynamoDb.newKey()
        const store = yield* dynamoDb.open()
        const purgedAt = (offset: number): WriteStep => ({
          _tag: "RemoveHead",
          key,
          previous: undefined,
          partition: 0,
          offset
        })
        yield* store.write([putPointer(key, 8), purgedAt(9), purgedAt(9)])
        yield* store.write([putPointer(key, 9, 8)])
        expect((yield* Effect.flip(store.write([putHead(key, head(8))]))).reason).toBe("Fenced")
        yield* store.write([purgedAt(7)])
        expect((yield* Effect.flip(store.write([putHead(key, head(9))]))).reason).toBe("Fenced")
        expect(yield* store.head(key)).toBeUndefined()
        yield* store.write([putHead(key, head(10))])
        expect((yield* Effect.flip(store.write([purgedAt(11)]))).reason).toBe("Fenced")
        expect(yield* store.head(key)).toEqual(head(10))
      })
    ))

  it("takes no later head and no emptied one for the first head that it is to write", () =>
    run(
      Effect.gen(function* () {
        const key = dynamoDb.newKey()
        const store = yield* dynamoDb.open()
        yield* store.write([putHead(key, head(5)), putHead(key, head(5))])
        yield* store.write([putHead(key, head(5, { deleteTo: 5 }), head(5))])
        expect((yield* Effect.flip(store.write([putHead(key, head(5))]))).reason).toBe("Fenced")
        expect((yield* Effect.flip(store.write([putHead(key, head(7))]))).reason).toBe("Fenced")
        expect(yield* store.head(key)).toEqual(head(5, { deleteTo: 5 }))
      })
    ))

  it("begins no journal over that of another partition, whose offsets say nothing of its own", () =>
    run(
      Effect.gen(function* () {
        const key = dynamoDb.newKey()
        const store = yield* dynamoDb.open()
        const other = head(3, { partition: 1 })
        yield* store.write([putHead(key, other)])
        expect((yield* Effect.flip(store.write([putHead(key, head(9))]))).reason).toBe("Fenced")
        expect(yield* store.head(key)).toEqual(other)
        yield* store.write([removeHead(key, other)])
        yield* store.write([putHead(key, head(9))])
        expect(yield* store.head(key)).toEqual(head(9))
      })
    ))

  it("begins no journal over the marker of a purge that came after it had looked at another", () =>
    run(
      Effect.gen(function* () {
        const key = dynamoDb.newKey()
        const store = yield* dynamoDb.open()
        // The pointer was put back before a purge, and what is behind it is replicated once more.
        yield* store.write([putHead(key, head(20)), removeHead(key, head(20)), putPointer(key, 2)])
        let heads = 0
        const late = yield* dynamoDb.observed(async (request) => {
          const isHead = request.name === "PutItemCommand" && ++heads === 2
          if (isHead) {
            const again = [
              putHead(key, head(5)),
              putPointer(key, 6, 2),
              removeHead(key, head(5)),
              putPointer(key, 7, 6)
            ]
            await run(store.write(again))
          }
          return request.send()
        })
        expect((yield* Effect.flip(late.write([putHead(key, head(5))]))).reason).toBe("Fenced")
        expect(heads).toBe(2)
        expect(yield* store.head(key)).toBeUndefined()
      })
    ))

  it("begins a journal again below its purge, where the pointer was put back", () =>
    run(
      Effect.gen(function* () {
        const key = dynamoDb.newKey()
        const store = yield* dynamoDb.open()
        yield* store.write([putHead(key, head(5)), removeHead(key, head(5)), putPointer(key, 6)])
        yield* store.write([putPointer(key, 2, 6)])
        yield* store.write([putHead(key, head(3))])
        expect(yield* store.head(key)).toEqual(head(3))
      })
    ))

  it("writes the same head twice, as a repeated write does", () =>
    run(
      Effect.gen(function* () {
        const key = dynamoDb.newKey()
        const store = yield* dynamoDb.open()
        yield* store.write([putHead(key, head(1)), putHead(key, head(2), head(1)), putHead(key, head(2), head(1))])
        expect(yield* store.head(key)).toEqual(head(2))
        yield* store.write([removeHead(key, head(2)), removeHead(key, head(2))])
        expect(yield* store.head(key)).toBeUndefined()
      })
    ))

  it("pages through ids of any length in their order", () =>
    run(
      Effect.gen(function* () {
        const { topic } = dynamoDb.newKey()
        const store = yield* dynamoDb.open()
        const long = "é".repeat(450)
        const ids = [
          "a",
          long.slice(0, 449),
          `${long.slice(0, 449)}z`,
          long,
          ...["a", "b", "c", "d", "e", "z", "é", "😀"].map((end) => `${long}${end}${"x".repeat(60)}`),
          `${long}😀${"x".repeat(1500)}`,
          `${long.slice(0, 449)}€${long}`,
          "ê"
        ]
        for (const id of [...ids].reverse()) {
          yield* store.write([putHead({ topic, id }, head(1)), putEvents({ topic, id }, [event(1)])])
        }
        for (const limit of [1, 3, 100]) {
          const paged: Array<string> = []
          let page = yield* store.ids(topic, undefined, limit)
          while (page.length > 0) {
            paged.push(...page)
            page = yield* store.ids(topic, page.at(-1), limit)
          }
          expect(paged, `in pages of ${limit}`).toEqual(ids)
        }
        const key = { topic, id: ids.at(-3)! }
        expect(yield* store.head(key)).toEqual(head(1))
        expect(yield* store.events(everything(key))).toEqual([event(1)])
      })
    ))

  it("says in a head when the day ends that the journal expires on", () =>
    run(
      Effect.gen(function* () {
        const key = dynamoDb.newKey()
        const store = yield* dynamoDb.open()
        yield* store.write([putHead(key, head(1, { expireAfter: "1 day", expireOn: "2026-11-21" }))])
        const [item] = yield* Effect.promise(() => itemsOf(key.topic))
        expect(item?.["expireAt"]).toEqual({ N: String(Date.UTC(2026, 10, 22) / 1000) })
        yield* store.write([putHead(key, head(2), head(1, { expireAfter: "1 day", expireOn: "2026-11-21" }))])
        const [after] = yield* Effect.promise(() => itemsOf(key.topic))
        expect(after?.["expireAt"]).toBeUndefined()
      })
    ))

  it("reads without a scan: each read is of one key", () =>
    run(
      Effect.gen(function* () {
        const key = dynamoDb.newKey()
        const names: Array<string> = []
        const store = yield* dynamoDb.observed((request) => {
          names.push(request.name)
          return request.send()
        })
        names.length = 0
        yield* store.pointer(key.topic, 0)
        yield* store.head(key)
        yield* store.events(everything(key))
        expect(names).toEqual(["GetItemCommand", "GetItemCommand", "GetItemCommand", "QueryCommand"])
        names.length = 0
        yield* store.ids(key.topic, undefined, 10)
        expect(names).toEqual(Array.from({ length: 16 }, () => "QueryCommand"))
      })
    ))
})
