import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { failureOf, isBusy, later, lost, mayPass, persist, refused, toStoreError } from "../../../core/store/index.ts"
import type { Diagnosis, RequestFailure } from "../../../core/store/index.ts"

const own: Diagnosis<"Taken"> = { kind: "Taken", reason: "Failed", message: "It is there already." }

/** A request that is told `failures` one after the other, the last for ever, and the times at which it was sent. */
const requestOf = (...failures: ReadonlyArray<Diagnosis<"Taken"> | undefined>) => {
  const sent: Array<number> = []
  const request: Effect.Effect<number, RequestFailure<"Taken">> = Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const failure = failures[Math.min(sent.length, failures.length - 1)]
    sent.push(now)
    return failure === undefined ? Effect.succeed(sent.length) : Effect.fail(failureOf("head", failure))
  })
  return { request, sent }
}

const patienceMs = 15_000

/** Does it for a minute of the test's clock. */
const ended = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(Effect.exit(effect), { startImmediately: true })
    yield* TestClock.adjust(60_000)
    return yield* Fiber.join(fiber)
  })

describe("a request that is repeated", () => {
  it.effect("goes on as long as it is lost or in the way of others, until it succeeds", () =>
    Effect.gen(function* () {
      const { request, sent } = requestOf(lost("It is gone."), later("It is busy."), undefined)
      expect(yield* ended(persist(request, patienceMs))).toEqual(Exit.succeed(3))
      expect(sent).toHaveLength(3)
    })
  )

  it.effect("waits twice as long each time, from 25 ms to 2 s, give or take a fifth", () =>
    Effect.gen(function* () {
      const { request, sent } = requestOf(lost("It is gone."))
      yield* ended(persist(request, patienceMs))
      const [first = 0, ...later] = sent
      expect(first).toBe(0)
      for (const [at, time] of later.entries()) {
        const waited = time - (sent[at] ?? 0)
        const meant = Math.min(25 * 2 ** at, 2000)
        expect(waited).toBeGreaterThanOrEqual(Math.floor(0.8 * meant))
        expect(waited).toBeLessThanOrEqual(Math.ceil(1.2 * meant))
      }
    })
  )

  it.effect("is begun no more when the patience is over, and fails as it did last", () =>
    Effect.gen(function* () {
      const { request, sent } = requestOf(later("It is busy."), lost("It is gone."))
      const exit = yield* ended(Effect.flip(persist(request, patienceMs)))
      expect(exit).toMatchObject(Exit.succeed({ kind: "Lost", error: { message: "It is gone." } }))
      expect(sent.length).toBeGreaterThan(10)
      expect(sent.at(-1)).toBeLessThanOrEqual(patienceMs + 2400)
    })
  )

  it.effect("is not begun again when it is refused, or failed in a way of the database's own", () =>
    Effect.gen(function* () {
      for (const diagnosis of [refused("Failed", "It will not do."), own]) {
        const { request, sent } = requestOf(diagnosis)
        const exit = yield* ended(Effect.flip(persist(request, patienceMs)))
        expect(exit).toMatchObject(Exit.succeed({ kind: diagnosis.kind }))
        expect(sent).toHaveLength(1)
      }
    })
  )

  it.effect("is repeated for other reasons where one asks for others", () =>
    Effect.gen(function* () {
      const away = requestOf(lost("It is gone."))
      yield* ended(Effect.flip(persist(away.request, patienceMs, isBusy)))
      expect(away.sent).toHaveLength(1)
      const taken = requestOf(own, own, undefined)
      const again = persist(taken.request, patienceMs, (failure) => failure.kind === "Taken" || mayPass(failure))
      expect(yield* ended(again)).toEqual(Exit.succeed(3))
    })
  )

  it.effect("fails for a caller of the store with the store's error", () =>
    Effect.gen(function* () {
      const { request } = requestOf(own)
      expect(yield* Effect.flip(toStoreError(request))).toMatchObject({
        _tag: "JournalStoreError",
        reason: "Failed",
        operation: "head",
        message: "It is there already."
      })
    })
  )
})
