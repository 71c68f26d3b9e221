import { TaggedError } from "effect/Data"
import { fail, succeed } from "effect/Result"
import type { Result } from "effect/Result"

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

const quote = 0x22
const comma = 0x2c
const minus = 0x2d
const colon = 0x3a
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/** The code unit at `at`, -1 after the end. */
const unitAt = (text: string, at: number): number => (at < text.length ? text.charCodeAt(at) : -1)

const isDigit = (unit: number): boolean => unit >= 0x30 && unit <= 0x39

const isHexDigit = (unit: number): boolean =>
  isDigit(unit) || (unit >= 0x41 && unit <= 0x46) || (unit >= 0x61 && unit <= 0x66)

const afterSpace = (text: string, start: number): number => {
  let at = start
  for (;;) {
    const unit = unitAt(text, at)
    if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return at
    at++
  }
}

const afterUnit = (text: string, at: number, unit: number, expected: string): number => {
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
const afterPlain = (text: string, start: number): number => {
  const end = text.length
  let at = start
  while (at < end) {
    const unit = text.charCodeAt(at)
    if (unit === quote || unit === backslash || unit < 0x20) return at
    at++
  }
  return at
}

const afterString = (text: string, start: number): number => {
  let at = afterPlain(text, afterUnit(text, start, quote, "a string"))
  while (unitAt(text, at) === backslash) at = afterPlain(text, afterEscape(text, at))
  return afterUnit(
    text,
    at,
    quote,
    at < text.length ? "an escape instead of a control character" : "the end of the string"
  )
}

const afterDigits = (text: string, start: number): number => {
  let at = start
  while (isDigit(unitAt(text, at))) at++
  if (at === start) throw new JsonSyntaxError(at, "a digit")
  return at
}

const afterNumber = (text: string, start: number): number => {
  let at = unitAt(text, start) === minus ? start + 1 : start
  at = unitAt(text, at) === 0x30 ? at + 1 : afterDigits(text, at)
  if (unitAt(text, at) === 0x2e) at = afterDigits(text, at + 1)
  const exponent = unitAt(text, at)
  if (exponent === 0x65 || exponent === 0x45) {
    const sign = unitAt(text, at + 1)
    at = afterDigits(text, sign === 0x2b || sign === minus ? at + 2 : at + 1)
  }
  return at
}

const kindAt = (text: string, at: number): JsonKind => {
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

const afterScalar = (text: string, at: number): number => {
  switch (kindAt(text, at)) {
    case "string":
      return afterString(text, at)
    case "number":
      return afterNumber(text, at)
    case "boolean":
      return afterWord(text, at, unitAt(text, at) === 0x74 ? "true" : "false")
    default:
      return afterWord(text, at, "null")
  }
}

const afterName = (text: string, start: number): number => {
  const at = afterSpace(text, afterString(text, afterSpace(text, start)))
  return afterUnit(text, at, colon, "a colon")
}

/** Where the value that begins at `start` ends; open containers are kept in a list, so depth costs no call stack. */
const afterValue = (text: string, start: number): number => {
  let at = start
  const closers: Array<number> = []
  for (;;) {
    at = afterSpace(text, at)
    const unit = unitAt(text, at)
    if (unit === openBrace || unit === openBracket) {
      const closer = unit === openBrace ? closeBrace : closeBracket
      at = afterSpace(text, at + 1)
      if (unitAt(text, at) !== closer) {
        closers.push(closer)
        if (closer === closeBrace) at = afterName(text, at)
        continue
      }
      at++
    } else {
      at = afterScalar(text, at)
    }
    for (;;) {
      const closer = closers.at(-1)
      if (closer === undefined) return at
      at = afterSpace(text, at)
      const next = unitAt(text, at)
      if (next === comma) {
        at = closer === closeBrace ? afterName(text, at + 1) : at + 1
        break
      }
      at = afterUnit(text, at, closer, closer === closeBrace ? "a comma or }" : "a comma or ]")
      closers.pop()
    }
  }
}

/** The text that a JSON string, given with its quotes, stands for. */
export const jsonStringValue = (raw: string): string =>
  raw.includes("\\") ? String(JSON.parse(raw)) : raw.slice(1, -1)

/**
 * Walks through JSON text and cuts out the values, without building or re-encoding any.
 *
 * **Details**
 *
 * The walk is strict: every character that it passes has been checked against RFC 8259. Depth is bounded only by the
 * length of the text.
 *
 * **Gotchas**
 *
 * Methods throw `JsonSyntaxError`. A slice may keep the whole text in memory for as long as it lives.
 */
export class JsonCursor {
  readonly #text: string
  #at: number
  #opened = false

  constructor(text: string) {
    this.#text = text
    this.#at = afterSpace(text, 0)
  }

  /** Where the next value begins; `rewind` to it reads the value again. */
  get position(): number {
    return this.#at
  }

  /** Goes back to where a value begins. */
  rewind(position: number): void {
    this.#at = position
    this.#opened = false
  }

  /** What the next value is. */
  kind(): JsonKind {
    return kindAt(this.#text, this.#at)
  }

  /** Moves past the next value and returns its text, without surrounding space. */
  raw(): string {
    const start = this.#at
    this.#at = afterValue(this.#text, start)
    return this.#text.slice(start, this.#at)
  }

  /** Enters the next value, which must be an object or array: go on with `nextField` or `nextElement`. */
  open(): void {
    const kind = this.kind()
    if (kind !== "object" && kind !== "array") throw new JsonSyntaxError(this.#at, "an object or array")
    this.#at++
    this.#opened = true
  }

  /** Moves to the value of the entered object's next field and returns the field's name, or leaves the object. */
  nextField(): string | undefined {
    if (!this.#next(closeBrace)) return undefined
    const text = this.#text
    const start = afterUnit(text, this.#at, quote, "the name of a field")
    const plain = afterPlain(text, start)
    const isPlain = unitAt(text, plain) === quote
    const end = isPlain ? plain + 1 : afterString(text, start - 1)
    this.#at = afterSpace(text, afterUnit(text, afterSpace(text, end), colon, "a colon"))
    return isPlain ? text.slice(start, plain) : jsonStringValue(text.slice(start - 1, end))
  }

  /** Moves to the entered array's next element, or leaves the array and returns false. */
  nextElement(): boolean {
    return this.#next(closeBracket)
  }

  /** Asserts that nothing but space is left. */
  end(): void {
    const at = afterSpace(this.#text, this.#at)
    if (at < this.#text.length) throw new JsonSyntaxError(at, "the end of the text")
  }

  #next(closer: number): boolean {
    const text = this.#text
    let at = afterSpace(text, this.#at)
    if (unitAt(text, at) === closer) {
      this.#at = at + 1
      this.#opened = false
      return false
    }
    if (!this.#opened) at = afterSpace(text, afterUnit(text, at, comma, "a comma or the end of the object or array"))
    this.#opened = false
    this.#at = at
    return true
  }
}

/**
 * The fields of the object that the cursor is at, as slices of its text; of a repeated field the last one counts.
 *
 * **Gotchas**
 *
 * Throws `JsonSyntaxError` where something else than an object is.
 */
export const jsonFields = (cursor: JsonCursor): ReadonlyMap<string, string> => {
  const fields = new Map<string, string>()
  cursor.open()
  for (let name = cursor.nextField(); name !== undefined; name = cursor.nextField()) fields.set(name, cursor.raw())
  return fields
}

/** Runs a reader that throws `JsonSyntaxError` and gives its outcome as a value. */
export const jsonWith = <A>(read: () => A): Result<A, JsonSyntaxError> => {
  try {
    return succeed(read())
  } catch (error) {
    if (error instanceof JsonSyntaxError) return fail(error)
    throw error
  }
}

/** Checks that the text is one JSON value. */
export const checkJson = (text: string): Result<void, JsonSyntaxError> =>
  jsonWith(() => {
    const cursor = new JsonCursor(text)
    cursor.raw()
    cursor.end()
  })
