import { isFailure, succeed } from "effect/Result"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  decodeUtf8,
  decodeUtf8Strict,
  encodeUtf8,
  isWellFormed,
  Reader,
  utf8Length,
  Writer
} from "../../../core/bytes/index.ts"

const texts = fc.oneof(fc.string({ maxLength: 60 }), fc.string({ unit: "binary", maxLength: 60 }))

describe("UTF-8", () => {
  it("text survives, long or short, ASCII or not", () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(decodeUtf8(encodeUtf8(text))).toBe(text)
        expect(decodeUtf8Strict(encodeUtf8(text))).toEqual(succeed(text))
        const writer = new Writer(1)
        const length = writer.utf8(text)
        expect(new Reader(writer.finish()).utf8(length)).toBe(text)
        expect([...writer.finish()]).toEqual([...encodeUtf8(text)])
      })
    )
  })

  it("a byte order mark is a character like any other", () => {
    const text = "\ufeffa"
    expect(decodeUtf8(encodeUtf8(text))).toBe(text)
    expect(decodeUtf8Strict(encodeUtf8(text))).toEqual(succeed(text))
  })

  it("malformed bytes are replaced by the lenient decoder and refused by the strict one", () => {
    const bytes = Uint8Array.from([97, 0xff, 98])
    expect(decodeUtf8(bytes)).toBe("a\ufffdb")
    const result = decodeUtf8Strict(bytes)
    expect(isFailure(result) && result.failure.reason).toBe("InvalidValue")
  })

  it("the length is known before the text is encoded, lone surrogates included", () => {
    fc.assert(
      fc.property(fc.oneof(texts, fc.string({ unit: fc.constantFrom("a", "\ud83d", "\ude00", "é") })), (text) => {
        expect(utf8Length(text)).toBe(encodeUtf8(text).length)
      })
    )
  })

  it("a text is well-formed exactly when its UTF-8 is the same text", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "\ud83d", "\ude00", "é") }), (text) => {
        expect(isWellFormed(text)).toBe(decodeUtf8(encodeUtf8(text)) === text)
      })
    )
  })

  it("a lone surrogate is written as U+FFFD", () => {
    expect(decodeUtf8(encodeUtf8("\ud800"))).toBe("\ufffd")
  })
})

it("short texts that are encoded one after the other keep their bytes", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary", maxLength: 2000 }), { maxLength: 50 }), (texts) => {
      const encoded = texts.map((text) => encodeUtf8(text))
      expect(encoded.map((bytes) => Buffer.from(bytes).toString())).toEqual(
        texts.map((text) => Buffer.from(text).toString())
      )
    })
  )
})
