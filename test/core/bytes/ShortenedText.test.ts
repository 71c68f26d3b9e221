import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  beginningOf,
  compareUtf8,
  decodeUtf8,
  encodeUtf8,
  shortenedText,
  utf8Length
} from "../../../core/bytes/index.ts"

const mostBytes = 8
const units = fc.constantFrom("a", "b", "/", "\u0000", "é", "€", "😀", "\u{10ffff}", "\ud83d", "\ude00")
const texts = fc.string({ unit: units, maxLength: 12 })

/** Eight digits that say which text they are of, as far as these tests go. */
const digest = (utf8: Uint8Array): string => {
  let sum = 17
  for (const byte of utf8) sum = (Math.imul(sum, 31) + byte) >>> 0
  return sum.toString(16).padStart(8, "0")
}

const shorten = (text: string): string => shortenedText(text, mostBytes, digest)

describe("a shortened text", () => {
  it("is the text itself up to the greatest length", () => {
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre(utf8Length(text) <= mostBytes)
        expect(shorten(text)).toBe(text)
        expect(beginningOf(text, mostBytes)).toBeUndefined()
      })
    )
  })

  it("is beyond that the longest beginning of whole characters that fits, a U+10FFFF and the digest", () => {
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre(utf8Length(text) > mostBytes)
        const beginning = beginningOf(text, mostBytes) ?? "?"
        const next = String.fromCodePoint(text.slice(beginning.length).codePointAt(0) ?? 0)
        expect(shorten(text)).toBe(`${beginning}\u{10ffff}${digest(encodeUtf8(text))}`)
        expect(text.startsWith(beginning + next)).toBe(true)
        expect(utf8Length(beginning)).toBeLessThanOrEqual(mostBytes)
        expect(utf8Length(beginning + next)).toBeGreaterThan(mostBytes)
      })
    )
  })

  it("takes more bytes than any that is not shortened, and not many more", () => {
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre(utf8Length(text) > mostBytes)
        expect(utf8Length(shorten(text))).toBeGreaterThan(mostBytes)
        expect(utf8Length(shorten(text))).toBeLessThanOrEqual(mostBytes + 4 + 8)
      })
    )
  })

  it("sorts as the text does, but among those of one beginning", () => {
    const wellFormed = texts.map((text) => decodeUtf8(encodeUtf8(text))).filter((text) => !text.includes("\u{10ffff}"))
    fc.assert(
      fc.property(wellFormed, wellFormed, (one, other) => {
        const shared = beginningOf(one, mostBytes)
        fc.pre(shared === undefined || shared !== beginningOf(other, mostBytes))
        expect(Math.sign(compareUtf8(shorten(one), shorten(other)))).toBe(Math.sign(compareUtf8(one, other)))
      })
    )
  })
})
