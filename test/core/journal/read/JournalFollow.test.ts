import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import type { Followed, Journal } from "../../../../core/journal/index.ts"
import { CommitLogError } from "../../../../core/ports/index.ts"
import { memoryWorld, openJournal, sync } from "../JournalWorld.ts"

const shown = (one: Followed<unknown>): unknown =>
  one._tag === "Purged" ? "purged" : [one.event.seqNr, one.event.payload]

/** What a follower is told, one thing at a time. */
const following = Effect.fnUntraced(function* (journal: Journal<unknown>, from?: number) {
  const told = yield* Queue.bounded<unknown>(100)
  yield* Effect.forkScoped(
    Stream.runForEach(journal.follow(from), (one) => Queue.offer(told, shown(one))).pipe(
      Effect.catch(({ reason }) => Queue.offer(told, reason))
    ),
    { startImmediately: true }
  )
  return (count: number) => Effect.all(Array.from({ length: count }, () => Queue.take(told)))
})

describe("following a journal", () => {
  it.live("it gives what there is, stored or not, and then each append", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      const journal = openJournal(world, "orders")
      yield* journal.append([{ payload: "a" }, { payload: "b" }])
      yield* sync(world, "orders")
      yield* journal.append([{ payload: "c" }])
      const next = yield* following(journal)
      expect(yield* next(3)).toEqual([
        [1, "a"],
        [2, "b"],
        [3, "c"]
      ])
      yield* openJournal(world, "orders", "another").append([{ payload: "x" }])
      yield* journal.append([{ payload: "d" }, { payload: "e" }])
      yield* journal.append([{ payload: "f" }])
      expect(yield* next(3)).toEqual([
        [4, "d"],
        [5, "e"],
        [6, "f"]
      ])
    })
  )

  it.live("it begins at a number, also at that which is still to come", () =>
    Effect.gen(function* () {
      const journal = openJournal(memoryWorld(), "orders")
      yield* journal.append([{ payload: "a" }, { payload: "b" }])
      const [third, second] = [yield* following(journal, 3), yield* following(journal, 2)]
      expect(yield* second(1)).toEqual([[2, "b"]])
      yield* journal.append([{ payload: "c" }])
      expect(yield* third(1)).toEqual([[3, "c"]])
      expect(yield* second(1)).toEqual([[3, "c"]])
    })
  )

  it.live("a journal that does not exist yet is waited for", () =>
    Effect.gen(function* () {
      const journal = openJournal(memoryWorld(), "orders")
      const next = yield* following(journal)
      yield* journal.append([{ payload: "a" }])
      expect(yield* next(1)).toEqual([[1, "a"]])
    })
  )

  it.live("a purge is told, and the events of the new journal follow", () =>
    Effect.gen(function* () {
      const journal = openJournal(memoryWorld(), "orders")
      yield* journal.append([{ payload: "a" }])
      const next = yield* following(journal)
      yield* next(1)
      yield* journal.purge
      yield* journal.append([{ payload: "b" }])
      expect(yield* next(2)).toEqual(["purged", [1, "b"]])
    })
  )

  it.live("who has seen more than there is hears that the journal was purged, and gets all of it", () =>
    Effect.gen(function* () {
      const journal = openJournal(memoryWorld(), "orders")
      yield* journal.append([{ payload: "a" }])
      const next = yield* following(journal, 6)
      expect(yield* next(2)).toEqual(["purged", [1, "a"]])
      yield* journal.append([{ payload: "b" }])
      expect(yield* next(1)).toEqual([[2, "b"]])
    })
  )

  it.live("of two events with one number the first in the log is given", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      const [a, b] = [openJournal(world, "orders"), openJournal(world, "orders")]
      const next = yield* following(a)
      yield* a.append([{ payload: "a", seqNr: 1 }])
      yield* b.append([{ payload: "b", seqNr: 1 }])
      yield* a.append([{ payload: "c", seqNr: 2 }])
      expect(yield* next(2)).toEqual([
        [1, "a"],
        [2, "c"]
      ])
    })
  )

  it.live("a read that cannot succeed any more fails it", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      let broken = false
      const gone = new CommitLogError({ operation: "read", reason: "UnknownTopic", message: "It is gone." })
      const read: typeof world.log.read = (request) => (broken ? Effect.fail(gone) : world.log.read(request))
      const journal = openJournal({ ...world, log: { ...world.log, read } }, "orders")
      yield* journal.append([{ payload: "a" }])
      const next = yield* following(journal)
      yield* next(1)
      broken = true
      expect(yield* next(1)).toEqual(["Refused"])
    })
  )

  it.live("it can be left at any time", () =>
    Effect.gen(function* () {
      const journal = openJournal(memoryWorld(), "orders")
      const fiber = yield* Effect.forkChild(Stream.runDrain(journal.follow()), { startImmediately: true })
      yield* journal.append([{ payload: "a" }])
      yield* Fiber.interrupt(fiber)
      expect(yield* journal.pointer).toBe(1)
    })
  )
})
