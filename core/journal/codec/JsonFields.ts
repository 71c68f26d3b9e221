import { JournalDecodeError } from "./JournalDecodeError.ts"
import type { JournalDecodeReason, RecordPart } from "./JournalDecodeError.ts"
import { JsonSyntaxError } from "./JsonScan.ts"
import { JsonCursor, jsonStringValue } from "./JsonText.ts"
import { isSeqNr, maxSeqNr, minSeqNr } from "../model/SeqNr.ts"
import type { SeqNr } from "../model/SeqNr.ts"

/** A field's raw JSON text (`undefined`: it is missing) and its name for errors. Readers throw `JournalDecodeError`. */
export interface JsonField {
  readonly part: RecordPart
  readonly name: string
  readonly raw: string | undefined
}

const maxInt64 = 2n ** 63n - 1n
const minInt64 = -(2n ** 63n)

/** More digits than a 64-bit integer has. */
const manyDigits = 20

/** How much of an offending value an error shows. */
const shownLength = 40

const shown = (raw: string | undefined): string => {
  if (raw === undefined) return "nothing"
  return raw.length <= shownLength ? raw : `${raw.slice(0, shownLength)}…`
}

const fault = (field: JsonField, reason: JournalDecodeReason, detail: string): JournalDecodeError =>
  new JournalDecodeError({ reason, part: field.part, field: field.name, detail })

/** The error of a field that should hold what `expected` says. */
export const invalidField = (field: JsonField, expected: string): JournalDecodeError =>
  fault(field, "InvalidField", `${expected} is expected, but ${shown(field.raw)} is there`)

/** Whether the field is missing or null, which kafka-journal takes for the same. */
export const isAbsent = (raw: string | undefined): raw is undefined | "null" => raw === undefined || raw === "null"

/** The value of a JSON number that is a 64-bit integer, however it is written (`1.0`, `1e3`), or `undefined`. */
export const jsonInt64 = (raw: string): bigint | undefined => {
  const parts = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/.exec(raw)
  if (parts === null) return undefined
  const [, sign, whole = "", fraction = "", exponent] = parts
  const digits = whole + fraction
  let start = 0
  while (digits[start] === "0") start++
  let end = digits.length
  while (end > start && digits[end - 1] === "0") end--
  if (start === end) return 0n
  const zeros = Number(exponent ?? 0) - fraction.length + digits.length - end
  if (zeros < 0 || end - start + zeros > manyDigits) return undefined
  const magnitude = BigInt(digits.slice(start, end)) * 10n ** BigInt(zeros)
  const value = sign === "-" ? -magnitude : magnitude
  return value <= maxInt64 && value >= minInt64 ? value : undefined
}

/** Digits only, and too few to be beyond 2^53 - 1: almost every sequence number. */
const isShortInteger = (raw: string): boolean => {
  if (raw.length > 15) return false
  for (let i = 0; i < raw.length; i++) {
    const unit = raw.charCodeAt(i)
    if (unit < 0x30 || unit > 0x39) return false
  }
  return true
}

const expectedSeqNr = `a whole number from ${minSeqNr}`

/** A sequence number; `beyond` says what a number from 2^53 to 2^63 - 1 means. */
export const seqNrField = (field: JsonField, beyond: "refuse" | "saturate"): SeqNr => {
  const { raw } = field
  if (raw === undefined) throw invalidField(field, expectedSeqNr)
  if (isShortInteger(raw)) {
    const short = Number(raw)
    if (isSeqNr(short)) return short
  }
  const value = jsonInt64(raw)
  if (value === undefined || value < BigInt(minSeqNr)) throw invalidField(field, expectedSeqNr)
  if (value <= BigInt(maxSeqNr)) return Number(value)
  if (beyond === "saturate") return maxSeqNr
  throw fault(field, "SeqNrTooLarge", `${value} is beyond 2^53 - 1`)
}

/** A string that must be there. */
export const stringField = (field: JsonField): string => {
  if (field.raw === undefined || !field.raw.startsWith(`"`)) throw invalidField(field, "a string")
  return jsonStringValue(field.raw)
}

/** A string that may be missing or null. */
export const optionalStringField = (field: JsonField): string | undefined =>
  isAbsent(field.raw) ? undefined : stringField(field)

/** The different strings of an array, in the order of their first appearance. */
export const stringSetField = (field: JsonField): ReadonlyArray<string> => {
  if (field.raw === "[]") return []
  if (field.raw === undefined || !field.raw.startsWith("[")) throw invalidField(field, "an array of strings")
  const cursor = new JsonCursor(field.raw)
  const strings = new Set<string>()
  cursor.open()
  while (cursor.nextElement()) {
    if (cursor.kind() !== "string") throw invalidField(field, "an array of strings")
    strings.add(jsonStringValue(cursor.raw()))
  }
  return [...strings]
}

/** Runs a reader of one part of a record, with text that is not JSON as a `JournalDecodeError`. */
export const readingJson = <A>(part: RecordPart, field: string, read: () => A): A => {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    const detail = `${error.expected} is expected at character ${error.position} of the JSON text`
    throw new JournalDecodeError({ reason: "MalformedJson", part, field, detail })
  }
}
