import * as fc from "fast-check"
import { expect, it } from "vitest"
import { digestOf } from "../../../core/simulation/index.ts"

it("the hash of plain data is the same for the same data, and another for another", () => {
  const seen = new Map<number, string>()
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      // What JSON does not tell apart, the hash need not either.
      const json = JSON.stringify(value)
      const parsed: unknown = JSON.parse(json)
      const digest = digestOf(parsed)
      expect(digestOf(JSON.parse(json))).toBe(digest)
      expect(seen.get(digest) ?? json).toBe(json)
      seen.set(digest, json)
    }),
    { numRuns: 500, seed: 7 }
  )
})

it("the hash of plain data tells apart what lies in maps, sets, bytes and great numbers", () => {
  const all = [
    new Map([["a", 1]]),
    new Map([["a", 2]]),
    new Set(["a"]),
    new Set(["b"]),
    Uint8Array.of(1),
    Uint8Array.of(1, 0),
    2 ** 40,
    2 ** 41,
    0.5,
    10n ** 30n,
    undefined,
    null,
    true,
    false,
    [[], []],
    [[[]]]
  ]
  expect(new Set(all.map(digestOf)).size).toBe(all.length)
})
