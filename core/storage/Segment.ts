import type { BatchHeader } from "../log/index.ts"
import { seal, unseal } from "./Sealed.ts"

/** There is one index entry for about this many bytes of a segment. */
export const indexInterval = 4096

const indexKind = 0x6f64_6978
const timeIndexKind = 0x6f64_7469
const version = 1

/**
 * One file of a partition's log, and where in it offsets and times lie.
 *
 * **Details**
 *
 * The index is sparse: a batch gets an entry when it begins at least {@link indexInterval} bytes after the last one
 * that has. An entry holds the batch's base offset, its position, and the greatest timestamp of all batches before it,
 * so a look-up by offset or time gives the position from which to read, at most that many bytes too early.
 *
 * The object is mutable; whoever holds it is its only writer.
 */
export class Segment {
  /** The first offset, which also names the file. */
  readonly base: number
  #size = 0
  #endOffset: number
  #maxTimestamp = -1
  #maxTimestampBase: number
  #count = 0
  #relative = new Int32Array(8)
  #positions = new Int32Array(8)
  #times = new Float64Array(8)

  constructor(base: number) {
    this.base = base
    this.#endOffset = base
    this.#maxTimestampBase = base
  }

  /** Bytes in the file. */
  get size(): number {
    return this.#size
  }

  /** The offset after the last record. */
  get endOffset(): number {
    return this.#endOffset
  }

  /** The greatest timestamp in the segment, -1 when there is none. */
  get maxTimestamp(): number {
    return this.#maxTimestamp
  }

  /** The base offset of the first batch that has the greatest timestamp. */
  get maxTimestampBase(): number {
    return this.#maxTimestampBase
  }

  /** Takes in the batch that stands at the end of the file. */
  append(batch: BatchHeader): void {
    const last = this.#count - 1
    if (last < 0 || this.#size - this.#positions[last]! >= indexInterval) {
      if (this.#count === this.#relative.length) this.#grow()
      this.#relative[this.#count] = batch.baseOffset - this.base
      this.#positions[this.#count] = this.#size
      this.#times[this.#count] = this.#maxTimestamp
      this.#count++
    }
    if (batch.maxTimestamp > this.#maxTimestamp) {
      this.#maxTimestamp = batch.maxTimestamp
      this.#maxTimestampBase = batch.baseOffset
    }
    this.#size += batch.size
    this.#endOffset = batch.lastOffset + 1
  }

  /** Whether the batch's offsets can be told apart from the segment's first in 31 bits. */
  reaches(lastOffset: number): boolean {
    return lastOffset - this.base <= 0x7fffffff
  }

  /** A position at or before the batch that holds `offset`, at the beginning of some batch. */
  positionOf(offset: number): number {
    return this.#position(this.#relative, offset - this.base + 1)
  }

  /** A position at or before the first batch with a record of `timestamp` or later, at the beginning of some batch. */
  positionOfTime(timestamp: number): number {
    return this.#position(this.#times, timestamp)
  }

  /** The position of the last entry whose key is below `bound`; keys ascend. */
  #position(keys: Int32Array | Float64Array, bound: number): number {
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (keys[middle]! < bound) low = middle + 1
      else high = middle
    }
    return low === 0 ? 0 : this.#positions[low - 1]!
  }

  #grow(): void {
    const capacity = 2 * this.#relative.length
    const relative = new Int32Array(capacity)
    const positions = new Int32Array(capacity)
    const times = new Float64Array(capacity)
    relative.set(this.#relative)
    positions.set(this.#positions)
    times.set(this.#times)
    this.#relative = relative
    this.#positions = positions
    this.#times = times
  }

  /** Writes the offset index of the segment, now closed. */
  encodeIndex(): Uint8Array {
    return seal(indexKind, version, (out) => {
      out.int64(this.base)
      out.int64(this.#size)
      out.int64(this.#endOffset)
      out.int64(this.#maxTimestamp)
      out.int64(this.#maxTimestampBase)
      out.int32(this.#count)
      for (let i = 0; i < this.#count; i++) {
        out.int32(this.#relative[i]!)
        out.int32(this.#positions[i]!)
      }
    })
  }

  /** Writes the time index of the segment, now closed. */
  encodeTimeIndex(): Uint8Array {
    return seal(timeIndexKind, version, (out) => {
      out.int64(this.base)
      out.int64(this.#size)
      out.int32(this.#count)
      for (let i = 0; i < this.#count; i++) out.int64(this.#times[i]!)
    })
  }

  /**
   * Reads a closed segment's indexes; `undefined` when one of them is not whole, or they are of different logs.
   *
   * **Gotchas**
   *
   * `size` is what the indexes say: compare it with the file.
   */
  static decode(base: number, index: Uint8Array, timeIndex: Uint8Array): Segment | undefined {
    const segment = unseal(index, indexKind, version, (reader) => {
      if (reader.int64() !== base) return undefined
      const read = new Segment(base)
      read.#size = reader.int64()
      read.#endOffset = reader.int64()
      read.#maxTimestamp = reader.int64()
      read.#maxTimestampBase = reader.int64()
      read.#count = reader.count(reader.int32(), 8)
      read.#relative = new Int32Array(Math.max(8, read.#count))
      read.#positions = new Int32Array(Math.max(8, read.#count))
      for (let i = 0; i < read.#count; i++) {
        read.#relative[i] = reader.int32()
        read.#positions[i] = reader.int32()
      }
      return read
    })
    if (segment === undefined) return undefined
    return unseal(timeIndex, timeIndexKind, version, (reader) => {
      if (reader.int64() !== base || reader.int64() !== segment.#size) return undefined
      if (reader.count(reader.int32(), 8) !== segment.#count) return undefined
      segment.#times = new Float64Array(Math.max(8, segment.#count))
      for (let i = 0; i < segment.#count; i++) segment.#times[i] = reader.int64()
      return segment
    })
  }
}
