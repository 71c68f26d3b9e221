import type { types } from "cassandra-driver"

/** A row as the driver gives it. */
export type Row = Pick<types.Row, string>

/** Reads columns of rows. All throw a `TypeError` that names the column where it holds something else. */

const wrong = (name: string, expected: string): never => {
  throw new TypeError(`column ${name} is no ${expected}`)
}

const isAbsent = (value: unknown): value is null | undefined => value === null || value === undefined

/** A whole number of up to 2^53 - 1, or `undefined` where the column is empty. */
export const optionalInteger = (row: Row, name: string): number | undefined => {
  const value: unknown = row[name]
  if (isAbsent(value)) return undefined
  const number = typeof value === "bigint" || typeof value === "number" ? Number(value) : Number.NaN
  return Number.isSafeInteger(number) ? number : wrong(name, "whole number from -(2^53 - 1) to 2^53 - 1")
}

export const integer = (row: Row, name: string): number =>
  optionalInteger(row, name) ?? wrong(name, "number, but empty")

export const optionalText = (row: Row, name: string): string | undefined => {
  const value: unknown = row[name]
  if (isAbsent(value)) return undefined
  return typeof value === "string" ? value : wrong(name, "text")
}

export const text = (row: Row, name: string): string => optionalText(row, name) ?? wrong(name, "text, but empty")

/** A time in milliseconds since the epoch. */
export const optionalTime = (row: Row, name: string): number | undefined => {
  const value: unknown = row[name]
  if (isAbsent(value)) return undefined
  const time = value instanceof Date ? value.getTime() : Number.NaN
  return Number.isSafeInteger(time) ? time : wrong(name, "time")
}

/** A UUID or a date, which the driver has classes of its own for, as its text. */
export const optionalShown = (row: Row, name: string): string | undefined => {
  const value: unknown = row[name]
  return isAbsent(value) ? undefined : String(value)
}

export const optionalBytes = (row: Row, name: string): Uint8Array | undefined => {
  const value: unknown = row[name]
  if (isAbsent(value)) return undefined
  return value instanceof Uint8Array ? new Uint8Array(value) : wrong(name, "bytes")
}

const isText = (value: unknown): boolean => typeof value === "string"

/** A set of texts, in Cassandra's order; empty where the column is. */
export const texts = (row: Row, name: string): ReadonlyArray<string> => {
  const value: unknown = row[name]
  if (isAbsent(value)) return []
  return Array.isArray(value) && value.every(isText) ? value : wrong(name, "set of texts")
}

/** A map of texts; empty where the column is. */
export const textMap = (row: Row, name: string): ReadonlyMap<string, string> => {
  const value: unknown = row[name]
  if (isAbsent(value)) return new Map()
  const isMap = value instanceof Map && [...value].every(([key, each]) => isText(key) && isText(each))
  return isMap ? value : wrong(name, "map of texts")
}
