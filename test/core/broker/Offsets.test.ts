import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeOffset, encodeOffset } from "../../../core/broker/OffsetRecords.ts"
import { Offsets } from "../../../core/broker/Offsets.ts"

const key = fc.record({
  group: fc.string({ unit: "grapheme", maxLength: 20 }),
  topic: fc.string({ maxLength: 20 }),
  partition: fc.nat(100)
})
const value = fc.record({
  offset: fc.maxSafeNat(),
  leaderEpoch: fc.integer({ min: -1, max: 100 }),
  metadata: fc.string({ maxLength: 50 }),
  timestamp: fc.maxSafeNat()
})

describe("a record of the offsets topic", () => {
  it("is read as it was written, also when it takes an offset back", () => {
    fc.assert(
      fc.property(key, fc.option(value, { nil: undefined }), (wanted, offset) => {
        const record = encodeOffset(wanted, offset, 1)
        expect(decodeOffset(record.key, record.value)).toEqual({ key: wanted, value: offset })
      })
    )
  })

  it("has Kafka's own layout", () => {
    const record = encodeOffset(
      { group: "g", topic: "t", partition: 3 },
      { offset: 5, leaderEpoch: -1, metadata: "m", timestamp: 7 },
      1
    )
    expect(record.key).toEqual(Uint8Array.of(0, 1, 0, 1, 103, 0, 1, 116, 0, 0, 0, 3))
    const offset = [0, 0, 0, 0, 0, 0, 0, 5]
    const timestamp = [0, 0, 0, 0, 0, 0, 0, 7]
    expect(record.value).toEqual(Uint8Array.of(0, 3, ...offset, 255, 255, 255, 255, 0, 1, 109, ...timestamp))
  })

  it("of another kind, or cut short, is passed over", () => {
    const whole = encodeOffset({ group: "g", topic: "t", partition: 3 }, undefined, 1).key ?? new Uint8Array(0)
    expect(decodeOffset(null, null)).toBeUndefined()
    expect(decodeOffset(Uint8Array.of(0, 2, 0, 1, 103), null)).toBeUndefined()
    for (let length = 0; length < whole.length; length++) {
      expect(decodeOffset(whole.subarray(0, length), null)).toBeUndefined()
    }
  })
})

describe("Offsets", () => {
  it("hold the last offset of each key, and nothing of what was taken back", () => {
    const small = fc.record({
      group: fc.constantFrom("g", "h"),
      topic: fc.constantFrom("t", "u"),
      partition: fc.nat(1)
    })
    fc.assert(
      fc.property(fc.array(fc.tuple(small, fc.option(value, { nil: undefined }))), (entries) => {
        const offsets = new Offsets()
        const model = new Map<string, unknown>()
        for (const [at, committed] of entries) {
          offsets.apply({ key: at, value: committed })
          if (committed === undefined) model.delete(JSON.stringify(at))
          else model.set(JSON.stringify(at), committed)
        }
        for (const [at] of entries) {
          expect(offsets.get(at.group, at.topic, at.partition)).toEqual(model.get(JSON.stringify(at)))
        }
        const listed = ["t", "u"].flatMap((topic) => offsets.keysOf(topic))
        expect(listed).toHaveLength(model.size)
        expect(offsets.has("g")).toBe([...model.keys()].some((text) => text.includes('"g"')))
      })
    )
  })
})
