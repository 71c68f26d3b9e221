import * as Effect from "effect/Effect"
import { maxSeqNr } from "../../../core/journal/index.ts"
import type { ReadRange } from "../../../core/journal/index.ts"
import { numbers } from "./JournalWorld.ts"

type Act<A = unknown> = Effect.Effect<A, unknown>

/** A journal that claims are made about: through its public face, or with its machines stepped by hand. */
export interface Subject {
  /** How many events it has at the beginning. */
  readonly size: number
  readonly append: (count: number) => Act
  /** `undefined` where there was no journal. */
  readonly delete: (to: number) => Act
  readonly purge: Act
  /** Writes marks. */
  readonly mark: Act
  readonly read: (range?: ReadRange) => Act<ReadonlyArray<number>>
  readonly pointer: Act<number | undefined>
}

const expectEqual = (what: string, actual: unknown, expected: unknown) => {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)]
  return is === should ? Effect.void : Effect.fail(new Error(`${what} is ${is}, and should be ${should}`))
}

const expectRead = (one: Subject, from: number, to: number, range?: ReadRange): Act =>
  Effect.flatMap(one.read(range), (got) => expectEqual(`a read of ${JSON.stringify(range)}`, got, numbers(from, to)))

const expectPointer = (one: Subject, seqNr: number): Act =>
  Effect.flatMap(one.pointer, (got) => expectEqual("the pointer", got, seqNr === 0 ? undefined : seqNr))

const expectNothing = (one: Subject, pointer: number): Act =>
  Effect.andThen(expectRead(one, 1, 0), expectPointer(one, pointer))

/** A delete writes something exactly where there is a journal. */
const remove = (one: Subject, to: number): Act =>
  Effect.flatMap(one.delete(to), (place) => expectEqual("nothing was deleted", place === undefined, one.size === 0))

/** The claims of kafka-journal's own specification of a journal, by their numbers. */
export const journalClaims: ReadonlyArray<readonly [name: string, run: (one: Subject) => Act]> = [
  ["62. a read gives what was appended", (one) => expectRead(one, 1, one.size)],
  [
    "63. a read up to the last number or beyond gives everything",
    (one) =>
      Effect.gen(function* () {
        yield* expectRead(one, 1, one.size, { to: Math.max(1, one.size) })
        yield* expectRead(one, 1, one.size, { to: one.size + 1 })
      })
  ],
  [
    "64. after a delete of everything a read is empty and the pointer stays",
    (one) => Effect.andThen(remove(one, Math.max(1, one.size)), expectNothing(one, one.size))
  ],
  [
    "65. a delete up to the greatest number deletes everything, and writes nothing where there is nothing",
    (one) => Effect.andThen(remove(one, maxSeqNr), expectNothing(one, one.size))
  ],
  [
    "66. a delete up to the first number drops one event",
    (one) =>
      Effect.gen(function* () {
        yield* remove(one, 1)
        yield* expectRead(one, 2, one.size)
        yield* expectPointer(one, one.size)
      })
  ],
  [
    "67. after a purge a read is empty and there is no pointer",
    (one) => Effect.andThen(one.purge, expectNothing(one, 0))
  ],
  [
    "67. after a purge the numbers begin again",
    (one) =>
      Effect.gen(function* () {
        yield* one.purge
        yield* one.append(2)
        yield* expectRead(one, 1, 2)
        yield* expectPointer(one, 2)
      })
  ],
  [
    "68. marks change neither a read nor the pointer",
    (one) =>
      Effect.gen(function* () {
        yield* one.mark
        yield* expectPointer(one, one.size)
        yield* one.mark
        yield* expectRead(one, 1, one.size)
      })
  ],
  ["69. the pointer is the last number", (one) => expectPointer(one, one.size)],
  [
    "70. after a delete of all but the last a read gives the last",
    (one) =>
      Effect.gen(function* () {
        if (one.size > 1) yield* one.delete(one.size - 1)
        yield* expectRead(one, Math.max(1, one.size), one.size)
        yield* expectPointer(one, one.size)
      })
  ],
  [
    "71. a read from the last number gives the last",
    (one) => expectRead(one, Math.max(1, one.size), one.size, { from: Math.max(1, one.size) })
  ],
  [
    "72. a read from the greatest number is empty, before an append and after",
    (one) =>
      Effect.gen(function* () {
        yield* expectRead(one, 1, 0, { from: maxSeqNr })
        yield* one.append(1)
        yield* expectRead(one, 1, 0, { from: maxSeqNr })
      })
  ],
  [
    "73. appends, deletes and a purge in turn",
    (one) =>
      Effect.gen(function* () {
        const { size } = one
        yield* one.append(1)
        yield* one.delete(size + 3)
        yield* expectNothing(one, size + 1)
        yield* one.append(1)
        yield* one.append(1)
        yield* one.delete(size + 2)
        yield* expectRead(one, size + 3, size + 3)
        yield* one.append(1)
        yield* expectRead(one, size + 3, size + 4)
        yield* expectRead(one, size + 4, size + 4, { from: size + 4 })
        yield* expectRead(one, size + 3, size + 3, { to: size + 3 })
        yield* expectPointer(one, size + 4)
        yield* one.purge
        yield* expectNothing(one, 0)
      })
  ],
  [
    "74. a record of two events is read completely",
    (one) => Effect.andThen(one.append(2), expectRead(one, 1, one.size + 2))
  ],
  [
    "75. a record of two events is read from its second one",
    (one) => Effect.andThen(one.append(2), expectRead(one, one.size + 2, one.size + 2, { from: one.size + 2 }))
  ]
]
