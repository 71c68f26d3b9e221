/** Why bytes cannot be expanded. It is caught by whoever asked for the records, who knows of which batch they are. */
export const malformed = (what: string): Error => new Error(what)

/**
 * What is expanded in pieces, up to a bound.
 *
 * **Details**
 *
 * It grows with what is put into it: a bound of 100 MiB costs nothing until so much has come. A piece that stays the only
 * one is not copied.
 */
export class BoundedOutput {
  readonly #maxBytes: number
  #bytes: Uint8Array = new Uint8Array(0)
  #length = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** How many bytes have come. */
  get length(): number {
    return this.#length
  }

  /** How many bytes may still come. */
  get room(): number {
    return this.#maxBytes - this.#length
  }

  /** Adds a piece; throws when that is more than may come. */
  append(piece: Uint8Array): void {
    const needed = this.#length + piece.length
    if (needed > this.#maxBytes) throw malformed(`it has more than ${this.#maxBytes} bytes`)
    if (this.#length === 0) {
      this.#bytes = piece
    } else if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.min(this.#maxBytes, Math.max(needed, 2 * this.#bytes.length)))
      larger.set(this.#bytes.subarray(0, this.#length))
      larger.set(piece, this.#length)
      this.#bytes = larger
    } else {
      this.#bytes.set(piece, this.#length)
    }
    this.#length = needed
  }

  /** A view of what has come from `start` on; it is good until the next piece. */
  slice(start = 0): Uint8Array {
    return this.#bytes.subarray(start, this.#length)
  }
}
