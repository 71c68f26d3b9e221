import fc from "fast-check"
import { isFailure } from "effect/Result"
import type { Result } from "effect/Result"

/** So many values of an arbitrary, the same ones everywhere. */
export const samples = <A>(arbitrary: fc.Arbitrary<A>, numRuns: number): ReadonlyArray<A> =>
  fc.sample(arbitrary, { seed: 2026, numRuns })

/** What came of something that may fail, as data. */
export const outcomeOf = (result: Result<unknown, unknown>): unknown =>
  isFailure(result) ? { failure: result.failure } : { success: result.success }

/** Bytes with one of them changed, and cut at another. */
export const damaged = (bytes: Uint8Array, at: number): ReadonlyArray<Uint8Array> => {
  const changed = bytes.slice()
  const place = at % bytes.length
  changed[place] = changed[place]! ^ (1 + (at % 255))
  return [changed, bytes.subarray(0, place)]
}
