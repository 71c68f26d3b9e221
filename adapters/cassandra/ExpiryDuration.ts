import { getOrThrow, getOrUndefined, map } from "effect/Result"
import { parseExpireAfter } from "../../core/journal/index.ts"

/** A duration as Cassandra keeps it: three counts that are not of one length, all of one sign. */
export interface DurationParts {
  readonly months: number
  readonly days: number
  readonly nanos: bigint
}

const nanosOfDay = 86_400_000_000_000n

/** A month that another writer has stored: kafka-journal counts in days and nanoseconds only. */
const daysOfMonth = 30n

/** Days and nanoseconds of a duration such as `30 days`; `undefined` where the text is none. */
export const durationOf = (expireAfter: string): DurationParts | undefined =>
  getOrUndefined(
    map(parseExpireAfter(expireAfter), ({ nanos }) => ({
      months: 0,
      days: Number(nanos / nanosOfDay),
      nanos: nanos % nanosOfDay
    }))
  )

/** The text of a duration, in the longest unit in which it is whole. Throws where it is longer than 292 years. */
export const expireAfterOf = ({ days, months, nanos }: DurationParts): string => {
  const all = (BigInt(months) * daysOfMonth + BigInt(days)) * nanosOfDay + nanos
  // A number with a fraction is put in the longest unit.
  return getOrThrow(parseExpireAfter(`${all}.0 ns`)).text
}
