import * as fc from "fast-check"
import { isFailure } from "effect/Result"
import { describe, expect, it } from "vitest"
import { expireAfterMillis, parseExpireAfter } from "../../../../core/journal/model/ExpireAfter.ts"
import { oddText } from "../OddText.ts"

const reasonOf = (text: string): string => {
  const result = parseExpireAfter(text)
  return isFailure(result) ? result.failure.reason : "accepted"
}

const textOf = (text: string): string => {
  const result = parseExpireAfter(text)
  return isFailure(result) ? result.failure.reason : result.success.text
}

const nanosOf = (text: string): bigint | undefined => {
  const result = parseExpireAfter(text)
  return isFailure(result) ? undefined : result.success.nanos
}

const spellings = {
  day: ["d", "day", "days"],
  hour: ["h", "hr", "hrs", "hour", "hours"],
  minute: ["m", "min", "mins", "minute", "minutes"],
  second: ["s", "sec", "secs", "second", "seconds"],
  millisecond: ["ms", "milli", "millis", "millisecond", "milliseconds"],
  microsecond: ["µs", "micro", "micros", "microsecond", "microseconds"],
  nanosecond: ["ns", "nano", "nanos", "nanosecond", "nanoseconds"]
}

describe("parseExpireAfter", () => {
  it.each(Object.entries(spellings))("6. reads every spelling of %s", (unit, words) => {
    expect(words.map((word) => textOf(`3 ${word}`))).toEqual(words.map(() => `3 ${unit}s`))
  })

  it.each([
    ["1day", "1 day"],
    [" + 1 d ay ", "1 day"],
    ["-1 day", "-1 days"],
    ["0 seconds", "0 seconds"],
    ["24 hours", "24 hours"],
    ["1.5 days", "36 hours"],
    ["24.0 hours", "1 day"],
    ["1e3 ms", "1 second"],
    ["5. h", "5 hours"],
    [".5 h", "30 minutes"],
    ["0.4 ns", "0 days"],
    ["0.5 ns", "1 nanosecond"],
    ["-0.5 ns", "0 days"],
    ["-1.5 ns", "-1 nanoseconds"],
    ["1e-999999999 s", "0 days"],
    ["106751 days", "106751 days"],
    ["9223372036854775807 ns", "9223372036854775807 nanoseconds"]
  ])("6. reads %j as %s", (text, canonical) => {
    expect(textOf(text)).toBe(canonical)
  })

  it.each([
    ["1 us", "UnknownUnit"],
    ["1 Day", "UnknownUnit"],
    ["1 week", "UnknownUnit"],
    ["1 month", "UnknownUnit"],
    ["P1D", "UnknownUnit"],
    ["Inf", "UnknownUnit"],
    ["1", "UnknownUnit"],
    ["", "UnknownUnit"],
    ["1 ds", "UnknownUnit"],
    ["day", "InvalidNumber"],
    [". day", "InvalidNumber"],
    ["1_000 ms", "InvalidNumber"],
    ["1,5 days", "InvalidNumber"],
    ["+-1 day", "InvalidNumber"],
    ["1\u00a0day", "InvalidNumber"],
    [`${"9".repeat(200)} days`, "InvalidNumber"],
    ["106752 days", "TooLarge"],
    ["9223372036854775808 ns", "TooLarge"],
    ["-9223372036854775808 ns", "TooLarge"],
    ["1e999999999 ns", "TooLarge"]
  ])("6. refuses %j: %s", (text, reason) => {
    expect(reasonOf(text)).toBe(reason)
  })

  it("3. takes the same length in other words for the same", () => {
    expect(nanosOf("24 hours")).toBe(nanosOf("1 day"))
    expect(nanosOf("1 nanosecond")).toBe(1n)
  })

  it("6. reads its own canonical spelling unchanged", () => {
    const units = fc.constantFrom(...Object.keys(spellings))
    fc.assert(
      fc.property(fc.bigInt({ min: -100_000n, max: 100_000n }), units, (length, unit) => {
        const text = textOf(`${length} ${unit}`)
        expect(textOf(text)).toBe(text)
      })
    )
  })

  it("answers any text without throwing", () => {
    fc.assert(
      fc.property(oddText(), (text) => typeof reasonOf(text) === "string"),
      { numRuns: 300 }
    )
  })
})

describe("expireAfterMillis", () => {
  it("6. stays in milliseconds", () => {
    expect(expireAfterMillis(1000n)).toMatchObject({ success: { text: "1000 milliseconds", nanos: 1_000_000_000n } })
  })

  it("refuses what is beyond 2^63 - 1 nanoseconds", () => {
    expect(isFailure(expireAfterMillis(9_223_372_036_854n))).toBe(false)
    expect(expireAfterMillis(9_223_372_036_855n)).toMatchObject({ failure: { reason: "TooLarge" } })
  })
})
