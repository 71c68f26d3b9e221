import { expect, it } from "vitest"
import { shownText } from "../../../core/bytes/index.ts"

it("a text of up to 100 units is shown whole, in quotes and with escapes", () => {
  expect(shownText(`a"\ud800\n`)).toBe(`"a\\"\\ud800\\n"`)
  expect(shownText("x".repeat(100))).toBe(`"${"x".repeat(100)}"`)
})

it("a longer one is shown by its beginning", () => {
  expect(shownText("x".repeat(2_000_000))).toBe(`"${"x".repeat(100)}…"`)
})

it("a pair of surrogates is not cut", () => {
  expect(shownText(`${"x".repeat(99)}\u{1f600}`)).toBe(`"${"x".repeat(99)}…"`)
  expect(shownText(`${"x".repeat(98)}\u{1f600}x`)).toBe(`"${"x".repeat(98)}\u{1f600}…"`)
})
