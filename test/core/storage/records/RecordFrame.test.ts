import { describe, expect, it } from "vitest"
import { encodeFrame, readFrame, visitFramesBehind } from "../../../../core/storage/records/RecordFrame.ts"

const bytes = (...values: ReadonlyArray<number>): Uint8Array => Uint8Array.from(values)
const hex = (value: Uint8Array): string => Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("")

const position = 2 ** 40 + 3
const frame = encodeFrame(position, 2 ** 40, 7, [bytes(1, 2, 3), bytes(), bytes(255)])

describe("a record frame", () => {
  it("is these bytes, and will be", () => {
    expect(hex(frame)).toBe(
      "580e852700000010000001000000000300000100000000000000000000000007000000030102030000000000000001ff"
    )
  })

  it("says what it was given", () => {
    expect(readFrame(frame, 0, position)).toEqual({
      position,
      end: position + frame.length,
      synced: 2 ** 40,
      mark: 7,
      records: [bytes(1, 2, 3), bytes(), bytes(255)]
    })
  })

  it("is none when a bit of it is another, or its end is missing, or it lies elsewhere", () => {
    for (let bit = 0; bit < 8 * frame.length; bit++) {
      const changed = frame.slice()
      changed[bit >> 3]! ^= 1 << (bit & 7)
      expect(readFrame(changed, 0, position)).not.toHaveProperty("records")
    }
    for (let length = 0; length < frame.length; length++) {
      expect(readFrame(frame.subarray(0, length), 0, position)).not.toHaveProperty("records")
    }
    expect(readFrame(frame, 0, position + 1)).not.toHaveProperty("records")
  })

  it("is found behind a damage of any length", () => {
    const base = position - 300
    const file = new Uint8Array(300 + 2 * frame.length)
    file.set(encodeFrame(position, 5, 1, [bytes(1)]), 300)
    const second = position + 37
    file.set(encodeFrame(second, 9, 1, [bytes(2)]), 337)
    for (let at = 0; at <= 300; at++) {
      const found: Array<number> = []
      visitFramesBehind(file, at, base, ({ synced }) => found.push(synced))
      expect(found).toEqual([5, 9])
    }
  })
})
