import { expect, it } from "vitest"
import { sameBytes } from "../../../core/bytes/index.ts"

it("bytes are the same where their lengths and every byte are, whatever array they are a view of", () => {
  const bytes = new Uint8Array([9, 1, 2, 3])
  expect(sameBytes(bytes.subarray(1), new Uint8Array([1, 2, 3]))).toBe(true)
  expect(sameBytes(new Uint8Array(0), bytes.subarray(4))).toBe(true)
  expect(sameBytes(bytes.subarray(1), new Uint8Array([1, 2]))).toBe(false)
  expect(sameBytes(bytes.subarray(1), new Uint8Array([1, 2, 4]))).toBe(false)
})
