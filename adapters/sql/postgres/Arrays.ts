import { storedText } from "./StoredText.ts"
import type { SqlValue } from "../SqlWrites.ts"

/** A type of PostgreSQL that columns have here. */
export type ColumnType = "bytea" | "int8" | "text"

/** The numbers by which PostgreSQL knows them (pg_type). */
const oids: Readonly<Record<ColumnType, number>> = { bytea: 17, int8: 20, text: 25 }

/** Dimensions, whether there are nulls, the type; then the length and the first index of the one dimension. */
const headerBytes = 20
const emptyHeaderBytes = 12
const lengthBytes = 4

const refuse = (type: ColumnType, value: SqlValue): never => {
  throw new TypeError(`a column of type ${type} takes no ${typeof value}`)
}

const sizeOf = (type: ColumnType, value: SqlValue): number => {
  if (value === null) return 0
  switch (type) {
    case "bytea":
      return value instanceof Uint8Array ? value.length : refuse(type, value)
    case "int8":
      return 8
    case "text":
      return typeof value === "string" ? Buffer.byteLength(value) : refuse(type, value)
  }
}

const write = (target: Buffer, at: number, type: ColumnType, value: SqlValue): void => {
  if (typeof value === "string") target.write(value, at)
  else if (value instanceof Uint8Array) target.set(value, at)
  else if (typeof value !== "number" || type !== "int8") refuse(type, value)
  else {
    const high = Math.floor(value / 2 ** 32)
    target.writeInt32BE(high, at)
    target.writeUInt32BE(value - high * 2 ** 32, at + 4)
  }
}

/**
 * A parameter that holds one column of many rows: an array in PostgreSQL's binary format (`array_send` in arrayfuncs.c).
 *
 * **Details**
 *
 * Binary spares both sides the quoting of texts and the hexadecimal digits of bytes. Texts are put as they are stored.
 */
export const arrayParameter = (type: ColumnType, column: ReadonlyArray<SqlValue>): Buffer => {
  const values = type === "text" ? column.map((each) => (typeof each === "string" ? storedText(each) : each)) : column
  const sizes = values.map((value) => sizeOf(type, value))
  const isEmpty = values.length === 0
  const total = sizes.reduce((sum, size) => sum + lengthBytes + size, isEmpty ? emptyHeaderBytes : headerBytes)
  const array = Buffer.allocUnsafe(total)
  array.writeInt32BE(isEmpty ? 0 : 1, 0)
  array.writeInt32BE(values.includes(null) ? 1 : 0, 4)
  array.writeInt32BE(oids[type], 8)
  if (isEmpty) return array
  array.writeInt32BE(values.length, 12)
  array.writeInt32BE(1, 16)
  let at = headerBytes
  for (const [index, value] of values.entries()) {
    const size = sizes[index] ?? 0
    array.writeInt32BE(value === null ? -1 : size, at)
    at += lengthBytes
    if (value !== null) write(array, at, type, value)
    at += size
  }
  return array
}

/** The parameters that hold these rows, one for each column. */
export const columnsOf = (
  types: ReadonlyArray<ColumnType>,
  rows: ReadonlyArray<ReadonlyArray<SqlValue>>
): ReadonlyArray<Buffer> =>
  types.map((type, at) =>
    arrayParameter(
      type,
      rows.map((row) => row[at] ?? null)
    )
  )
