import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { follow } from "../../../core/log/index.ts"
import type { FollowOptions, Follower } from "../../../core/log/index.ts"

type Page = Follower.FollowedPage

const page = (offset: number): Page => ({
  records: [{ offset, timestamp: 0, key: null, value: null, headers: [] }],
  nextOffset: offset + 1
})

const options = (read: FollowOptions<Page, string>["read"]): FollowOptions<Page, string> => ({
  read,
  isRetriable: (error) => error === "again",
  deadlineMs: 100,
  from: 0,
  end: 3,
  ahead: 1,
  backoffMs: 10,
  maxBackoffMs: 40
})

/** Lets everything come to wait for time, and then lets time pass. */
const pass = (millis: number) =>
  Effect.andThen(
    Effect.forEach(Array.from({ length: 20 }), () => TestClock.adjust(0)),
    TestClock.adjust(millis)
  )

const offsets = (stream: Stream.Stream<Page, string>) =>
  Effect.map(Stream.runCollect(stream), (pages) => pages.flatMap(({ records }) => records.map(({ offset }) => offset)))

describe("following a log", () => {
  it.effect("streams its pages and ends at the end", () =>
    Effect.gen(function* () {
      expect(yield* offsets(follow(options((offset) => Effect.succeed(page(offset)))))).toEqual([0, 1, 2])
    })
  )

  it.effect("tries again, with a back-off, where a read fails that may succeed", () =>
    Effect.gen(function* () {
      let reads = 0
      const read = (offset: number) =>
        Effect.suspend(() => (++reads < 3 ? Effect.fail("again") : Effect.succeed(page(offset))))
      const fiber = yield* Effect.forkChild(offsets(follow(options(read))))
      yield* pass(29)
      expect(reads).toBe(2)
      yield* pass(1)
      expect(yield* Fiber.join(fiber)).toEqual([0, 1, 2])
    })
  )

  it.effect("fails with the error of a read that cannot succeed", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(offsets(follow(options(() => Effect.fail("gone")))))
      expect(exit).toEqual(Exit.fail("gone"))
    })
  )

  it.effect("reads nothing more after an error of a read that cannot succeed", () =>
    Effect.gen(function* () {
      let reads = 0
      const read = () => Effect.suspend(() => Effect.fail(`gone ${++reads}`))
      const seen = yield* Deferred.make<string>()
      const stream = follow(options(read)).pipe(
        Stream.catch((error) => Stream.fromEffect(Effect.andThen(Deferred.succeed(seen, error), Effect.never)))
      )
      yield* Effect.forkChild(Stream.runDrain(stream))
      expect(yield* Deferred.await(seen)).toBe("gone 1")
      yield* pass(10_000)
      expect(reads).toBe(1)
    })
  )

  it.effect("gives the pages that it had read before the error of a later read", () =>
    Effect.gen(function* () {
      const read = (offset: number) => (offset < 2 ? Effect.succeed(page(offset)) : Effect.fail("gone"))
      const got: Array<number> = []
      const slowly = Stream.tap(follow(options(read)), ({ nextOffset }) =>
        Effect.andThen(
          Effect.sleep(50),
          Effect.sync(() => got.push(nextOffset - 1))
        )
      )
      const fiber = yield* Effect.forkChild(Effect.exit(Stream.runDrain(slowly)))
      yield* pass(1000)
      expect(yield* Fiber.join(fiber)).toEqual(Exit.fail("gone"))
      expect(got).toEqual([0, 1])
    })
  )

  it.effect("gives every page that is buffered before the error of a later read, however far it reads ahead", () =>
    Effect.gen(function* () {
      const read = (offset: number) => (offset < 2 ? Effect.succeed(page(offset)) : Effect.fail("gone"))
      const taken: Array<number> = []
      const slowly = Stream.mapEffect(follow({ ...options(read), ahead: 3 }), ({ nextOffset }) =>
        Effect.as(Effect.sleep(10), taken.push(nextOffset))
      )
      const fiber = yield* Effect.forkChild(Effect.exit(Stream.runDrain(slowly)))
      yield* pass(10)
      yield* pass(10)
      expect(yield* Fiber.join(fiber)).toEqual(Exit.fail("gone"))
      expect(taken).toEqual([1, 2])
    })
  )

  it.effect("tries again a read that has not ended after its deadline", () =>
    Effect.gen(function* () {
      let reads = 0
      const read = (offset: number) =>
        Effect.suspend(() => (++reads === 1 ? Effect.never : Effect.succeed(page(offset))))
      const fiber = yield* Effect.forkChild(offsets(follow(options(read))))
      yield* pass(100)
      expect(reads).toBe(1)
      yield* pass(10)
      expect(yield* Fiber.join(fiber)).toEqual([0, 1, 2])
    })
  )

  it.effect("interrupts the read under way when the stream is left", () =>
    Effect.gen(function* () {
      const started = yield* Deferred.make<void>()
      const interrupted = yield* Deferred.make<number>()
      const read = (offset: number) =>
        offset === 0
          ? Effect.succeed(page(offset))
          : Effect.onInterrupt(Effect.andThen(Deferred.succeed(started, undefined), Effect.never), () =>
              Deferred.succeed(interrupted, offset)
            )
      const first = Stream.take(
        Stream.tap(follow(options(read)), () => Deferred.await(started)),
        1
      )
      expect(yield* offsets(first)).toEqual([0])
      expect(yield* Deferred.await(interrupted)).toBe(1)
    })
  )

  it.effect("reads no further ahead than it may while nobody takes", () =>
    Effect.gen(function* () {
      const reads: Array<number> = []
      const read = (offset: number) => Effect.sync(() => (reads.push(offset), page(offset)))
      const stuck = Stream.tap(follow({ ...options(read), end: 100, ahead: 2 }), () => Effect.never)
      yield* Effect.forkChild(Stream.runDrain(stuck))
      yield* pass(1000)
      expect(reads).toEqual([0, 1, 2])
    })
  )

  it.effect("fails with a defect in a read", () =>
    Effect.gen(function* () {
      const defect = new Error("a defect")
      expect(yield* Effect.exit(offsets(follow(options(() => Effect.die(defect)))))).toEqual(Exit.die(defect))
    })
  )
})
