import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { fixture, run } from "./Fixture.ts"
import { events, head, putEvents, putHead, putPointer, removeEvents } from "./Samples.ts"

interface Answer {
  readonly ConsumedCapacity?: Consumed | ReadonlyArray<Consumed>
}

interface Consumed {
  readonly CapacityUnits?: number
}

describe("what DynamoDbStore costs", () => {
  const dynamoDb = fixture()
  const recordId = "8c9fe0f5-0be9-4d57-8f3c-2d9b3b9d2b6e"
  const headOf = (seqNr: number, offset = seqNr) => head(seqNr, { recordId, offset, origin: "orders-service" })

  /** A store, and how many requests and capacity units an operation on it takes. */
  const metered = Effect.gen(function* () {
    let requests = 0
    let units = 0
    const store = yield* dynamoDb.observed(async (request) => {
      requests++
      Object.assign(request.input as object, { ReturnConsumedCapacity: "TOTAL" })
      const answer = await request.send()
      const { ConsumedCapacity = [] } = answer as Answer
      for (const { CapacityUnits = 0 } of [ConsumedCapacity].flat() as ReadonlyArray<Consumed>) units += CapacityUnits
      return answer
    })
    const cost = <A, E>(operation: Effect.Effect<A, E>): Effect.Effect<readonly [number, number], E> =>
      Effect.suspend(() => {
        requests = 0
        units = 0
        return Effect.map(operation, () => [requests, units] as const)
      })
    return { store, cost }
  })

  it("is as many requests and capacity units as its documentation says", () =>
    run(
      Effect.gen(function* () {
        const key = { topic: "orders", id: "order-17" }
        const { cost, store } = yield* metered
        const write = (...steps: Parameters<typeof store.write>[0]) => cost(store.write(steps))
        expect(yield* cost(store.pointer("orders", 0)), "a pointer that is not there").toEqual([1, 1])
        expect(yield* write(putEvents(key, events(1, 1, 500), recordId)), "one event").toEqual([1, 1])
        expect(yield* write(putHead(key, headOf(1))), "the first head").toEqual([2, 2])
        expect(yield* write(putPointer(key, 1)), "a pointer").toEqual([1, 1])
        expect(yield* write(putEvents(key, events(2, 40, 500), recordId)), "39 events").toEqual([2, 39])
        expect(yield* write(putHead(key, headOf(40), headOf(1))), "a later head").toEqual([1, 1])
        expect(yield* write(putPointer(key, 40, 1)), "a moved pointer").toEqual([1, 1])
        expect(yield* cost(store.head(key)), "a head").toEqual([1, 1])
        expect(yield* cost(store.events({ key, from: 1, to: 40, limit: 1000 })), "40 events").toEqual([2, 8])
        expect(yield* write(removeEvents(key, 1, 20, recordId)), "20 events removed").toEqual([2, 24])
        expect(yield* cost(store.check), "a check").toEqual([1, 1])
        const ids = Array.from({ length: 16 }, (_, at) => `order-${100 + at}`)
        const keys = ids.map((id) => ({ topic: "orders", id }))
        const more = (offset: number) => headOf(1, offset)
        expect(yield* write(...keys.map((each) => putEvents(each, events(1, 1, 500), recordId))), "16 events").toEqual([
          1, 16
        ])
        expect(yield* write(...keys.map((each) => putHead(each, more(50)))), "16 first heads").toEqual([17, 17])
        expect(yield* write(...keys.map((each) => putHead(each, more(60), more(50)))), "16 heads").toEqual([16, 16])
        expect(yield* cost(store.heads("orders", ids)), "16 heads, read").toEqual([1, 16])
      })
    ))
})
