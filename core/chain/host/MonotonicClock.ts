import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/**
 * A clock that goes on from the time of the day and never goes back, in milliseconds since the epoch.
 *
 * **Details**
 *
 * Machines whose deadlines must not move when somebody sets the time are driven with it.
 */
export const monotonicClock: Effect.Effect<Clock.Clock> = Effect.map(Clock.Clock, (clock) => {
  const offset = BigInt(clock.currentTimeMillisUnsafe()) * 1_000_000n - clock.monotonicTimeNanosUnsafe()
  const nanos = (): bigint => offset + clock.monotonicTimeNanosUnsafe()
  const millis = (): number => Number(nanos() / 1_000_000n)
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: clock.monotonicTimeNanos,
    sleep: (duration) => clock.sleep(duration)
  }
})
