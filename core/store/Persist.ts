import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { JournalStoreError } from "../ports/index.ts"
import type { RequestFailure } from "./RequestFailure.ts"

const firstDelayMs = 25
const longestDelay = Duration.millis(2000)

/** Whether the same request may succeed later. */
export const mayPass = ({ kind }: Pick<RequestFailure<string>, "kind">): boolean => kind === "Retry" || kind === "Lost"

/** Whether somebody is there, with whom the same request may succeed in a moment. */
export const isBusy = ({ kind }: Pick<RequestFailure<string>, "kind">): boolean => kind === "Retry"

/**
 * Repeats a request for as long as that may help, and then fails as it did last.
 *
 * **Details**
 *
 * The delay between two attempts doubles from 25 ms to 2 s, with jitter of a fifth. No attempt is begun once `patienceMs`
 * are over, but the last may go on beyond that for its own time.
 *
 * **Gotchas**
 *
 * What became of an attempt that failed need not be known: give only requests that may be done twice, or that find their
 * own work done.
 */
export const persist = <A, Own extends string>(
  request: Effect.Effect<A, RequestFailure<Own>>,
  patienceMs: number,
  isRepeated: (failure: RequestFailure<Own>) => boolean = mayPass
): Effect.Effect<A, RequestFailure<Own>> => {
  const delays = Schedule.modifyDelay(Schedule.exponential(firstDelayMs), ({ duration }) =>
    Effect.succeed(Duration.min(duration, longestDelay))
  )
  const schedule = Schedule.upTo(Schedule.jittered(delays), { duration: patienceMs })
  return Effect.retry(request, { while: isRepeated, schedule })
}

/** The failure as a caller of the store gets it. */
export const toStoreError = <A, Own extends string, R>(
  request: Effect.Effect<A, RequestFailure<Own>, R>
): Effect.Effect<A, JournalStoreError, R> => Effect.mapError(request, ({ error }) => error)
