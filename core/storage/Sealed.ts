import { crc32c, decodeWith, Reader, Writer } from "../bytes/index.ts"
import * as Result from "effect/Result"

/** Bytes before the body: which file this is, and the version of its format. */
const prefix = 6
const suffix = 4

/**
 * Writes a small file that says what it is and can tell whether it is whole: kind, version, body, CRC-32C of all before.
 */
export const seal = (kind: number, version: number, body: (out: Writer) => void): Uint8Array => {
  const out = new Writer()
  out.int32(kind)
  out.int16(version)
  body(out)
  out.uint32(crc32c(out.finish()))
  return out.finish()
}

/** Reads what {@link seal} wrote; `undefined` when it is of another kind or version, or not whole. */
export const unseal = <A>(
  bytes: Uint8Array,
  kind: number,
  version: number,
  body: (reader: Reader) => A
): A | undefined => {
  const end = bytes.length - suffix
  if (end < prefix) return undefined
  const read = decodeWith(() => {
    if (new Reader(bytes, end).uint32() !== crc32c(bytes, 0, end)) return undefined
    const reader = new Reader(bytes, 0, end)
    if (reader.int32() !== kind || reader.int16() !== version) return undefined
    const value = body(reader)
    reader.end()
    return value
  })
  return Result.isSuccess(read) ? read.success : undefined
}
