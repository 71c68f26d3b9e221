import { EncodeError } from "./EncodeError.ts"
import { encodeUtf8Into } from "./Utf8.ts"
import { uuidToBytes } from "./Uuid.ts"

const outOfRange = (what: string, value: unknown): EncodeError =>
  new EncodeError({ reason: "NumberOutOfRange", what, detail: `${String(value)} is not an integer of that width` })

/**
 * A growing run of bytes, for big-endian numbers and Kafka's variable-length integers.
 *
 * **Gotchas**
 *
 * A number outside of its width throws `EncodeError` and is never cut down to it; enclose the outermost use in `encodeWith`
 * where values come from outside.
 */
export class Writer {
  #bytes: Uint8Array
  #position = 0

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity)
  }

  /** How many bytes have been written. */
  get position(): number {
    return this.#position
  }

  /** Makes room for `length` bytes, moves past them and returns where they start. */
  #grow(length: number): number {
    const start = this.#position
    const needed = start + length
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length))
      larger.set(this.#bytes.subarray(0, start))
      this.#bytes = larger
    }
    this.#position = needed
    return start
  }

  #set32(at: number, value: number): void {
    const bytes = this.#bytes
    bytes[at] = value >>> 24
    bytes[at + 1] = value >>> 16
    bytes[at + 2] = value >>> 8
    bytes[at + 3] = value
  }

  int8(value: number): void {
    if ((value << 24) >> 24 !== value) throw outOfRange("int8", value)
    const at = this.#grow(1)
    this.#bytes[at] = value
  }

  int16(value: number): void {
    if ((value << 16) >> 16 !== value) throw outOfRange("int16", value)
    const at = this.#grow(2)
    this.#bytes[at] = value >>> 8
    this.#bytes[at + 1] = value
  }

  int32(value: number): void {
    if ((value | 0) !== value) throw outOfRange("int32", value)
    this.#set32(this.#grow(4), value)
  }

  uint32(value: number): void {
    if (value >>> 0 !== value) throw outOfRange("uint32", value)
    this.#set32(this.#grow(4), value)
  }

  /** A signed 64-bit integer, given as a safe integer. */
  int64(value: number): void {
    if (!Number.isSafeInteger(value)) throw outOfRange("int64", value)
    const at = this.#grow(8)
    this.#set32(at, Math.floor(value / 0x1_0000_0000))
    this.#set32(at + 4, value)
  }

  /** A signed 64-bit integer of any size. */
  bigInt64(value: bigint): void {
    if (BigInt.asIntN(64, value) !== value) throw outOfRange("int64", value)
    const at = this.#grow(8)
    this.#set32(at, Number(value >> 32n))
    this.#set32(at + 4, Number(value & 0xffff_ffffn))
  }

  boolean(value: boolean): void {
    const at = this.#grow(1)
    this.#bytes[at] = value ? 1 : 0
  }

  float64(value: number): void {
    const at = this.#grow(8)
    new DataView(this.#bytes.buffer, this.#bytes.byteOffset + at, 8).setFloat64(0, value)
  }

  /** An unsigned integer of up to 32 bits, seven bits a byte, lowest first. */
  unsignedVarint(value: number): void {
    if (value >>> 0 !== value) throw outOfRange("varint", value)
    let rest = value
    while (rest > 0x7f) {
      const at = this.#grow(1)
      this.#bytes[at] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    const at = this.#grow(1)
    this.#bytes[at] = rest
  }

  /** A signed integer of up to 32 bits in zigzag encoding, as in a record's lengths. */
  varint(value: number): void {
    if ((value | 0) !== value) throw outOfRange("varint", value)
    this.unsignedVarint(((value << 1) ^ (value >> 31)) >>> 0)
  }

  /** A signed integer of up to 64 bits in zigzag encoding, given as a safe integer. */
  varlong(value: number): void {
    if (!Number.isSafeInteger(value)) throw outOfRange("varlong", value)
    const magnitude = value < 0 ? -value - 1 : value
    // Doubled, the magnitude may take 54 bits: its lowest 27 and the sign go into one number, the rest into another.
    let low = (magnitude % 0x800_0000) * 2 + (value < 0 ? 1 : 0)
    let high = Math.floor(magnitude / 0x800_0000)
    for (let i = 0; i < 4; i++) {
      const bits = low & 0x7f
      low >>>= 7
      const last = low === 0 && high === 0
      const at = this.#grow(1)
      this.#bytes[at] = last ? bits : bits | 0x80
      if (last) return
    }
    this.unsignedVarint(high)
  }

  /** Sixteen bytes of a UUID, given as its canonical text. */
  uuid(value: string): void {
    this.bytes(uuidToBytes(value))
  }

  /** The bytes as they are, without a length. */
  bytes(value: Uint8Array): void {
    const at = this.#grow(value.length)
    this.#bytes.set(value, at)
  }

  /** The text in UTF-8, without a length; returns the number of bytes. */
  utf8(text: string): number {
    const start = this.#grow(text.length * 3)
    const written = encodeUtf8Into(text, this.#bytes, start)
    this.#position = start + written
    return written
  }

  /**
   * Leaves room for an int32 that is known only later, and returns where.
   *
   * **Example**
   *
   * ```ts
   * const length = writer.reserveInt32()
   * writeBody(writer)
   * writer.patchInt32(length, writer.position - length - 4)
   * ```
   */
  reserveInt32(): number {
    const at = this.#grow(4)
    this.#set32(at, 0)
    return at
  }

  /** Writes an int32 where `reserveInt32` left room for it. */
  patchInt32(at: number, value: number): void {
    if ((value | 0) !== value) throw outOfRange("int32", value)
    if (at < 0 || at + 4 > this.#position) throw outOfRange("position", at)
    this.#set32(at, value)
  }

  /**
   * The bytes written so far, as a view of the writer's own memory.
   *
   * **Gotchas**
   *
   * The view goes stale when the writer is used again: call it last.
   */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#position)
  }
}
