import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { crc32c } from "../../../core/bytes/Crc32c.ts"

const bitwise = (bytes: Uint8Array): number => {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}

describe("crc32c", () => {
  it("gives the check value of the polynomial's catalogue entry", () => {
    expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283)
  })

  it("gives the vectors of RFC 3720 (iSCSI)", () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e)
  })

  it("agrees with the bit by bit definition on every length and window", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), fc.nat(200), (bytes, a, b) => {
        const start = Math.min(a, b, bytes.length)
        const end = Math.min(Math.max(a, b), bytes.length)
        expect(crc32c(bytes, start, end)).toBe(bitwise(bytes.subarray(start, end)))
      })
    )
  })

  it("continues from a seed as if the pieces were one", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ maxLength: 100 }), (a, b) => {
        expect(crc32c(b, 0, b.length, crc32c(a))).toBe(crc32c(Uint8Array.of(...a, ...b)))
      })
    )
  })
})
