import { isFailure } from "effect/Result"
import { describe, expect, it } from "vitest"
import { encodeWith, nilUuid, Reader, Writer } from "../../../core/bytes/index.ts"

describe("Writer", () => {
  it("grows past its first capacity", () => {
    const writer = new Writer(0)
    for (let i = 0; i < 1000; i++) writer.int32(i)
    const reader = new Reader(writer.finish())
    for (let i = 0; i < 1000; i++) expect(reader.int32()).toBe(i)
  })

  it("a reserved int32 is patched in place", () => {
    const writer = new Writer(2)
    const at = writer.reserveInt32()
    expect(writer.utf8("abc")).toBe(3)
    writer.patchInt32(at, writer.position - at - 4)
    expect([...writer.finish()]).toEqual([0, 0, 0, 3, 97, 98, 99])
  })

  it("a patch outside of what was written is refused", () => {
    const writer = new Writer()
    writer.int16(1)
    expect(() => writer.patchInt32(0, 1)).toThrow(/position/)
  })

  it("booleans are one byte", () => {
    const writer = new Writer()
    writer.boolean(true)
    writer.boolean(false)
    expect([...writer.finish()]).toEqual([1, 0])
    const reader = new Reader(writer.finish())
    expect([reader.boolean(), reader.boolean()]).toEqual([true, false])
  })

  it("a UUID travels as sixteen bytes and reads as its canonical text", () => {
    const writer = new Writer()
    writer.uuid("00112233-4455-6677-8899-AABBCCDDEEFF")
    writer.uuid(nilUuid)
    const bytes = writer.finish()
    expect([...bytes.subarray(0, 16)]).toEqual(Array.from({ length: 16 }, (_, i) => i * 17))
    const reader = new Reader(bytes)
    expect(reader.uuid()).toBe("00112233-4455-6677-8899-aabbccddeeff")
    expect(reader.uuid()).toBe(nilUuid)
  })

  it("text that is no UUID is InvalidValue", () => {
    const result = encodeWith(() => new Writer().uuid("AAAAAAAAAAAAAAAAAAAAAA"))
    expect(isFailure(result) && result.failure.reason).toBe("InvalidValue")
  })
})
