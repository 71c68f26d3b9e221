import { Reader } from "../../bytes/index.ts"
import { seal, unseal } from "../Sealed.ts"

/**
 * What a snapshot is called: `rank` tells which of two is newer, `name` is the caller's own, in at most 65,535 bytes.
 * `size` is how many bytes it has.
 */
export interface SnapshotInfo {
  readonly rank: number
  readonly name: Uint8Array
  readonly size: number
}

/** What stands in front of a snapshot's bytes; `crc` is their CRC-32C. */
export interface SnapshotHeader extends SnapshotInfo {
  readonly crc: number
}

const kind = 0x6f64_736e
const version = 1

/** Bytes up to the name, whose length comes last. */
const fixedSize = 4 + 2 + 8 + 8 + 4 + 4
const crcSize = 4

export const maxNameSize = 65_535

/** Most bytes that a header has. */
export const maxHeaderSize = fixedSize + maxNameSize + crcSize

/** Where the bytes of a snapshot with this name begin. */
export const contentStart = (name: Uint8Array): number => fixedSize + name.length + crcSize

/** The header, big-endian: kind, version, rank, size, CRC-32C of the bytes, name with its length, CRC-32C of all this. */
export const encodeHeader = ({ crc, name, rank, size }: SnapshotHeader): Uint8Array =>
  seal(kind, version, (out) => {
    out.int64(rank)
    out.int64(size)
    out.uint32(crc)
    out.uint32(name.length)
    out.bytes(name)
  })

/** Reads the header that a file begins with; `undefined` when there is none that is whole. */
export const decodeHeader = (file: Uint8Array): SnapshotHeader | undefined => {
  if (file.length < fixedSize) return undefined
  const length = new Reader(file, fixedSize - 4).uint32()
  if (length > maxNameSize || fixedSize + length + crcSize > file.length) return undefined
  return unseal(file.subarray(0, fixedSize + length + crcSize), kind, version, (reader) => {
    const rank = reader.int64()
    const size = reader.int64()
    const crc = reader.uint32()
    return { rank, size, crc, name: reader.bytes(reader.uint32()).slice() }
  })
}
