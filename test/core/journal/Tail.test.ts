import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { MemoryStore } from "../../../adapters/memory/index.ts"
import { HeadCache } from "../../../core/journal/index.ts"
import type { JournalState } from "../../../core/journal/index.ts"
import type { CommitLog } from "../../../core/ports/index.ts"
import { recordOf } from "../../../core/scenarios/journal/JournalModel.ts"
import type { Deed } from "../../../core/scenarios/journal/JournalModel.ts"
import { logEnd, memoryWorld, numbers, openJournal, read, seqNrs, sync } from "./JournalWorld.ts"
import type { World } from "./JournalWorld.ts"

const topic = "orders"
const id = "order-1"

const append = (from: number, to = from): Deed => ({ _tag: "Append", seqNrs: numbers(from, to) })
const remove = (to: number): Deed => ({ _tag: "Delete", to })
const purge: Deed = { _tag: "Purge" }
const mark: Deed = { _tag: "Mark" }

/** Writes what any producer may write, also what a journal's own handle never would. */
const write = ({ log }: World, deeds: ReadonlyArray<Deed>) =>
  Effect.forEach(deeds, (deed, at) => log.append({ topic, partition: 0, ...recordOf(id, deed, `${at}`) }))

const quietly = Effect.provide(Logger.layer([]))

interface Expected {
  readonly state: JournalState | undefined
  readonly events: ReadonlyArray<number>
}

const ends = (seqNr: number, deleteTo: number, events: ReadonlyArray<number>): Expected => ({
  state: { seqNr, deleteTo },
  events
})
const nothing: Expected = { state: undefined, events: [] }

describe("what the actions of a journal amount to, with the first of them replicated or all in the tail", () => {
  const cases: ReadonlyArray<readonly [name: string, deeds: ReadonlyArray<Deed>, expected: Expected]> = [
    ["17. nothing, and an append", [append(1, 3)], ends(3, 0, [1, 2, 3])],
    ["18. nothing, and a delete, which spends the numbers up to its own", [remove(5)], ends(5, 5, [])],
    ["19. nothing, and a purge", [purge], nothing],
    ["20. an append, and an append", [append(1, 3), append(4, 5)], ends(5, 0, [1, 2, 3, 4, 5])],
    ["20. an append, a delete and an append", [append(1, 3), remove(2), append(4)], ends(4, 2, [3, 4])],
    ["21. an append, and a delete of a part", [append(1, 3), remove(2)], ends(3, 2, [3])],
    [
      "21. an append, and a delete beyond the last number, which is clamped",
      [append(1, 3), remove(10)],
      ends(3, 3, [])
    ],
    [
      "21. an append, a delete and a lower one, which changes nothing",
      [append(1, 3), remove(2), remove(1)],
      ends(3, 2, [3])
    ],
    ["22. an append, and a purge", [append(1, 3), purge], nothing],
    ["23. a delete, and an append after it", [remove(1), append(2, 3)], ends(3, 1, [2, 3])],
    [
      "23. a delete to 10, and an append of 1 and 2, whose numbers are spent",
      [remove(10), append(1, 2)],
      ends(10, 10, [])
    ],
    [
      "23. a delete to 10, and an append of 2 and 3, whose numbers are spent",
      [remove(10), append(2, 3)],
      ends(10, 10, [])
    ],
    [
      "23. a delete to 2, and an append of 1 to 4, of which half is spent",
      [remove(2), append(1, 4)],
      ends(4, 2, [3, 4])
    ],
    ["24. a delete, and a higher one, which is clamped to it", [remove(3), remove(5)], ends(3, 3, [])],
    ["24. a delete, and a lower one, which changes nothing", [remove(5), remove(3)], ends(5, 5, [])],
    ["25. a delete, and a purge", [remove(5), purge], nothing],
    ["26. a purge, and an append of the same numbers", [append(1, 5), purge, append(1, 2)], ends(2, 0, [1, 2])],
    ["27. a purge, and a delete", [append(1, 5), purge, remove(4)], ends(4, 4, [])],
    ["28. a purge, and a purge", [append(1, 5), purge, purge], nothing]
  ]
  for (const [name, deeds, expected] of cases) {
    it.live(name, () =>
      Effect.gen(function* () {
        for (const marked of [deeds, [mark, ...deeds.flatMap((deed) => [deed, mark])]]) {
          for (const behind of numbers(0, marked.length)) {
            const world = memoryWorld()
            yield* write(world, marked)
            yield* sync(world, topic, behind)
            for (const heads of [undefined, yield* HeadCache.make(world)]) {
              const reader = heads === undefined ? world : { ...world, heads }
              const { events, state } = yield* openJournal(reader, topic, id).explain
              expect({ state, events: events.map(({ seqNr }) => seqNr) }, `behind by ${behind}`).toEqual(expected)
            }
          }
        }
      }).pipe(Effect.scoped, quietly)
    )
  }
})

/** A log that tells from which offsets it was read. */
const watched = (world: World) => {
  const offsets: Array<number> = []
  const log: World["log"] = {
    ...world.log,
    read: (request) => {
      offsets.push(request.offset)
      return world.log.read(request)
    }
  }
  return { world: { ...world, log }, offsets }
}

/** A journal of which it is known that its store is this log's: the first read compares the two. */
const compared = (world: World) => {
  const journal = openJournal(world, topic, id)
  return Effect.as(journal.pointer, journal)
}

describe("the tail of the log", () => {
  it.live("29. is read from the beginning to the mark where nothing is replicated", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      yield* write(world, [append(1), append(2, 3), append(4)])
      const late: CommitLog["append"] = (request) =>
        Effect.tap(world.log.append(request), () => write(world, [append(5)]))
      const { offsets, world: seen } = watched({ ...world, log: { ...world.log, append: late } })
      expect(yield* seqNrs(openJournal(seen, topic, id))).toEqual([1, 2, 3, 4])
      expect(offsets).toEqual([0])
      expect(yield* logEnd(world.log, topic)).toBe(5)
    })
  )

  it.live("30. is read from behind the pointer", () =>
    Effect.gen(function* () {
      const { offsets, world } = watched(memoryWorld())
      yield* write(world, [append(1), append(2, 3), append(4)])
      yield* sync(world, topic, 1)
      const journal = yield* compared(world)
      offsets.length = 0
      expect(yield* seqNrs(journal)).toEqual([1, 2, 3, 4])
      expect(offsets).toEqual([2])
    })
  )

  it.live("31. is read from behind the later of the pointer and the journal's last replicated record", () =>
    Effect.gen(function* () {
      const { store, ...rest } = memoryWorld()
      yield* write({ store, ...rest }, [append(1), append(2, 3), append(4)])
      yield* sync({ store, ...rest }, topic, 1)
      for (const [pointer, from] of [
        [0, 2],
        [1, 2],
        [2, 3]
      ] as const) {
        let told = 1
        const { offsets, world } = watched({ ...rest, store: { ...store, pointer: () => Effect.sync(() => told) } })
        const journal = yield* compared(world)
        told = pointer
        offsets.length = 0
        yield* read(journal)
        expect(offsets, `with the pointer at ${pointer}`).toEqual([from])
      }
    })
  )

  it.live("32. is not read where everything before the mark is replicated", () =>
    Effect.gen(function* () {
      const { offsets, world } = watched({ ...memoryWorld(), store: MemoryStore.make({ atomic: false }) })
      yield* write(world, [append(1), append(2, 3), append(4)])
      yield* sync(world, topic)
      const journal = yield* compared(world)
      yield* sync(world, topic)
      offsets.length = 0
      expect(yield* seqNrs(journal)).toEqual([1, 2, 3, 4])
      expect(offsets).toEqual([])
    })
  )
})
