import { isFailure } from "effect/Result"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeWith, Reader, Writer } from "../../../core/bytes/index.ts"
import type { DecodeError } from "../../../core/bytes/index.ts"

const written = (write: (writer: Writer) => void): Uint8Array => {
  const writer = new Writer(1)
  write(writer)
  return writer.finish()
}

const failureOf = (decode: () => unknown): DecodeError => {
  const result = decodeWith(decode)
  if (isFailure(result)) return result.failure
  throw new Error("the decoder did not fail")
}

const kinds = [
  ["int8", fc.integer({ min: -128, max: 127 })],
  ["int16", fc.integer({ min: -0x8000, max: 0x7fff })],
  ["int32", fc.integer()],
  ["uint32", fc.integer({ min: 0, max: 0xffff_ffff })],
  ["int64", fc.maxSafeInteger()],
  ["unsignedVarint", fc.integer({ min: 0, max: 0xffff_ffff })],
  ["varint", fc.integer()],
  ["varlong", fc.maxSafeInteger()],
  ["float64", fc.double()]
] as const

describe("numbers", () => {
  it.each(kinds)("%s reads what it wrote, and every prefix is Truncated", (kind, numbers) => {
    fc.assert(
      fc.property(numbers, (value) => {
        const bytes = written((writer) => writer[kind](value))
        const reader = new Reader(bytes)
        expect(reader[kind]()).toBe(value)
        expect(reader.remaining).toBe(0)
        for (let length = 0; length < bytes.length; length++) {
          expect(failureOf(() => new Reader(bytes, 0, length)[kind]()).reason).toBe("Truncated")
        }
      })
    )
  })

  it.each([
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
    0,
    -1,
    2 ** 27 - 1,
    2 ** 27,
    2 ** 28,
    -(2 ** 27) - 1,
    2 ** 32,
    -(2 ** 32)
  ])("%d survives as int64 and as varlong", (value) => {
    expect(new Reader(written((writer) => writer.int64(value))).int64()).toBe(value)
    expect(new Reader(written((writer) => writer.varlong(value))).varlong()).toBe(value)
  })

  it("a BigInt of 64 bits survives", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const bytes = written((writer) => writer.bigInt64(value))
        expect(new Reader(bytes).bigInt64()).toBe(value)
        expect(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0)).toBe(value)
      })
    )
  })

  it.each([2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)])("int64 %d is NumberTooLarge", (value) => {
    const bytes = written((writer) => writer.bigInt64(value))
    expect(failureOf(() => new Reader(bytes).int64())).toMatchObject({ reason: "NumberTooLarge", position: 0 })
  })

  it.each([2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)])("varlong %d is NumberTooLarge", (value) => {
    let zigzag = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
    const bytes: Array<number> = []
    for (; zigzag > 0x7fn; zigzag >>= 7n) bytes.push(Number(zigzag & 0x7fn) | 0x80)
    bytes.push(Number(zigzag))
    expect(failureOf(() => new Reader(Uint8Array.from(bytes)).varlong()).reason).toBe("NumberTooLarge")
  })

  it("zigzag varints have the bytes that Kafka's records have", () => {
    const cases: ReadonlyArray<readonly [number, ReadonlyArray<number>]> = [
      [0, [0]],
      [-1, [1]],
      [1, [2]],
      [63, [0x7e]],
      [-64, [0x7f]],
      [64, [0x80, 0x01]],
      [-2147483648, [0xff, 0xff, 0xff, 0xff, 0x0f]]
    ]
    for (const [value, bytes] of cases) {
      expect([...written((writer) => writer.varint(value))]).toEqual(bytes)
      expect([...written((writer) => writer.varlong(value))]).toEqual(bytes)
    }
  })

  it("a varint of more than 32 bits and a varlong of more than 64 bits are InvalidVarint", () => {
    expect(failureOf(() => new Reader(new Uint8Array([255, 255, 255, 255, 16])).unsignedVarint()).reason).toBe(
      "InvalidVarint"
    )
    expect(failureOf(() => new Reader(new Uint8Array(10).fill(255)).varlong()).reason).toBe("InvalidVarint")
  })

  it("a number that its width cannot hold is refused when written", () => {
    expect(() => written((writer) => writer.int8(128))).toThrow(/int8/)
    expect(() => written((writer) => writer.int16(0x8000))).toThrow(/int16/)
    expect(() => written((writer) => writer.int32(2 ** 31))).toThrow(/int32/)
    expect(() => written((writer) => writer.uint32(-1))).toThrow(/uint32/)
    expect(() => written((writer) => writer.int64(2 ** 53))).toThrow(/int64/)
    expect(() => written((writer) => writer.bigInt64(2n ** 63n))).toThrow(/int64/)
    expect(() => written((writer) => writer.varint(1.5))).toThrow(/varint/)
    expect(() => written((writer) => writer.varlong(Number.NaN))).toThrow(/varlong/)
  })
})

describe("windows", () => {
  it("a sub-reader ends at its bound and the outer reader continues after it", () => {
    const reader = new Reader(Uint8Array.from([1, 2, 3, 4]), 1)
    const inner = reader.sub(2)
    expect(inner.int16()).toBe(0x0203)
    expect(failureOf(() => inner.int8())).toMatchObject({ reason: "Truncated", position: 3 })
    expect(reader.position).toBe(3)
    expect(reader.int8()).toBe(4)
  })

  it("bytes are a view and not a copy", () => {
    const bytes = Uint8Array.from([1, 2, 3])
    const view = new Reader(bytes, 1).bytes(2)
    bytes[1] = 9
    expect([...view]).toEqual([9, 3])
  })

  it("a negative length is InvalidLength and moves nothing", () => {
    const reader = new Reader(new Uint8Array(4), 2)
    expect(failureOf(() => reader.bytes(-1)).reason).toBe("InvalidLength")
    expect(failureOf(() => reader.skip(-1)).reason).toBe("InvalidLength")
    expect(reader.position).toBe(2)
  })

  it("a count that the rest cannot hold is InvalidLength", () => {
    const reader = new Reader(new Uint8Array(8))
    expect(reader.count(2, 4)).toBe(2)
    expect(failureOf(() => reader.count(3, 4)).reason).toBe("InvalidLength")
    expect(failureOf(() => reader.count(-1, 4)).reason).toBe("InvalidLength")
  })

  it("bytes left over are TrailingBytes", () => {
    const reader = new Reader(new Uint8Array(2))
    reader.skip(1)
    expect(failureOf(() => reader.end())).toMatchObject({ reason: "TrailingBytes", position: 1 })
  })

  it("a window outside of the array is InvalidLength", () => {
    expect(failureOf(() => new Reader(new Uint8Array(2), 1, 3)).reason).toBe("InvalidLength")
  })

  it("decodeWith lets a defect pass", () => {
    expect(() =>
      decodeWith(() => {
        throw new RangeError("a bug")
      })
    ).toThrow(RangeError)
  })

  it("an error is named by the path to the value", () => {
    const error = failureOf(() => new Reader(new Uint8Array(0)).int8())
    expect(error.within("[3]").within("topics").what).toBe("topics[3].int8")
  })
})
