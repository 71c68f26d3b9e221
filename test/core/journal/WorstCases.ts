import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import type { Scope } from "effect/Scope"
import { HeadCache, maxSeqNr } from "../../../core/journal/index.ts"
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

/** What readers have: no cache, one that has read nothing yet, or one that has followed the log from the beginning. */
export type Heads = "no cache" | "a cold cache" | "a warm cache"

const fill = Effect.fnUntraced(function* (world: World, from: number, to: number) {
  const journal = openJournal(world, topic)
  for (const payload of numbers(from, to)) yield* journal.append([{ payload }])
})

const expectAll = Effect.fnUntraced(function* (world: World) {
  expect(yield* seqNrs(openJournal(world, topic))).toEqual(numbers(1, size))
})

/** Journals of 1000 events, one a record, in the places that make a recovery slow. */
export const worstCases = (name: string, heads: Heads, open: Effect.Effect<World, unknown, Scope>): void => {
  const worst = (
    title: string,
    run: (
      world: World,
      settled: (world: World) => Effect.Effect<World, unknown, Scope>
    ) => Effect.Effect<void, unknown, Scope>
  ) =>
    it.live(title, () =>
      Effect.gen(function* () {
        const world = yield* open
        const cached = (over: World) => Effect.map(HeadCache.make(over), (made): World => ({ ...over, heads: made }))
        if (heads === "no cache") return yield* run(world, Effect.succeed)
        if (heads === "a cold cache") return yield* run(world, cached)
        const warm = yield* cached(world)
        yield* openJournal(warm, topic).pointer
        yield* run(warm, Effect.succeed)
      }).pipe(Effect.scoped, Effect.provide(Logger.layer([])))
    )

  /** Runs a check with nothing replicated, with half of the events and with all of them. */
  const everywhere = (title: string, check: (world: World) => Effect.Effect<void, unknown, Scope>) => {
    for (const stored of [0, size / 2, size]) {
      worst(`${title}: ${stored} in the store`, (world, settled) =>
        Effect.gen(function* () {
          yield* fill(world, 1, stored)
          if (stored > 0) yield* sync(world, topic)
          yield* fill(world, stored + 1, size)
          yield* check(yield* settled(world))
        })
      )
    }
  }

  describe(`${name} and ${heads}: 1000 events`, () => {
    worst("77. are all read where they are all in the log", (world, settled) =>
      Effect.gen(function* () {
        yield* fill(world, 1, size)
        yield* expectAll(yield* settled(world))
      })
    )

    worst("78. are all read where half of them are in the store", (world, settled) =>
      Effect.gen(function* () {
        yield* fill(world, 1, size / 2)
        yield* sync(world, topic)
        yield* fill(world, size / 2 + 1, size)
        yield* expectAll(yield* settled(world))
      })
    )

    worst("79. are read once each where the log has each of them twice", (world, settled) =>
      Effect.gen(function* () {
        const twice = { ...world, log: doubled(world.log) }
        yield* fill(twice, 1, size)
        yield* expectAll(yield* settled(twice))
        yield* sync(twice, topic)
        yield* expectAll(yield* settled(twice))
      })
    )

    worst("79. are read once each where the store has them all and does not say how far it is", (world, settled) =>
      Effect.gen(function* () {
        yield* fill(world, 1, size)
        yield* sync(world, topic)
        yield* expectAll(yield* settled({ ...world, store: pointerless(world.store) }))
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
      worst(`81. with 50 deletes among them leave the right end: ${stored} deletes in the store`, (world, settled) =>
        Effect.gen(function* () {
          const journal = openJournal(world, topic)
          for (const at of numbers(1, 50)) {
            for (const payload of numbers(1, 20)) yield* journal.append([{ payload }])
            yield* journal.delete(at * 10)
            if (at === stored) yield* sync(world, topic)
          }
          const read = openJournal(yield* settled(world), topic)
          expect(yield* seqNrs(read)).toEqual(numbers(501, size))
          expect(yield* read.pointer).toBe(size)
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
