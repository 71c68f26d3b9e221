import { TaggedError } from "effect/Data"
import { fail, isSuccess, succeed } from "effect/Result"
import type { Result } from "effect/Result"

/**
 * How long after its last append a journal expires.
 *
 * **Details**
 *
 * `text` is the canonical spelling: a whole number and the unit it was written in, singular for exactly 1 (`24 hours`,
 * `1 day`, `-1 days`). `nanos` is the exact length in nanoseconds, within ±(2^63 - 1): two durations are the same length
 * where it is the same, however they are spelled. Zero and negative lengths are allowed.
 */
export interface ExpireAfter {
  readonly text: string
  readonly nanos: bigint
}

/**
 * Why a text is not a duration.
 *
 * - `InvalidNumber`: there is no decimal number before the unit
 * - `UnknownUnit`: the unit is missing or not one of those listed at `parseExpireAfter`
 * - `TooLarge`: the length is beyond ±(2^63 - 1) nanoseconds, some 292 years
 */
export type ExpireAfterReason = "InvalidNumber" | "UnknownUnit" | "TooLarge"

const durationForm = "write a number and a unit from days to nanoseconds, such as `30 days`"

/** A text that is not a duration. */
export class ExpireAfterError extends TaggedError("ExpireAfterError")<{
  readonly reason: ExpireAfterReason
  readonly text: string
  readonly message: string
}> {
  constructor(reason: ExpireAfterReason, text: string) {
    const shown = text.length <= 40 ? text : `${text.slice(0, 40)}…`
    super({ reason, text: shown, message: `"${shown}" is not a duration (${reason}): ${durationForm}.` })
  }
}

interface Unit {
  readonly name: string
  readonly nanos: bigint
}

/** Longest first; the spellings of each are listed at `parseExpireAfter`. */
const units: ReadonlyArray<Unit & { readonly short: string; readonly words: ReadonlyArray<string> }> = [
  { name: "day", nanos: 86_400_000_000_000n, short: "d", words: ["day"] },
  { name: "hour", nanos: 3_600_000_000_000n, short: "h", words: ["hr", "hour"] },
  { name: "minute", nanos: 60_000_000_000n, short: "m", words: ["min", "minute"] },
  { name: "second", nanos: 1_000_000_000n, short: "s", words: ["sec", "second"] },
  { name: "millisecond", nanos: 1_000_000n, short: "ms", words: ["milli", "millisecond"] },
  { name: "microsecond", nanos: 1_000n, short: "µs", words: ["micro", "microsecond"] },
  { name: "nanosecond", nanos: 1n, short: "ns", words: ["nano", "nanosecond"] }
]

const unitBySpelling: ReadonlyMap<string, Unit> = new Map(
  units.flatMap((unit) =>
    [unit.short, ...unit.words.flatMap((word) => [word, `${word}s`])].map((spelling): [string, Unit] => [
      spelling,
      unit
    ])
  )
)

const millisecond: Unit = { name: "millisecond", nanos: 1_000_000n }
const maxNanos = 2n ** 63n - 1n

/** What Java calls white space, which leaves out the no-break spaces. */
const space = /[\t-\r\x1c-\x20\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000]+/g
const split = /^(.*?)(\p{L}*)$/su
const decimal = /^([+-]?)(?=\.?[0-9])([0-9]*)\.?([0-9]*)(?:[eE]([+-]?[0-9]+))?$/

/** Beyond this, a text is refused before arithmetic is done with it. */
const longestText = 128

/** More digits than ±(2^63 - 1) nanoseconds have, in any unit. */
const manyDigits = 40

const isTooLarge = (nanos: bigint): boolean => nanos > maxNanos || nanos < -maxNanos

const ofLength = (length: bigint, unit: Unit): ExpireAfter => ({
  text: `${length} ${unit.name}${length === 1n ? "" : "s"}`,
  nanos: length * unit.nanos
})

/** The duration in the longest unit in which it is a whole number. */
const inLongestUnit = (nanos: bigint): ExpireAfter => {
  const unit = units.find((candidate) => nanos % candidate.nanos === 0n) ?? millisecond
  return ofLength(nanos / unit.nanos, unit)
}

/** `digits`·10^`exponent` units in nanoseconds, rounded to the nearest, upwards from the middle. */
const scaled = (digits: bigint, exponent: number, unit: Unit): bigint | undefined => {
  if (digits === 0n || exponent < -longestText - manyDigits) return 0n
  if (exponent > manyDigits) return undefined
  if (exponent >= 0) return digits * 10n ** BigInt(exponent) * unit.nanos
  const divisor = 10n ** BigInt(-exponent)
  const doubled = 2n * digits * unit.nanos + divisor
  const quotient = doubled / (2n * divisor)
  return doubled < 0n && quotient * 2n * divisor !== doubled ? quotient - 1n : quotient
}

/**
 * Reads a duration as kafka-journal does.
 *
 * **Details**
 *
 * A decimal number and a unit, with any white space: `d day days`, `h hr hrs hour hours`, `m min mins minute minutes`,
 * `s sec secs second seconds`, `ms milli millis millisecond milliseconds`, `µs micro micros microsecond microseconds`,
 * `ns nano nanos nanosecond nanoseconds`. A number written as an integer keeps its unit; one with a fraction or an
 * exponent is put in the longest unit in which it is whole (`1.5 days` is `36 hours`).
 *
 * **Gotchas**
 *
 * Units in capitals, `us`, weeks, months, ISO-8601 and infinite durations are refused.
 */
export const parseExpireAfter = (text: string): Result<ExpireAfter, ExpireAfterError> => {
  const compact = text.replace(space, "")
  if (compact.length > longestText) return fail(new ExpireAfterError("InvalidNumber", text))
  const [, number = "", spelling = ""] = split.exec(compact) ?? []
  const unit = unitBySpelling.get(spelling)
  if (unit === undefined) return fail(new ExpireAfterError("UnknownUnit", text))
  const parts = decimal.exec(number)
  if (parts === null) return fail(new ExpireAfterError("InvalidNumber", text))
  const [, sign, whole = "", fraction = "", exponent] = parts
  const magnitude = BigInt(whole + fraction)
  const digits = sign === "-" ? -magnitude : magnitude
  const nanos = scaled(digits, Number(exponent ?? 0) - fraction.length, unit)
  if (nanos === undefined || isTooLarge(nanos)) return fail(new ExpireAfterError("TooLarge", text))
  return succeed(/^[+-]?[0-9]+$/.test(number) ? ofLength(digits, unit) : inLongestUnit(nanos))
}

/** Why a journal cannot expire after this: a phrase that completes "the expireAfter …". */
export const wrongExpireAfter = (text: string): string | undefined => {
  const parsed = parseExpireAfter(text)
  if (isSuccess(parsed)) return undefined
  const { reason, text: shown } = parsed.failure
  const is = `is ${JSON.stringify(shown)}, which is`
  return reason === "TooLarge"
    ? `${is} longer than 292 years: leave it out, and the journal does not expire`
    : `${is} no duration: ${durationForm}`
}

/** The duration of a whole number of milliseconds, which stays in milliseconds. */
export const expireAfterMillis = (millis: bigint): Result<ExpireAfter, ExpireAfterError> =>
  isTooLarge(millis * millisecond.nanos)
    ? fail(new ExpireAfterError("TooLarge", `${millis} ms`))
    : succeed(ofLength(millis, millisecond))
