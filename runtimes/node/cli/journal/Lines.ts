import { joinedBytes } from "../../../../core/bytes/index.ts"

/** The longest line that is taken, in bytes. */
export const maxLineBytes = 8 * 1024 * 1024

const newline = 0x0a

/** A line of the input, counted from 1; `bytes` is undefined where it is longer than allowed. */
export interface Line {
  readonly number: number
  readonly bytes: Uint8Array | undefined
}

/**
 * Cuts chunks of bytes into lines.
 *
 * **Details**
 *
 * `push` answers with the lines that end in the chunk, without their line feeds; `end` with the last one, where it does
 * not end with a line feed. Of a line that is longer than `maxBytes` nothing more is kept than that it was there.
 */
export class Lines {
  readonly #maxBytes: number
  #parts: Array<Uint8Array> = []
  #length = 0
  #number = 1

  constructor(maxBytes: number = maxLineBytes) {
    this.#maxBytes = maxBytes
  }

  push(chunk: Uint8Array): ReadonlyArray<Line> {
    const lines: Array<Line> = []
    let start = 0
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, start)) {
      this.#keep(chunk.subarray(start, at))
      lines.push(this.#take())
      start = at + 1
    }
    this.#keep(chunk.subarray(start))
    return lines
  }

  end(): ReadonlyArray<Line> {
    return this.#length === 0 ? [] : [this.#take()]
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return
    this.#length += part.length
    if (this.#length > this.#maxBytes) this.#parts = []
    else this.#parts.push(part)
  }

  #take(): Line {
    const bytes = this.#length > this.#maxBytes ? undefined : joinedBytes(this.#parts)
    this.#parts = []
    this.#length = 0
    return { number: this.#number++, bytes }
  }
}
