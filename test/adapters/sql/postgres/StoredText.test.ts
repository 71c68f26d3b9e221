import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { keyOf, storedText, textOf, wholeIdOf } from "../../../../adapters/sql/postgres/StoredText.ts"
import { compareUtf8, utf8Length } from "../../../../core/bytes/index.ts"

const text = fc.string({ unit: fc.constantFrom("\u0000", "\u0001", "\u0002", "\u0003", "a", "ü", "😀") })

describe("a text as PostgreSQL keeps it", () => {
  it("has no U+0000, and is what it was when it is read", () => {
    fc.assert(
      fc.property(text, (each) => {
        expect(storedText(each)).not.toContain("\u0000")
        expect(textOf(storedText(each))).toBe(each)
      })
    )
  })

  it("sorts as the text does", () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(Math.sign(compareUtf8(storedText(one), storedText(other)))).toBe(Math.sign(compareUtf8(one, other)))
      })
    )
  })
})

describe("the key of an id", () => {
  it("is the id up to 1000 bytes, and never longer than an index takes", () => {
    expect(keyOf("ü".repeat(500))).toBe("ü".repeat(500))
    expect(wholeIdOf("ü".repeat(500))).toBeNull()
    const long = "\u0000".repeat(100_000)
    expect(utf8Length(storedText(keyOf(long)))).toBeLessThan(2200)
    expect(wholeIdOf(long)).toBe(long)
  })

  it("of a long id stays what it is in tables", () => {
    const kept = `x${"order/é😀".repeat(83)}ord\u{10ffff}5cfc31b0a31cb2dc60a4b3b0fc0324f67dbbf8bc73963e231eee097838b9c6f5`
    expect(keyOf(`x${"order/é😀".repeat(150)}`)).toBe(kept)
  })

  it("is another for each id, however long the beginning is that they share", () => {
    const beginning = "x".repeat(1000)
    const keys = [beginning, `${beginning}1`, `${beginning}2`, keyOf(`${beginning}1`)].map(keyOf)
    expect(new Set(keys).size).toBe(keys.length)
  })
})
