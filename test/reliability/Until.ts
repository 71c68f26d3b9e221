import * as Effect from "effect/Effect"

const pollMs = 20

/** Waits until a condition holds, and fails with what was waited for when that takes more than `seconds` (60). */
export const until = <E, R>(
  what: string,
  condition: Effect.Effect<boolean, E, R>,
  seconds = 60
): Effect.Effect<void, E | Error, R> =>
  Effect.suspend(() => {
    const end = performance.now() + seconds * 1000
    const look: Effect.Effect<void, E | Error, R> = Effect.flatMap(condition, (holds) => {
      if (holds) return Effect.void
      if (performance.now() > end) return Effect.fail(new Error(`It did not come about in ${seconds} s that ${what}.`))
      return Effect.andThen(Effect.sleep(pollMs), look)
    })
    return look
  })
