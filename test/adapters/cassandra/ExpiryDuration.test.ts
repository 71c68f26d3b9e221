import * as fc from "fast-check"
import { getOrThrow } from "effect/Result"
import { describe, expect, it } from "vitest"
import { durationOf, expireAfterOf } from "../../../adapters/cassandra/ExpiryDuration.ts"
import { parseExpireAfter } from "../../../core/journal/index.ts"

const nanosOf = (text: string): bigint => getOrThrow(parseExpireAfter(text)).nanos

describe("136. an expiry as days and nanoseconds", () => {
  it.each([
    ["30 days", 30, 0n],
    ["24 hours", 1, 0n],
    ["36 hours", 1, 43_200_000_000_000n],
    ["1500 milliseconds", 0, 1_500_000_000n],
    ["34560000000000001 nanoseconds", 400, 1n],
    ["-1 days", -1, 0n],
    ["-36 hours", -1, -43_200_000_000_000n],
    ["0 seconds", 0, 0n]
  ])("%s", (text, days, nanos) => {
    expect(durationOf(text)).toEqual({ months: 0, days, nanos })
  })

  it("comes back as one of the same length, in the longest unit in which it is whole", () => {
    const nanos = fc.bigInt({ min: -(2n ** 63n - 1n), max: 2n ** 63n - 1n })
    fc.assert(
      fc.property(nanos, (length) => {
        const parts = durationOf(`${length} ns`)
        expect(parts).toBeDefined()
        expect(nanosOf(expireAfterOf(parts!))).toBe(length)
      })
    )
    expect(expireAfterOf({ months: 0, days: 1, nanos: 0n })).toBe("1 day")
    expect(expireAfterOf({ months: 0, days: 1, nanos: 43_200_000_000_000n })).toBe("36 hours")
  })

  it("what is no duration has none", () => {
    expect(durationOf("soon")).toBeUndefined()
  })

  it("a month of another writer counts 30 days", () => {
    expect(expireAfterOf({ months: 1, days: 2, nanos: 0n })).toBe("32 days")
  })
})
