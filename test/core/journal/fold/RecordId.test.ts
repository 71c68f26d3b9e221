import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { recordId } from "../../../../core/journal/fold/RecordId.ts"

const place = fc.tuple(
  fc.string({ minLength: 1, maxLength: 5 }),
  fc.integer({ min: 0, max: 0x7fffffff }),
  fc.maxSafeNat()
)

describe("the name of an incarnation", () => {
  it("is a UUID of version 8", () => {
    fc.assert(
      fc.property(place, ([topic, partition, offset]) => {
        expect(recordId(topic, partition, offset)).toMatch(
          /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
        )
      })
    )
  })

  it("is another one at every offset of a topic", () => {
    fc.assert(
      fc.property(place, fc.maxSafeNat(), ([topic, partition, offset], other) => {
        expect(recordId(topic, partition, offset) === recordId(topic, partition, other)).toBe(offset === other)
      })
    )
  })

  it("is another one in every partition below 2^28", () => {
    const low = fc.integer({ min: 0, max: 2 ** 28 - 1 })
    fc.assert(
      fc.property(low, low, fc.maxSafeNat(), (a, b, offset) => {
        expect(recordId("t", a, offset) === recordId("t", b, offset)).toBe(a === b)
      })
    )
  })
})
