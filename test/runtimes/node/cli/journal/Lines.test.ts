import * as fc from "fast-check"
import { expect, it } from "vitest"
import { Lines } from "../../../../../runtimes/node/cli/journal/Lines.ts"

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

const linesOf = (
  chunks: ReadonlyArray<Uint8Array>,
  maxBytes?: number
): ReadonlyArray<readonly [number, string | undefined]> => {
  const lines = new Lines(maxBytes)
  const found = [...chunks.flatMap((chunk) => lines.push(chunk)), ...lines.end()]
  return found.map(({ bytes, number }) => [number, bytes === undefined ? undefined : new TextDecoder().decode(bytes)])
}

it("however the input is cut into chunks, its lines are the same and numbered from 1", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom("a", "é", "\n", "𝄞") })), (texts) => {
      const text = texts.join("")
      const expected = text.split("\n").map((line, at) => [at + 1, line])
      if (expected.at(-1)?.[1] === "") expected.pop()
      expect(linesOf(texts.map(encode))).toEqual(expected)
      expect(linesOf([...encode(text)].map((byte) => Uint8Array.of(byte)))).toEqual(expected)
    })
  )
})

it("a line that is too long is reported without its bytes, and the next one is read", () => {
  expect(linesOf([encode("12345"), encode("6\n12345\n1234567")], 5)).toEqual([
    [1, undefined],
    [2, "12345"],
    [3, undefined]
  ])
})
