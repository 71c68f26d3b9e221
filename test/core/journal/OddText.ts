import * as fc from "fast-check"

const units = [
  "a",
  "Z",
  "0",
  "-",
  " ",
  `"`,
  "\\",
  "/",
  "{",
  ":",
  ",",
  "\n",
  "\u0000",
  "\u007f",
  "é",
  "µ",
  "\u2028",
  "\ufeff",
  "日",
  "𐐀"
]

/** Texts of characters that encoders and parsers treat in different ways. */
export const oddText = (maxLength = 20): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...units, "__proto__"), maxLength })
