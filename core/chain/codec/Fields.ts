import { DecodeError, EncodeError } from "../../bytes/index.ts"
import type { Reader, Writer } from "../../bytes/index.ts"

/** The error of a value that is there but cannot be; `position` is where it starts. */
export const invalid = (position: number, what: string, detail: string): DecodeError =>
  new DecodeError({ reason: "InvalidValue", position, what, detail })

/** The error of a value that must not be written. */
export const unwritable = (what: string, detail: string): EncodeError =>
  new EncodeError({ reason: "InvalidValue", what, detail })

/** Writes a whole number from 0 to 2^53 - 1 as a varlong. */
export const writeNatural = (out: Writer, value: number): void => {
  if (value < 0) throw unwritable("number", `${value} is negative`)
  out.varlong(value)
}

/** Reads what {@link writeNatural} wrote. */
export const readNatural = (reader: Reader, what: string): number => {
  const at = reader.position
  const value = reader.varlong()
  if (value < 0) throw invalid(at, what, `${value} is negative`)
  return value
}

/** One byte, 0 or 1. */
export const readFlag = (reader: Reader, what: string): boolean => {
  const at = reader.position
  const value = reader.int8()
  if (value !== 0 && value !== 1) throw invalid(at, what, `${value} is neither 0 nor 1`)
  return value === 1
}

/** Bytes with their length in front. */
export const writeSized = (out: Writer, bytes: Uint8Array): void => {
  out.unsignedVarint(bytes.length)
  out.bytes(bytes)
}

/** A view of what {@link writeSized} wrote. */
export const readSized = (reader: Reader): Uint8Array => reader.bytes(reader.unsignedVarint())

/** Reads the version byte that everything begins with. */
export const readVersion = (reader: Reader, version: number, what: string): void => {
  const at = reader.position
  const found = reader.int8()
  if (found !== version) throw invalid(at, `${what}.version`, `${found} is not the version ${version} that is known`)
}
