/** Once a file is larger than this its memory grows by blocks of this size; below, by doubling. */
const blockSize = 64 * 1024

/** The bytes of one file in memory. */
export class MemoryFile {
  #blocks: Array<Uint8Array> = []
  #size = 0

  get size(): number {
    return this.#size
  }

  /** A copy of up to `length` bytes from `position`; fewer at the end of the file. */
  read(position: number, length: number): Uint8Array {
    const from = Math.min(position, this.#size)
    const out = new Uint8Array(Math.min(length, this.#size - from))
    for (let done = 0; done < out.length;) {
      const at = from + done
      const block = this.#blocks[Math.floor(at / blockSize)]!
      const start = at % blockSize
      const part = block.subarray(start, Math.min(block.length, start + out.length - done))
      out.set(part, done)
      done += part.length
    }
    return out
  }

  /** Writes at `position`; a gap between the end of the file and `position` is filled with zeros. */
  write(position: number, bytes: Uint8Array): void {
    const end = position + bytes.length
    this.#reserve(end)
    for (let done = 0; done < bytes.length;) {
      const at = position + done
      const block = this.#blocks[Math.floor(at / blockSize)]!
      const start = at % blockSize
      const part = bytes.subarray(done, done + Math.min(block.length - start, bytes.length - done))
      block.set(part, start)
      done += part.length
    }
    this.#size = Math.max(this.#size, end)
  }

  /** Cuts or extends (with zeros) to `length` bytes. */
  truncate(length: number): void {
    if (length < this.#size) {
      this.#blocks.length = Math.ceil(length / blockSize)
      const tail = length % blockSize
      if (tail > 0) this.#blocks[this.#blocks.length - 1]!.fill(0, tail)
    } else {
      this.#reserve(length)
    }
    this.#size = length
  }

  #reserve(end: number): void {
    const count = Math.ceil(end / blockSize)
    const last = this.#blocks.length - 1
    const needed = count > last + 1 ? blockSize : end - last * blockSize
    if (last >= 0 && this.#blocks[last]!.length < needed) this.#blocks[last] = grown(this.#blocks[last]!, needed)
    while (this.#blocks.length < count) {
      const rest = end - this.#blocks.length * blockSize
      this.#blocks.push(grown(new Uint8Array(0), this.#blocks.length === 0 ? rest : blockSize))
    }
  }
}

const grown = (block: Uint8Array, needed: number): Uint8Array => {
  const larger = new Uint8Array(Math.min(blockSize, Math.max(needed, 2 * block.length)))
  larger.set(block)
  return larger
}
