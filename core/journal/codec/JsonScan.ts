import { TaggedError } from "effect/Data"

// Each function takes a text and a position in it, and answers with the position after what it has checked or throws
// `JsonSyntaxError`. Only `afterSpace` and what encloses values pass over white space.

/** Text that is not one JSON value (RFC 8259); `position` is the index of the offending UTF-16 code unit. */
export class JsonSyntaxError extends TaggedError("JsonSyntaxError")<{
  readonly position: number
  readonly expected: string
  readonly message: string
}> {
  constructor(position: number, expected: string) {
    super({
      position,
      expected,
      message: `Expected ${expected} at character ${position}; pass one JSON value as text.`
    })
  }
}

/** What a JSON value is, as its first character tells. */
export type JsonKind = "object" | "array" | "string" | "number" | "boolean" | "null"

export const quote = 0x22
export const comma = 0x2c
const minus = 0x2d
export const digit0 = 0x30
export const digit9 = 0x39
export const colon = 0x3a
const openBracket = 0x5b
const backslash = 0x5c
export const closeBracket = 0x5d
const openBrace = 0x7b
export const closeBrace = 0x7d

/** The code unit at `at`, -1 after the end. */
export const unitAt = (text: string, at: number): number => (at < text.length ? text.charCodeAt(at) : -1)

const isDigit = (unit: number): boolean => unit >= digit0 && unit <= digit9

const isHexDigit = (unit: number): boolean =>
  isDigit(unit) || (unit >= 0x41 && unit <= 0x46) || (unit >= 0x61 && unit <= 0x66)

const isSpace = (unit: number): boolean => unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09

/** Where the white space that begins at `start` ends. */
export const afterSpace = (text: string, start: number): number => {
  let at = start
  while (isSpace(unitAt(text, at))) at++
  return at
}

/** The position after the one code unit that has to be at `at`. */
export const afterUnit = (text: string, at: number, unit: number, expected: string): number => {
  if (unitAt(text, at) !== unit) throw new JsonSyntaxError(at, expected)
  return at + 1
}

const afterWord = (text: string, at: number, word: string): number => {
  if (!text.startsWith(word, at)) throw new JsonSyntaxError(at, "a JSON value")
  return at + word.length
}

const afterEscape = (text: string, at: number): number => {
  switch (unitAt(text, at + 1)) {
    case quote:
    case backslash:
    case 0x2f: // slash
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return at + 2
    case 0x75: // u
      for (let i = at + 2; i < at + 6; i++) {
        if (!isHexDigit(unitAt(text, i))) throw new JsonSyntaxError(i, "a hexadecimal digit")
      }
      return at + 6
    default:
      throw new JsonSyntaxError(at, "an escape sequence")
  }
}

/** Where the characters that stand for themselves end: at a quote, a backslash, a control character or the end. */
export const afterPlain = (text: string, start: number): number => {
  const end = text.length
  let at = start
  while (at < end) {
    const unit = text.charCodeAt(at)
    if (unit === quote || unit === backslash || unit < 0x20) return at
    at++
  }
  return at
}

/** Where the string that begins at `start` ends, both with its quotes. */
export const afterString = (text: string, start: number): number => {
  const end = text.length
  let at = afterUnit(text, start, quote, "a string")
  while (at < end) {
    const unit = text.charCodeAt(at)
    if (unit === quote) return at + 1
    if (unit === backslash) at = afterEscape(text, at)
    else if (unit < 0x20) throw new JsonSyntaxError(at, "an escape instead of a control character")
    else at++
  }
  throw new JsonSyntaxError(at, "the end of the string")
}

const afterDigits = (text: string, start: number): number => {
  let at = start
  while (isDigit(unitAt(text, at))) at++
  if (at === start) throw new JsonSyntaxError(at, "a digit")
  return at
}

const afterNumber = (text: string, start: number): number => {
  let at = unitAt(text, start) === minus ? start + 1 : start
  at = unitAt(text, at) === digit0 ? at + 1 : afterDigits(text, at)
  if (unitAt(text, at) === 0x2e) at = afterDigits(text, at + 1)
  const exponent = unitAt(text, at)
  if (exponent === 0x65 || exponent === 0x45) {
    const sign = unitAt(text, at + 1)
    at = afterDigits(text, sign === 0x2b || sign === minus ? at + 2 : at + 1)
  }
  return at
}

/** What the value that begins at `at` is. */
export const kindAt = (text: string, at: number): JsonKind => {
  const unit = unitAt(text, at)
  switch (unit) {
    case openBrace:
      return "object"
    case openBracket:
      return "array"
    case quote:
      return "string"
    case 0x74: // t
    case 0x66: // f
      return "boolean"
    case 0x6e: // n
      return "null"
    default:
      if (isDigit(unit) || unit === minus) return "number"
      throw new JsonSyntaxError(at, "a JSON value")
  }
}

/** Where the string, number or word that begins at `at` ends. */
const afterScalar = (text: string, at: number): number => {
  const unit = unitAt(text, at)
  if (unit === quote) return afterString(text, at)
  if (isDigit(unit) || unit === minus) return afterNumber(text, at)
  return afterWord(text, at, unit === 0x74 ? "true" : unit === 0x66 ? "false" : "null")
}

/** Where the colon after the name that begins at `start` ends, with the space before the name and the colon. */
const afterName = (text: string, start: number): number => {
  const end = afterString(text, unitAt(text, start) === quote ? start : afterSpace(text, start))
  return unitAt(text, end) === colon ? end + 1 : afterUnit(text, afterSpace(text, end), colon, "a colon")
}

/** Where the object or array that begins at `start` ends; what is open is kept in a list, so depth costs no call stack. */
const afterContainer = (text: string, start: number): number => {
  let at = start
  let closer = 0
  let outer: Array<number> | undefined
  for (;;) {
    let unit = unitAt(text, at)
    if (isSpace(unit)) {
      at = afterSpace(text, at)
      unit = unitAt(text, at)
    }
    if (unit === openBrace || unit === openBracket) {
      at = afterSpace(text, at + 1)
      const own = unit === openBrace ? closeBrace : closeBracket
      if (unitAt(text, at) !== own) {
        if (closer !== 0) (outer ??= []).push(closer)
        closer = own
        if (own === closeBrace) at = afterName(text, at)
        continue
      }
      at++
    } else {
      at = afterScalar(text, at)
    }
    for (;;) {
      if (closer === 0) return at
      unit = unitAt(text, at)
      if (isSpace(unit)) {
        at = afterSpace(text, at)
        unit = unitAt(text, at)
      }
      if (unit === comma) {
        at = closer === closeBrace ? afterName(text, at + 1) : at + 1
        break
      }
      if (unit !== closer) throw new JsonSyntaxError(at, closer === closeBrace ? "a comma or }" : "a comma or ]")
      at++
      closer = outer?.pop() ?? 0
    }
  }
}

/** Where the value that begins at `start` ends. */
export const afterValue = (text: string, start: number): number => {
  const unit = unitAt(text, start)
  return unit === openBrace || unit === openBracket ? afterContainer(text, start) : afterScalar(text, start)
}
