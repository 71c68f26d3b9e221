import { DecodeError } from "./DecodeError.ts"
import type { DecodeReason } from "./DecodeError.ts"
import { decodeUtf8 } from "./Utf8.ts"
import { uuidFromBytes } from "./Uuid.ts"

const fault = (reason: DecodeReason, position: number, what: string, detail: string): DecodeError =>
  new DecodeError({ reason, position, what, detail })

/** How many array elements a reader and its sub-readers may still accept. */
interface Elements {
  left: number
}

/**
 * A cursor over a window of bytes, for big-endian numbers and Kafka's variable-length integers.
 *
 * **Details**
 *
 * Positions are indices in the array given to the constructor, also in a sub-reader. Byte strings are views of that
 * array and are never copied. `maxElements` bounds the elements of all arrays together, sub-readers included: small
 * elements take far more memory decoded than encoded.
 *
 * **Gotchas**
 *
 * Every method throws `DecodeError` when the window cannot give the value; enclose the outermost use in `decodeWith`.
 * A reader that has thrown is not rewound.
 */
export class Reader {
  readonly #bytes: Uint8Array
  readonly #end: number
  #elements: Elements
  #position: number

  constructor(bytes: Uint8Array, start = 0, end = bytes.length, maxElements = Infinity) {
    if (start < 0 || start > end || end > bytes.length) {
      throw fault("InvalidLength", start, "window", `${start}..${end} is not inside ${bytes.length} bytes`)
    }
    this.#bytes = bytes
    this.#position = start
    this.#end = end
    this.#elements = { left: maxElements }
  }

  /** The index in the array of the next byte to be read. */
  get position(): number {
    return this.#position
  }

  /** How many bytes of the window are left. */
  get remaining(): number {
    return this.#end - this.#position
  }

  /** The position before the value of `length` bytes that is about to be read, with the cursor moved past it. */
  #take(length: number, what: string): number {
    const start = this.#position
    if (length > this.#end - start) {
      throw fault("Truncated", start, what, `${this.#end - start} of ${length} bytes are there`)
    }
    if (length < 0) throw fault("InvalidLength", start, what, `a length of ${length} is negative`)
    this.#position = start + length
    return start
  }

  int8(): number {
    return (this.#bytes[this.#take(1, "int8")]! << 24) >> 24
  }

  int16(): number {
    const at = this.#take(2, "int16")
    const bytes = this.#bytes
    return (((bytes[at]! << 8) | bytes[at + 1]!) << 16) >> 16
  }

  int32(): number {
    const at = this.#take(4, "int32")
    const bytes = this.#bytes
    return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
  }

  uint32(): number {
    return this.int32() >>> 0
  }

  /** A signed 64-bit integer; `NumberTooLarge` outside of ±(2^53 - 1). */
  int64(): number {
    const start = this.#take(8, "int64")
    this.#position = start
    const high = this.int32()
    const value = high * 0x1_0000_0000 + this.uint32()
    if (!Number.isSafeInteger(value)) throw fault("NumberTooLarge", start, "int64", "the number is beyond ±(2^53 - 1)")
    return value
  }

  /** A signed 64-bit integer of any size. */
  bigInt64(): bigint {
    const start = this.#take(8, "int64")
    this.#position = start
    const high = BigInt(this.int32())
    return (high << 32n) | BigInt(this.uint32())
  }

  /** One byte; any value but 0 is true. */
  boolean(): boolean {
    return this.#bytes[this.#take(1, "boolean")] !== 0
  }

  float64(): number {
    const at = this.#take(8, "float64")
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + at, 8).getFloat64(0)
  }

  /** An unsigned integer of up to 32 bits, seven bits a byte, lowest first. */
  unsignedVarint(): number {
    const bytes = this.#bytes
    const start = this.#position
    let value = 0
    for (let i = 0; i < 5; i++) {
      const at = start + i
      if (at >= this.#end) throw fault("Truncated", start, "varint", "the bytes end inside the number")
      const byte = bytes[at]!
      if (i === 4 && byte > 0x0f) throw fault("InvalidVarint", start, "varint", "the number has more than 32 bits")
      value |= (byte & 0x7f) << (7 * i)
      if (byte < 0x80) {
        this.#position = at + 1
        break
      }
    }
    return value >>> 0
  }

  /** A signed integer of up to 32 bits in zigzag encoding, as in a record's lengths. */
  varint(): number {
    const value = this.unsignedVarint()
    return (value >>> 1) ^ -(value & 1)
  }

  /** A signed integer of up to 64 bits in zigzag encoding; `NumberTooLarge` outside of ±(2^53 - 1). */
  varlong(): number {
    const bytes = this.#bytes
    const start = this.#position
    // The lowest 28 bits and the other 36 are kept apart, because 64 bits do not fit in a number.
    let low = 0
    let high = 0
    let scale = 1
    for (let i = 0; i < 10; i++) {
      const at = start + i
      if (at >= this.#end) throw fault("Truncated", start, "varlong", "the bytes end inside the number")
      const byte = bytes[at]!
      if (i === 9 && byte > 0x01) throw fault("InvalidVarint", start, "varlong", "the number has more than 64 bits")
      if (i < 4) {
        low |= (byte & 0x7f) << (7 * i)
      } else {
        high += (byte & 0x7f) * scale
        scale *= 0x80
      }
      if (byte < 0x80) {
        this.#position = at + 1
        break
      }
    }
    const magnitude = high * 0x800_0000 + (low >>> 1)
    const value = (low & 1) === 0 ? magnitude : -magnitude - 1
    if (!Number.isSafeInteger(value)) {
      throw fault("NumberTooLarge", start, "varlong", "the number is beyond ±(2^53 - 1)")
    }
    return value
  }

  /** Sixteen bytes as the canonical text of a UUID (36 characters, lower case). */
  uuid(): string {
    return uuidFromBytes(this.#bytes, this.#take(16, "uuid"))
  }

  /** A view of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    const start = this.#take(length, "bytes")
    return this.#bytes.subarray(start, start + length)
  }

  /** The next `length` bytes as UTF-8 text, with U+FFFD for what is malformed. */
  utf8(length: number): string {
    const start = this.#take(length, "text")
    return decodeUtf8(this.#bytes, start, start + length)
  }

  /** Moves past `length` bytes. */
  skip(length: number): void {
    this.#take(length, "bytes")
  }

  /** A reader of the next `length` bytes, which this reader moves past. */
  sub(length: number): Reader {
    const start = this.#take(length, "bytes")
    const part = new Reader(this.#bytes, start, start + length)
    part.#elements = this.#elements
    return part
  }

  /**
   * Accepts the count of an array whose elements take at least `elementSize` bytes each.
   *
   * **When to use**
   *
   * Before anything is allocated for the elements: a count that the remaining bytes cannot hold, or that is above what
   * is left of the reader's `maxElements`, is `InvalidLength`.
   */
  count(count: number, elementSize: number): number {
    if (count < 0 || count * elementSize > this.remaining) {
      const detail = `${count} elements cannot be in the remaining ${this.remaining} bytes`
      throw fault("InvalidLength", this.#position, "count", detail)
    }
    this.#elements.left -= count
    if (this.#elements.left < 0) {
      throw fault("InvalidLength", this.#position, "count", `${count} elements are more than may still come`)
    }
    return count
  }

  /** Asserts that nothing is left; `TrailingBytes` otherwise. */
  end(): void {
    if (this.remaining > 0) {
      throw fault("TrailingBytes", this.#position, "end", `${this.remaining} bytes are left after the value`)
    }
  }
}
