import { BoundedOutput, malformed } from "./BoundedOutput.ts"
import { lz4 } from "./NativeCodecs.ts"
import { xxHash32 } from "./XxHash32.ts"

const magic = 0x184d2204

/** How far back a block may refer to the ones before it, in bytes. */
const windowBytes = 64 * 1024

/** The most that a byte of a block expands to: it makes a match longer by 255. */
const maxExpansion = 255

/** The set bits say that a block is stored as it is, and that a frame has what their names say. */
const flag = {
  stored: 0x8000_0000,
  version: 0xc0,
  versionOne: 0x40,
  independent: 0x20,
  blockChecksum: 0x10,
  contentSize: 0x08,
  contentChecksum: 0x04,
  reserved: 0x02,
  dictionary: 0x01
} as const

/** The parts of a frame, one after the other, from the little-endian bytes that they are in. */
class Parts {
  readonly bytes: Uint8Array
  readonly #view: DataView
  position = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  take(length: number): Uint8Array {
    const start = this.position
    if (length > this.bytes.length - start) throw malformed("its LZ4 frame ends early")
    this.position += length
    return this.bytes.subarray(start, this.position)
  }

  uint8(): number {
    return this.take(1)[0]!
  }

  uint32(): number {
    const at = this.position
    this.take(4)
    return this.#view.getUint32(at, true)
  }

  /** Reads the checksum of `covered`. */
  checksum(covered: Uint8Array, of: string): void {
    if (this.uint32() !== xxHash32(covered)) throw malformed(`the checksum of its LZ4 ${of} is wrong`)
  }
}

interface FrameHeader {
  readonly flags: number
  readonly maxBlockBytes: number
  readonly contentSize: number | undefined
}

const readHeader = (parts: Parts): FrameHeader => {
  if (parts.uint32() !== magic) throw malformed("it is no LZ4 frame")
  const start = parts.position
  const flags = parts.uint8()
  const sizes = parts.uint8()
  const isKnown =
    (flags & flag.version) === flag.versionOne &&
    (flags & flag.reserved) === 0 &&
    (sizes & 0x8f) === 0 &&
    sizes >> 4 >= 4
  if (!isKnown) throw malformed("its LZ4 frame is of an unknown kind")
  if ((flags & flag.dictionary) !== 0) throw malformed("its LZ4 frame needs a dictionary, which Kafka knows nothing of")
  const contentSize = (flags & flag.contentSize) === 0 ? undefined : parts.uint32() + parts.uint32() * 2 ** 32
  const descriptor = parts.bytes.subarray(start, parts.position)
  if (parts.uint8() !== ((xxHash32(descriptor) >>> 8) & 0xff)) {
    throw malformed("the checksum of its LZ4 frame's header is wrong")
  }
  return { flags, maxBlockBytes: 2 ** (2 * (sizes >> 4) + 8), contentSize }
}

/** Expands a block to at most so many bytes; `history` is what it may refer to. */
const expandBlock = (block: Uint8Array, maxBytes: number, history: Uint8Array | undefined): Uint8Array => {
  // The codec wants the length of the result before the block, and takes it for a bound.
  const sized = new Uint8Array(4 + block.length)
  new DataView(sized.buffer).setUint32(0, Math.min(maxBytes, maxExpansion * block.length), true)
  sized.set(block, 4)
  return lz4().uncompressSync(sized, history)
}

const expandFrame = (parts: Parts, output: BoundedOutput): void => {
  const { contentSize, flags, maxBlockBytes } = readHeader(parts)
  if (contentSize !== undefined && contentSize > output.room) throw malformed("its LZ4 frame says that it has more")
  const before = output.length
  for (let size = parts.uint32(); size !== 0; size = parts.uint32()) {
    const isStored = size >= flag.stored
    const block = parts.take(isStored ? size - flag.stored : size)
    if (block.length > maxBlockBytes) throw malformed("an LZ4 block is larger than its frame says")
    if ((flags & flag.blockChecksum) !== 0) parts.checksum(block, "block")
    if (isStored) output.append(block)
    else {
      const isLinked = (flags & flag.independent) === 0
      const history = isLinked ? output.slice(Math.max(before, output.length - windowBytes)) : undefined
      output.append(expandBlock(block, Math.min(maxBlockBytes, output.room), history))
    }
  }
  const content = output.slice(before)
  if (contentSize !== undefined && content.length !== contentSize) throw malformed("its LZ4 frame has another length")
  if ((flags & flag.contentChecksum) !== 0) parts.checksum(content, "frame")
}

/**
 * Expands one or more LZ4 frames.
 *
 * **Details**
 *
 * The frames are taken apart here and their blocks given to the codec one by one, since it knows no bound for a frame and
 * takes one that was cut off for a whole one. Every checksum that a frame has is checked.
 */
export const expandLz4 = (bytes: Uint8Array, maxBytes: number): Uint8Array => {
  const output = new BoundedOutput(maxBytes)
  const parts = new Parts(bytes)
  do expandFrame(parts, output)
  while (parts.position < bytes.length)
  return output.slice()
}

/** Makes one LZ4 frame of independent blocks, without the length of its content, as Kafka's own clients do. */
export const compressLz4 = (bytes: Uint8Array): Uint8Array =>
  lz4().compressFrameSync(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
