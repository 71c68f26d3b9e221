import * as Result from "effect/Result"
import { expect, it } from "vitest"
import { Reader } from "../../../core/bytes/index.ts"
import { decodeRequest } from "../../../core/protocol/index.ts"

/** A Metadata request, version 1, that claims `count` topics with empty names. */
const emptyTopics = (count: number): Uint8Array => {
  const frame = new Uint8Array(14 + 2 * count)
  const view = new DataView(frame.buffer)
  view.setInt16(0, 3)
  view.setInt16(2, 1)
  view.setInt16(8, -1)
  view.setInt32(10, count)
  return frame
}

it("a request with a million elements is read, and one with more is refused before they take memory", () => {
  expect(Result.isSuccess(decodeRequest(emptyTopics(1_000_000)))).toBe(true)
  const before = process.memoryUsage().heapUsed
  const refused = Result.flip(decodeRequest(emptyTopics(20_000_000)))
  expect(Result.getOrThrow(refused)).toMatchObject({ _tag: "DecodeError", reason: "InvalidLength" })
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024)
})

it("a sub-reader takes from the elements of its reader", () => {
  const reader = new Reader(new Uint8Array(16), 0, 16, 5)
  const inner = reader.sub(8)
  expect(inner.count(3, 1)).toBe(3)
  expect(reader.count(2, 1)).toBe(2)
  expect(() => inner.count(1, 1)).toThrow("more than may still come")
})
