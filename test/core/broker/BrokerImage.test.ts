import * as fc from "fast-check"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { type BrokerImage, decodeImage, encodeImage } from "../../../core/broker/BrokerImage.ts"
import { Entropy } from "../../../core/broker/Entropy.ts"

const topic = fc.record({
  name: fc.string({ minLength: 1 }),
  id: fc.uuid(),
  partitions: fc.integer({ min: 1, max: 0x7fff_ffff }),
  configs: fc.array(fc.tuple(fc.string(), fc.string())).map((entries) => new Map(entries)),
  status: fc.constantFrom("online" as const, "deleting" as const)
})

const image: fc.Arbitrary<BrokerImage> = fc.record({ nextProducerId: fc.maxSafeNat(), topics: fc.array(topic) })

describe("the broker's image", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(image, (written) => {
        const read = decodeImage(encodeImage(written))
        expect(Result.isSuccess(read) && read.success).toEqual(written)
      })
    )
  })

  it("is refused when a byte has changed or is missing", () => {
    fc.assert(
      fc.property(image, fc.nat(), fc.integer({ min: 1, max: 255 }), (written, at, flip) => {
        const bytes = encodeImage(written).slice()
        expect(Result.isFailure(decodeImage(bytes.subarray(0, at % bytes.length)))).toBe(true)
        const place = at % bytes.length
        bytes[place] = (bytes[place] ?? 0) ^ flip
        expect(Result.isFailure(decodeImage(bytes))).toBe(true)
      })
    )
  })
})

describe("Entropy", () => {
  it("gives the same ids from the same seed, other ids from another, and none twice", () => {
    const idsOf = (seed: number) => {
      const entropy = new Entropy([seed, 2, 3])
      return Array.from({ length: 1000 }, () => entropy.uuid())
    }
    expect(idsOf(1)).toEqual(idsOf(1))
    expect(new Set([...idsOf(1), ...idsOf(2)]).size).toBe(2000)
    expect(
      idsOf(1).every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))
    ).toBe(true)
  })
})
