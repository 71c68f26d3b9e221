import { BoundedOutput, malformed } from "./BoundedOutput.ts"
import { snappy } from "./NativeCodecs.ts"

/** The framing of the Java library (xerial): this, its version and the oldest one that can read it. */
const xerialHeader = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1)

const xerialMagicBytes = 8

/** How much of the content goes into each block, in bytes: what Java takes. */
const blockBytes = 32 * 1024

/** The most that a byte of a block expands to, rounded up: a copy of 64 bytes takes three. */
const maxExpansion = 22

/** The length of the content, which a block begins with as a varint. */
const contentLength = (block: Uint8Array): number => {
  let length = 0
  for (let at = 0; at < 5; at++) {
    const byte = block[at]
    if (byte === undefined) break
    length += (byte & 0x7f) * 2 ** (7 * at)
    if (byte < 0x80) return length
  }
  throw malformed("a snappy block says no length")
}

/** Expands a block. The codec reserves the length that the block claims to have, which therefore has to be possible. */
const expandBlock = (block: Uint8Array, maxBytes: number): Uint8Array => {
  const length = contentLength(block)
  if (length > maxBytes) throw malformed(`a snappy block has ${length} bytes`)
  if (length > maxExpansion * block.length) throw malformed(`a snappy block cannot have ${length} bytes`)
  const content = snappy().uncompressSync(block, { asBuffer: true })
  if (typeof content === "string") throw malformed("a snappy block came as text")
  return content
}

const isXerial = (bytes: Uint8Array): boolean => {
  for (let at = 0; at < xerialMagicBytes; at++) if (bytes[at] !== xerialHeader[at]) return false
  return true
}

/** Expands what Java's clients write, blocks in the framing of xerial, and what others do: one block and nothing else. */
export const expandSnappy = (bytes: Uint8Array, maxBytes: number): Uint8Array => {
  if (!isXerial(bytes)) return expandBlock(bytes, maxBytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const output = new BoundedOutput(maxBytes)
  if (bytes.length < xerialHeader.length) throw malformed("its snappy framing ends early")
  for (let at = xerialHeader.length; at < bytes.length;) {
    const start = at + 4
    if (start > bytes.length) throw malformed("its snappy framing ends early")
    at = start + view.getUint32(at)
    if (at > bytes.length) throw malformed("a snappy block ends early")
    output.append(expandBlock(bytes.subarray(start, at), output.room))
  }
  return output.slice()
}

/** Compresses into blocks in the framing of xerial, as Java's clients do. */
export const compressSnappy = (bytes: Uint8Array): Uint8Array => {
  const parts: Array<Uint8Array> = [xerialHeader]
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const block = snappy().compressSync(bytes.subarray(at, at + blockBytes))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}
