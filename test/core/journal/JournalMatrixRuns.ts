import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import type { Scope } from "effect/Scope"
import { describe, expect, it } from "vitest"
import type { Journal, NewEvent } from "../../../core/journal/index.ts"
import type { JournalStore } from "../../../core/ports/index.ts"
import { journalClaims } from "./JournalClaims.ts"
import type { Subject } from "./JournalClaims.ts"
import { allGroupings, cells, matrixSubject } from "./JournalMatrix.ts"
import { numbers, openJournal, seqNrs, sync } from "./JournalWorld.ts"
import type { World } from "./JournalWorld.ts"

/** Failures that are worth printing; one cause has many. */
const shown = 5

/** Holds every claim against every grouping in every world of the matrix, over one store. */
export const journalMatrix = (name: string, open: Effect.Effect<JournalStore, unknown, Scope>): void => {
  describe(`${name}, in every state of store and log`, () => {
    for (const [title, claim] of journalClaims) {
      it(title, () =>
        Effect.gen(function* () {
          const store = yield* open
          const failures: Array<string> = []
          let topics = 0
          for (const cell of cells) {
            for (const grouping of allGroupings) {
              const subject = matrixSubject(cell, store, `topic-${topics++}`, grouping)
              const exit = Effect.runSyncExit(claim(subject))
              if (Exit.isSuccess(exit)) continue
              const world = `${cell.reader}, store ${cell.store.name}, actions ${cell.tail}`
              failures.push(`${world}, records of ${grouping.join(" and ")}: ${exit.cause}`)
            }
          }
          expect(failures.slice(0, shown)).toEqual([])
        }).pipe(Effect.scoped, Effect.runPromise)
      )
    }
  })
}

/** How many cases each run of the matrix has. */
export const matrixSize = journalClaims.length * cells.length * allGroupings.length

const newEvents = (count: number) =>
  numbers(1, count).map((payload) => ({ payload })) as unknown as readonly [NewEvent<unknown>]

/** A journal as its users have it; `settle` brings the store to where a test wants it before it is looked at. */
const faceSubject = (journal: Journal<unknown>, size: number, settle: Effect.Effect<void, unknown>): Subject => ({
  size,
  append: (count) => journal.append(newEvents(count)),
  delete: (to) => journal.delete(to),
  purge: journal.purge,
  mark: journal.pointer,
  read: (range) => Effect.andThen(settle, seqNrs(journal, range)),
  pointer: Effect.andThen(settle, journal.pointer)
})

/** Holds every claim against every grouping through the public face, with the store behind by so many records. */
export const journalFace = (
  name: string,
  behinds: ReadonlyArray<number | "empty">,
  open: Effect.Effect<World, unknown, Scope>
): void => {
  for (const behind of behinds) {
    describe(`${name}, through the public face, ${behind === "empty" ? "empty" : `behind by ${behind} records`}`, () => {
      for (const [title, claim] of journalClaims) {
        it(title, () =>
          Effect.gen(function* () {
            const world = yield* open
            const one = Effect.fnUntraced(function* (grouping: ReadonlyArray<number>, at: number) {
              const topic = `topic-${at}`
              const journal = openJournal(world, topic)
              for (const count of grouping) yield* journal.append(newEvents(count))
              const size = grouping.reduce((sum, count) => sum + count, 0)
              const settle = behind === "empty" ? Effect.void : sync(world, topic, behind)
              yield* claim(faceSubject(journal, size, settle))
            })
            const cases = allGroupings.map((grouping, at) => Effect.exit(one(grouping, at)))
            const exits = yield* Effect.all(cases, { concurrency: "unbounded" })
            const failures = exits.filter(Exit.isFailure).map(({ cause }) => String(cause))
            expect(failures.slice(0, shown)).toEqual([])
          }).pipe(Effect.scoped, Effect.provide(Logger.layer([])), Effect.runPromise)
        )
      }
    })
  }
}
