import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Semaphore from "effect/Semaphore"

/**
 * Does something when there is a place for it; `late` happens where its time is over before there is one.
 *
 * **Details**
 *
 * `run` is told how much time is left. What has begun bounds itself.
 */
export const inTurn = <A, E>(
  places: Semaphore.Semaphore,
  clock: Clock.Clock,
  timeoutMs: number,
  run: (leftMs: number) => Effect.Effect<A, E>,
  late: Effect.Effect<never, E>
): Effect.Effect<A, E> =>
  Effect.flatMap(Semaphore.withPermitsIfAvailable(places, 1)(Effect.suspend(() => run(timeoutMs))), (ended) =>
    Option.isSome(ended) ? Effect.succeed(ended.value) : waitForTurn(places, clock, timeoutMs, run, late)
  )

const waitForTurn = <A, E>(
  places: Semaphore.Semaphore,
  clock: Clock.Clock,
  timeoutMs: number,
  run: (leftMs: number) => Effect.Effect<A, E>,
  late: Effect.Effect<never, E>
): Effect.Effect<A, E> =>
  Effect.suspend(() => {
    const deadline = clock.currentTimeMillisUnsafe() + timeoutMs
    let hasBegun = false
    const turn = Effect.suspend(() => {
      hasBegun = true
      return run(deadline - clock.currentTimeMillisUnsafe())
    })
    const over = Effect.suspend(() => (hasBegun ? Effect.never : late))
    return Effect.raceFirst(Semaphore.withPermit(places, turn), Effect.andThen(Effect.sleep(timeoutMs), over))
  })
