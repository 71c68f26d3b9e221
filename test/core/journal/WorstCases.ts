import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import type { Scope } from "effect/Scope"
import { maxSeqNr } from "../../../core/journal/index.ts"
import type { CommitLog, JournalStore } from "../../../core/ports/index.ts"
import { numbers, openJournal, seqNrs, sync } from "./JournalWorld.ts"
import type { World } from "./JournalWorld.ts"

const topic = "orders"
const size = 1000

/** A log whose producer writes everything twice, as one does that tries again after a lost answer. */
const doubled = (log: World["log"]): World["log"] => {
  const append: CommitLog["append"] = (request) => Effect.andThen(log.append(request), log.append(request))
  return { ...log, append }
}

/** A store that has forgotten how far it is. */
const pointerless = (store: JournalStore): JournalStore => ({ ...store, pointer: () => Effect.succeed(undefined) })

/** Journals of 1000 events, one a record, in the places that make a recovery slow. */
export const worstCases = (name: string, open: Effect.Effect<World, unknown, Scope>): void => {
  const worst = (title: string, run: (world: World) => Effect.Effect<void, unknown, Scope>) =>
    it.live(title, () => Effect.scoped(Effect.flatMap(open, run)).pipe(Effect.provide(Logger.layer([]))))

  const fill = Effect.fnUntraced(function* (world: World, from: number, to: number) {
    const journal = openJournal(world, topic)
    for (const payload of numbers(from, to)) yield* journal.append([{ payload }])
  })
  const expectAll = Effect.fnUntraced(function* (world: World) {
    expect(yield* seqNrs(openJournal(world, topic))).toEqual(numbers(1, size))
  })
  /** Runs a check with nothing replicated, with half of the events and with all of them. */
  const everywhere = (title: string, check: (world: World) => Effect.Effect<void, unknown, Scope>) => {
    for (const stored of [0, size / 2, size]) {
      worst(`${title}: ${stored} in the store`, (world) =>
        Effect.gen(function* () {
          yield* fill(world, 1, stored)
          if (stored > 0) yield* sync(world, topic)
          yield* fill(world, stored + 1, size)
          yield* check(world)
        })
      )
    }
  }

  describe(`${name}: 1000 events`, () => {
    worst("77. are all read where they are all in the log", (world) =>
      Effect.andThen(fill(world, 1, size), expectAll(world))
    )

    worst("78. are all read where half of them are in the store", (world) =>
      Effect.gen(function* () {
        yield* fill(world, 1, size / 2)
        yield* sync(world, topic)
        yield* fill(world, size / 2 + 1, size)
        yield* expectAll(world)
      })
    )

    worst("79. are read once each where the log has each of them twice", (world) =>
      Effect.gen(function* () {
        const twice = { ...world, log: doubled(world.log) }
        yield* fill(twice, 1, size)
        yield* expectAll(twice)
        yield* sync(twice, topic)
        yield* expectAll(twice)
      })
    )

    worst("79. are read once each where the store has them all and does not say how far it is", (world) =>
      Effect.gen(function* () {
        yield* fill(world, 1, size)
        yield* sync(world, topic)
        yield* expectAll({ ...world, store: pointerless(world.store) })
      })
    )

    everywhere("80. are read from the middle", (world) =>
      Effect.gen(function* () {
        const journal = openJournal(world, topic)
        expect(yield* seqNrs(journal, { from: size / 2 + 1 })).toEqual(numbers(size / 2 + 1, size))
        expect(yield* seqNrs(journal, { from: 300, to: 700 })).toEqual(numbers(300, 700))
      })
    )

    for (const stored of [0, 25, 50]) {
      worst(`81. with 50 deletes among them leave the right end: ${stored} deletes in the store`, (world) =>
        Effect.gen(function* () {
          const journal = openJournal(world, topic)
          for (const at of numbers(1, 50)) {
            for (const payload of numbers(1, 20)) yield* journal.append([{ payload }])
            yield* journal.delete(at * 10)
            if (at === stored) yield* sync(world, topic)
          }
          expect(yield* seqNrs(journal)).toEqual(numbers(501, size))
          expect(yield* journal.pointer).toBe(size)
        })
      )
    }

    everywhere("82. are gone after a delete of all, and the pointer stays", (world) =>
      Effect.gen(function* () {
        const journal = openJournal(world, topic)
        yield* journal.delete(maxSeqNr)
        expect(yield* seqNrs(journal)).toEqual([])
        expect(yield* journal.pointer).toBe(size)
      })
    )

    everywhere("83. are gone after a purge, and the pointer too", (world) =>
      Effect.gen(function* () {
        const journal = openJournal(world, topic)
        yield* journal.purge
        expect(yield* seqNrs(journal)).toEqual([])
        expect(yield* journal.pointer).toBeUndefined()
      })
    )
  })
}
