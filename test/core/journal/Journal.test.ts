import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Stream from "effect/Stream"
import { HeadCache } from "../../../core/journal/index.ts"
import { CommitLogError, JournalStoreError } from "../../../core/ports/index.ts"
import type { CommitLog } from "../../../core/ports/index.ts"
import { journalPromises } from "./JournalPromises.ts"
import { logEnd, memoryWorld, openJournal, read, seqNrs, sync } from "./JournalWorld.ts"

journalPromises(
  "over memory",
  Effect.sync(() => memoryWorld())
)

journalPromises(
  "over memory, with a head cache",
  Effect.suspend(() => {
    const world = memoryWorld()
    return Effect.map(HeadCache.make(world), (heads) => ({ ...world, heads }))
  })
)

/** A log whose next append after `arm` ends with `Unknown`, with its record written or not. */
const forgetful = (log: CommitLog) => {
  let next: "written" | "not written" | undefined
  const lost = new CommitLogError({ operation: "append", reason: "Unknown", message: "The answer is lost." })
  return {
    arm: (how: "written" | "not written") => {
      next = how
    },
    log: {
      ...log,
      append: (request: Parameters<CommitLog["append"]>[0]) =>
        Effect.suspend(() => {
          const how = next
          next = undefined
          if (how === undefined) return log.append(request)
          return how === "written" ? Effect.andThen(log.append(request), Effect.fail(lost)) : Effect.fail(lost)
        })
    }
  }
}

describe("a handle whose append has an unknown outcome", () => {
  for (const [how, next] of [
    ["written", 3],
    ["not written", 2]
  ] as const) {
    it.live(`recovers the last number before the next one: the record was ${how}`, () =>
      Effect.gen(function* () {
        const world = memoryWorld()
        const { arm, log } = forgetful(world.log)
        const journal = openJournal({ ...world, log: { ...world.log, ...log } }, "orders")
        yield* journal.append([{ payload: 1 }])
        arm(how)
        expect((yield* Effect.flip(journal.append([{ payload: "?" }]))).reason).toBe("Unknown")
        expect(yield* journal.append([{ payload: 2 }])).toMatchObject({ from: next })
        expect((yield* read(journal)).at(-1)).toMatchObject({ seqNr: next, payload: 2 })
      })
    )
  }
})

describe("two writers of one journal", () => {
  const contend = Effect.gen(function* () {
    const world = memoryWorld()
    const [a, b] = [openJournal(world, "orders"), openJournal(world, "orders")]
    yield* a.append([{ payload: "a1" }])
    yield* b.append([{ payload: "b2" }])
    yield* a.append([{ payload: "a2" }, { payload: "a3" }])
    return { world, journal: openJournal(world, "orders") }
  })

  it.live("the first in the log wins the number, before and after replication", () =>
    Effect.gen(function* () {
      const { journal, world } = yield* contend
      const payloads = Effect.map(read(journal), (events) => events.map(({ payload }) => payload))
      expect(yield* payloads).toEqual(["a1", "b2", "a3"])
      yield* sync(world, "orders")
      expect(yield* payloads).toEqual(["a1", "b2", "a3"])
    })
  )

  it.live("a reader logs the event that lost its number", () =>
    Effect.gen(function* () {
      const { journal } = yield* contend
      const lines: Array<string> = []
      const logger = Logger.make<unknown, void>(({ message }) => {
        lines.push(String(message))
      })
      yield* Effect.provide(seqNrs(journal), Logger.layer([logger]))
      expect(lines).toEqual([expect.stringContaining('Event 2 of journal "order-1" in orders-0 at offset')])
    })
  )
})

describe("a read", () => {
  it.live("that is interrupted interrupts what is under way in the store", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      yield* openJournal(world, "orders").append([{ payload: 1 }])
      yield* sync(world, "orders")
      const started = yield* Deferred.make<void>()
      const interrupted = yield* Deferred.make<void>()
      const store = {
        ...world.store,
        events: () =>
          Effect.onInterrupt(Effect.andThen(Deferred.succeed(started, undefined), Effect.never), () =>
            Deferred.succeed(interrupted, undefined)
          )
      }
      const fiber = yield* Effect.forkChild(read(openJournal({ ...world, store }, "orders")))
      yield* Deferred.await(started)
      yield* Fiber.interrupt(fiber)
      yield* Deferred.await(interrupted)
      expect(yield* Deferred.isDone(interrupted)).toBe(true)
    })
  )

  it.live("fails with Changed, and not with a hole, when a delete overtakes it between two pages", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      const journal = openJournal(world, "orders")
      const [first, ...rest] = Array.from({ length: 1500 }, (_, payload) => ({ payload }))
      if (first === undefined) return
      yield* journal.append([first, ...rest])
      yield* sync(world, "orders")
      let seen = 0
      const slow = Stream.tap(journal.read(), () =>
        ++seen === 1 ? Effect.andThen(journal.delete(1200), sync(world, "orders")) : Effect.void
      )
      const error = yield* Effect.flip(Stream.runDrain(slow))
      expect(error).toMatchObject({ reason: "Changed", topic: "orders", id: "order-1", partition: 0 })
      expect(seen).toBe(1000)
      expect(yield* seqNrs(journal)).toHaveLength(300)
    })
  )

  it.live("keeps the page that comes after its taker has given up for the one who takes next", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      const journal = openJournal(world, "orders")
      yield* journal.append([{ payload: 1 }, { payload: 2 }])
      yield* sync(world, "orders")
      yield* journal.append([{ payload: 3 }])
      const [asked, released, given] = [
        yield* Deferred.make<void>(),
        yield* Deferred.make<void>(),
        yield* Deferred.make<void>()
      ]
      const store: typeof world.store = {
        ...world.store,
        events: (request) =>
          Deferred.succeed(asked, undefined).pipe(
            Effect.andThen(Deferred.await(released)),
            Effect.andThen(world.store.events(request)),
            Effect.ensuring(Deferred.succeed(given, undefined))
          )
      }
      const pull = yield* Stream.toPull(openJournal({ ...world, store }, "orders").read())
      const taker = yield* Effect.forkChild(pull, { startImmediately: true })
      yield* Deferred.await(asked)
      yield* Fiber.interrupt(taker)
      yield* Deferred.succeed(released, undefined)
      yield* Deferred.await(given)
      for (let turns = 0; turns < 10; turns++) yield* Effect.yieldNow
      const pages = yield* Stream.runCollect(Stream.fromPull(Effect.succeed(pull)))
      expect(pages.map(({ seqNr }) => seqNr)).toEqual([1, 2, 3])
    })
  )

  it.live("begins again when a purge overtakes it before the first page", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      const journal = openJournal(world, "orders")
      yield* journal.append([{ payload: "old" }])
      yield* sync(world, "orders")
      let overtaken = false
      const store: typeof world.store = {
        ...world.store,
        events: (request) =>
          Effect.suspend(() => {
            if (overtaken) return world.store.events(request)
            overtaken = true
            return journal.purge.pipe(
              Effect.andThen(journal.append([{ payload: "new" }])),
              Effect.andThen(sync(world, "orders")),
              Effect.orDie,
              Effect.andThen(world.store.events(request))
            )
          })
      }
      const events = yield* read(openJournal({ ...world, store }, "orders"))
      expect(events.map(({ payload }) => payload)).toEqual(["new"])
    })
  )

  it.live(
    "gives out what comes before an event whose metadata in the store is no JSON, and tells which one it is",
    () =>
      Effect.gen(function* () {
        const world = memoryWorld()
        const journal = openJournal(world, "orders")
        yield* journal.append([{ payload: 1 }])
        const { offset } = yield* journal.append([{ payload: 2 }], { metadata: { by: "a" } })
        yield* sync(world, "orders")
        const store: typeof world.store = {
          ...world.store,
          events: (request) =>
            Effect.map(world.store.events(request), (events) =>
              events.map((event) =>
                event.seqNr === 1 ? event : { ...event, metadata: { ...event.metadata, header: "{" } }
              )
            )
        }
        const seen: Array<number> = []
        const error = yield* openJournal({ ...world, store }, "orders")
          .read()
          .pipe(
            Stream.runForEach(({ seqNr }) => Effect.sync(() => seen.push(seqNr))),
            Effect.flip
          )
        expect(error).toMatchObject({ reason: "Corrupt", topic: "orders", id: "order-1", partition: 0, offset })
        expect(error.message).toMatch(/^The metadata of event 2 of journal "order-1" is no JSON/)
        expect(seen).toEqual([1])
      })
  )

  it.live("tells a store that is down, and writes nothing but its mark", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      const down = new JournalStoreError({ reason: "Unreachable", operation: "head", message: "The store is down." })
      const journal = openJournal({ ...world, store: { ...world.store, head: () => Effect.fail(down) } }, "orders")
      const error = yield* Effect.flip(read(journal))
      expect(error).toMatchObject({ reason: "Unavailable", topic: "orders", id: "order-1", partition: 0 })
      expect(error.cause).toBe(down)
      expect(yield* logEnd(world.log, "orders")).toBe(1)
    })
  )
})
