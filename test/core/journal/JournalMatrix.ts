import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { maxSeqNr } from "../../../core/journal/index.ts"
import type { Journal, NewEvent } from "../../../core/journal/index.ts"
import { numbers, openJournal, seqNrs, sync } from "./JournalWorld.ts"
import type { World } from "./JournalWorld.ts"

/** All ways to split `size` events into records that follow one another. */
const groupings = (size: number): ReadonlyArray<ReadonlyArray<number>> =>
  size === 0 ? [[]] : numbers(1, size).flatMap((first) => groupings(size - first).map((rest) => [first, ...rest]))

/** How much of the log is in the store whenever the journal is looked at: nothing, or all but so many records. */
export type Replication = "nothing" | 0 | 1 | 2 | 3

interface Case {
  readonly journal: Journal<unknown>
  readonly size: number
  /** Brings the store to where the case wants it. */
  readonly settle: Effect.Effect<void>
}

const newEvents = (count: number) =>
  numbers(1, count).map((payload) => ({ payload })) as unknown as readonly [NewEvent<unknown>]

/**
 * The matrix of the journal's specification: each claim for every size from 0 to 5, every grouping into records and
 * every state of the replication.
 */
export const journalMatrix = (
  name: string,
  replications: ReadonlyArray<Replication>,
  open: Effect.Effect<World, unknown, Scope>
): void => {
  let topics = 0

  for (const replication of replications) {
    const claim = (title: string, run: (one: Case) => Effect.Effect<void, unknown>) =>
      it.live(title, () =>
        Effect.gen(function* () {
          const world = yield* open
          const one = Effect.fnUntraced(function* (size: number, grouping: ReadonlyArray<number>) {
            const topic = `topic-${topics++}`
            const journal = openJournal(world, topic)
            for (const count of grouping) yield* journal.append(newEvents(count))
            const settle = replication === "nothing" ? Effect.void : Effect.orDie(sync(world, topic, replication))
            yield* settle
            yield* run({ journal, size, settle })
          })
          const cases = numbers(0, 5).flatMap((size) => groupings(size).map((grouping) => one(size, grouping)))
          yield* Effect.all(cases, { concurrency: "unbounded", discard: true })
        })
      )

    const expectRead = Effect.fnUntraced(function* (
      { journal, settle }: Case,
      from: number,
      to: number,
      range: { readonly from?: number; readonly to?: number } = {}
    ) {
      yield* settle
      expect(yield* seqNrs(journal, range)).toEqual(numbers(from, to))
    })
    const expectPointer = Effect.fnUntraced(function* ({ journal, settle }: Case, seqNr: number) {
      yield* settle
      expect(yield* journal.pointer).toBe(seqNr === 0 ? undefined : seqNr)
    })

    describe(`${name}, ${replication === "nothing" ? "empty" : `behind by ${replication}`}`, () => {
      claim("62. a read gives what was appended", (one) => expectRead(one, 1, one.size))

      claim("63. a read up to the last number or beyond gives everything", (one) =>
        Effect.gen(function* () {
          yield* expectRead(one, 1, one.size, { to: Math.max(1, one.size) })
          yield* expectRead(one, 1, one.size, { to: one.size + 1 })
        })
      )

      claim("64. after a delete of everything a read is empty and the pointer stays", (one) =>
        Effect.gen(function* () {
          yield* one.journal.delete(Math.max(1, one.size))
          yield* expectRead(one, 1, 0)
          yield* expectPointer(one, one.size)
        })
      )

      claim(
        "65. a delete up to the greatest number deletes everything, and writes nothing where there is nothing",
        (one) =>
          Effect.gen(function* () {
            const place = yield* one.journal.delete(maxSeqNr)
            expect(place === undefined).toBe(one.size === 0)
            yield* expectRead(one, 1, 0)
            yield* expectPointer(one, one.size)
          })
      )

      claim("66. a delete up to the first number drops one event", (one) =>
        Effect.gen(function* () {
          const place = yield* one.journal.delete(1)
          expect(place === undefined).toBe(one.size === 0)
          yield* expectRead(one, 2, one.size)
          yield* expectPointer(one, one.size)
        })
      )

      claim("67. after a purge a read is empty and there is no pointer", (one) =>
        Effect.gen(function* () {
          yield* one.journal.purge
          yield* expectRead(one, 1, 0)
          yield* expectPointer(one, 0)
        })
      )

      claim("67. after a purge the numbers begin again", (one) =>
        Effect.gen(function* () {
          yield* one.journal.purge
          expect(yield* one.journal.append(newEvents(2))).toMatchObject({ from: 1, to: 2 })
          yield* expectRead(one, 1, 2)
          yield* expectPointer(one, 2)
        })
      )

      claim("68. marks change neither a read nor the pointer", (one) =>
        Effect.gen(function* () {
          for (let mark = 0; mark < 3; mark++) yield* expectPointer(one, one.size)
          yield* expectRead(one, 1, one.size)
        })
      )

      claim("69. the pointer is the last number", (one) => expectPointer(one, one.size))

      claim("70. after a delete of all but the last a read gives the last", (one) =>
        Effect.gen(function* () {
          if (one.size > 1) yield* one.journal.delete(one.size - 1)
          yield* expectRead(one, Math.max(1, one.size), one.size)
          yield* expectPointer(one, one.size)
        })
      )

      claim("71. a read from the last number gives the last", (one) =>
        expectRead(one, Math.max(1, one.size), one.size, { from: Math.max(1, one.size) })
      )

      claim("72. a read from the greatest number is empty, before an append and after", (one) =>
        Effect.gen(function* () {
          yield* expectRead(one, 1, 0, { from: maxSeqNr })
          yield* one.journal.append(newEvents(1))
          yield* expectRead(one, 1, 0, { from: maxSeqNr })
        })
      )

      claim("73. appends, deletes and a purge in turn", (one) =>
        Effect.gen(function* () {
          const { journal, size } = one
          yield* journal.append(newEvents(1))
          yield* journal.delete(size + 3)
          yield* expectRead(one, 1, 0)
          yield* journal.append(newEvents(2))
          yield* journal.delete(size + 2)
          yield* expectRead(one, size + 3, size + 3)
          yield* journal.append(newEvents(1))
          yield* expectRead(one, size + 3, size + 4)
          yield* expectRead(one, size + 4, size + 4, { from: size + 4 })
          yield* expectRead(one, size + 3, size + 3, { to: size + 3 })
          yield* expectPointer(one, size + 4)
          yield* journal.purge
          yield* expectRead(one, 1, 0)
          yield* expectPointer(one, 0)
        })
      )

      claim("74. and 75. a record of two events is read completely, and from its second event", (one) =>
        Effect.gen(function* () {
          yield* one.journal.append(newEvents(2))
          yield* expectRead(one, 1, one.size + 2)
          yield* expectRead(one, one.size + 2, one.size + 2, { from: one.size + 2 })
        })
      )
    })
  }
}
