import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { PostgresStore } from "../../../../adapters/sql/postgres/index.ts"
import type { JournalStore, WriteStep } from "../../../../core/ports/index.ts"
import {
  event,
  events,
  head,
  putEvents,
  putHead,
  removeHead
} from "../../../../core/ports/contract/JournalStoreSamples.ts"
import { failingPool } from "./FailingClient.ts"
import { drop, newSchema, server } from "./Server.ts"

const run = <A, E>(effect: Effect.Effect<A, E>): Promise<A> => Effect.runPromise(effect)

const first = { topic: "", id: "first" }
const second = { topic: "", id: "second" }

/** What is in the store, as a reader of the two journals sees it. */
const look = Effect.fnUntraced(function* (store: JournalStore, topic: string) {
  const found: Array<unknown> = [yield* store.pointer(topic, 0)]
  for (const { id } of [first, second]) {
    const key = { topic, id }
    found.push(yield* store.head(key), yield* store.events({ key, from: 1, to: 100, limit: 100 }))
  }
  return found
})

const begun = (topic: string): ReadonlyArray<WriteStep> => {
  const key = { ...first, topic }
  return [
    putEvents(key, events(1, 3)),
    putHead(key, head(3)),
    { _tag: "PutPointer", topic, partition: 0, offset: 3, previous: undefined }
  ]
}

/** A write with steps of every kind. */
const next = (topic: string): ReadonlyArray<WriteStep> => {
  const [one, other] = [
    { ...first, topic },
    { ...second, topic }
  ]
  return [
    { _tag: "RemoveEvents", key: one, head: head(3), from: 1, to: 3 },
    removeHead(one, head(3)),
    putEvents(other, [event(1), event(2)]),
    putHead(other, head(2)),
    { _tag: "PutPointer", topic, partition: 0, offset: 9, previous: 3 }
  ]
}

describe("a write to PostgreSQL whose connection is cut", () => {
  const schema = newSchema()
  const { plan, pool, seen } = failingPool(server())
  let topics = 0

  beforeAll(() => run(Effect.scoped(PostgresStore.open({ pool, schema }))))
  afterAll(async () => {
    await pool.end()
    await drop(schema)
  })

  const trial = (at: number, side: "before" | "after") =>
    Effect.scoped(
      Effect.gen(function* () {
        const topic = `topic-${topics++}`
        const store = yield* PostgresStore.open({ pool, schema })
        yield* store.write(begun(topic))
        const before = yield* look(store, topic)
        plan.cut = { at: seen.length + at, side }
        const from = seen.length
        const exit = yield* Effect.exit(store.write(next(topic)))
        const statements = seen.slice(from)
        plan.cut = undefined
        return { store, topic, before, exit, statements, after: yield* look(store, topic) }
      })
    )

  const done = ["", "", head(2), events(1, 2)]
  const isDone = ([pointer, oneHead, oneEvents, otherHead, otherEvents]: ReadonlyArray<unknown>) => {
    expect([pointer, oneHead, oneEvents]).toEqual([9, undefined, []])
    expect([otherHead, otherEvents]).toEqual(done.slice(2))
  }

  it("is undone and done again by itself, before and after each of its statements but the last", () =>
    run(
      Effect.gen(function* () {
        const whole = yield* trial(0, "before")
        expect(whole.statements.at(-1)).toBe("COMMIT")
        expect(whole.statements).toHaveLength(7)
        for (let at = 1; at <= whole.statements.length; at++) {
          for (const side of at === whole.statements.length ? (["before"] as const) : (["before", "after"] as const)) {
            const { after, exit, statements } = yield* trial(at, side)
            if (at === whole.statements.length) continue
            expect(Exit.isSuccess(exit), `${side} statement ${at}`).toBe(true)
            expect(statements).toHaveLength(whole.statements.length + at)
            isDone(after)
          }
        }
      })
    ))

  it("fails as Unreachable where it was committed and only the answer is lost, and changes nothing when it is repeated", () =>
    run(
      Effect.scoped(
        Effect.gen(function* () {
          const { after, exit, topic } = yield* trial(7, "after")
          const error = yield* Effect.flip(exit)
          expect(error).toMatchObject({ reason: "Unreachable", operation: "write" })
          expect(error.message).toContain("read the pointer, and go on from there")
          isDone(after)
          const store = yield* PostgresStore.open({ pool, schema })
          expect(yield* Effect.flip(store.write(next(topic)))).toMatchObject({ reason: "Fenced" })
          expect(yield* look(store, topic)).toEqual(after)
        })
      )
    ))

  it("fails as Unreachable where it was lost with its commit, and is done when it is repeated", () =>
    run(
      Effect.scoped(
        Effect.gen(function* () {
          const { after, before, exit, topic } = yield* trial(7, "before")
          expect(yield* Effect.flip(exit)).toMatchObject({ reason: "Unreachable", operation: "write" })
          expect(after).toEqual(before)
          const store = yield* PostgresStore.open({ pool, schema })
          yield* store.write(next(topic))
          isDone(yield* look(store, topic))
        })
      )
    ))
})
