import { fail, succeed } from "effect/Result"
import type { Result } from "effect/Result"
import {
  afterPlain,
  afterSpace,
  afterString,
  afterUnit,
  afterValue,
  closeBrace,
  closeBracket,
  colon,
  comma,
  JsonSyntaxError,
  kindAt,
  digit0,
  digit9,
  quote,
  unitAt
} from "./JsonScan.ts"
import type { JsonKind } from "./JsonScan.ts"

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

  /** Moves past `form`, and the space after it, if exactly that comes next, and says whether it did. */
  take(form: string): boolean {
    if (!this.#text.startsWith(form, this.#at)) return false
    this.#at = afterSpace(this.#text, this.#at + form.length)
    return true
  }

  /** Moves past a whole number from 1 with at most 15 digits and nothing else, or answers 0 where none comes next. */
  takeCount(): number {
    const text = this.#text
    let at = this.#at
    let count = 0
    for (let unit = unitAt(text, at); unit >= digit0 && unit <= digit9; unit = unitAt(text, at)) {
      if (count === 0 && unit === digit0) return 0
      count = count * 10 + unit - digit0
      if (++at - this.#at > 15) return 0
    }
    this.#at = at
    return count
  }

  /** Moves past a string without escapes and returns what it stands for, or answers `undefined` where none comes next. */
  takePlainString(): string | undefined {
    const text = this.#text
    const start = this.#at + 1
    const end = afterPlain(text, start)
    if (unitAt(text, start - 1) !== quote || unitAt(text, end) !== quote) return undefined
    this.#at = end + 1
    return text.slice(start, end)
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

  /** Whether nothing is left at all. */
  get isAtEnd(): boolean {
    return this.#at === this.#text.length
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

/** Checks that the text is one JSON value. */
export const checkJson = (text: string): Result<void, JsonSyntaxError> => {
  try {
    const at = afterSpace(text, afterValue(text, afterSpace(text, 0)))
    if (at < text.length) throw new JsonSyntaxError(at, "the end of the text")
    return succeed(undefined)
  } catch (error) {
    if (error instanceof JsonSyntaxError) return fail(error)
    throw error
  }
}
