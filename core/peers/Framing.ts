import { TaggedError } from "effect/Data"

/** The largest frame that is taken unless somebody says otherwise, in bytes. */
export const defaultMaxFrameBytes = 16 << 20

/** How a TLS record starts that opens a connection: handshake, version 3.1 or 3.3. */
const tlsHandshake = 0x1603

/** How requests and answers in HTTP/1 start: `GET `, `POST`, `PUT `, `HEAD`, `HTTP`. */
const httpStarts: ReadonlyArray<number> = [0x47455420, 0x504f5354, 0x50555420, 0x48454144, 0x48545450]

/**
 * A frame length that is not accepted; the connection cannot be read any further and has to be closed.
 *
 * **Details**
 *
 * `length` is what the four bytes said and `maximum` what is accepted, both in bytes.
 */
export class FrameTooLarge extends TaggedError("FrameTooLarge")<{
  readonly length: number
  readonly maximum: number
}> {
  override get message(): string {
    const { length, maximum } = this
    if (length >>> 16 === tlsHandshake) {
      return "The other side speaks TLS where plain text is expected: give both the same settings for TLS."
    }
    if (httpStarts.includes(length)) return "The other side speaks HTTP and is no peer: check the address and the port."
    return `A frame of ${length} bytes is above the maximum of ${maximum}: send less at once or raise the maximum on both sides.`
  }
}

/** What comes in front of a frame's content: its length in bytes, in four bytes, big-endian. */
export const frameHeader = (length: number): Uint8Array =>
  Uint8Array.of(length >>> 24, length >>> 16, length >>> 8, length)

/** The contents of the frames that a chunk completes, and why there are no more, if that is so. */
export interface Frames {
  readonly frames: ReadonlyArray<Uint8Array>
  readonly error: FrameTooLarge | undefined
}

/** An incomplete frame begins with this much memory, and gets more only as its bytes arrive. */
const firstCapacity = 4096

const nothing = new Uint8Array(0)

/**
 * Cuts a byte stream into frames: a length of four bytes, then as many bytes.
 *
 * **Details**
 *
 * Chunks may be cut anywhere: any split of the same bytes gives the same frames. A frame that lies in one chunk is a view
 * of it; others are gathered in memory of their own, which grows with what has arrived and never by what a length claims.
 *
 * **Gotchas**
 *
 * After an error nothing more is read: every later chunk gives the same error and no frames.
 */
export class FrameDecoder {
  readonly #maximum: number
  #header = 0
  #headerBytes = 0
  #gathered: Uint8Array = nothing
  #filled = 0
  #error: FrameTooLarge | undefined

  constructor(maximum: number = defaultMaxFrameBytes) {
    this.#maximum = maximum
  }

  /** How many bytes are held for a frame that is not complete. */
  get buffered(): number {
    return this.#headerBytes + this.#filled
  }

  /** Takes the next chunk of the stream. */
  push(chunk: Uint8Array): Frames {
    const frames: Array<Uint8Array> = []
    let at = 0
    while (this.#error === undefined) {
      at = this.#readHeader(chunk, at)
      if (this.#error !== undefined || this.#headerBytes < 4) break
      const missing = this.#header - this.#filled
      const end = Math.min(chunk.length, at + missing)
      if (end - at < missing) {
        this.#gather(chunk.subarray(at, end))
        break
      }
      frames.push(this.#finish(chunk.subarray(at, end)))
      at = end
    }
    return { frames, error: this.#error }
  }

  /** Takes what is missing of the length; gives where the content goes on. */
  #readHeader(chunk: Uint8Array, from: number): number {
    let at = from
    while (this.#headerBytes < 4 && at < chunk.length) {
      this.#header = ((this.#header << 8) | chunk[at++]!) >>> 0
      this.#headerBytes++
    }
    if (this.#headerBytes === 4 && this.#header > this.#maximum) {
      this.#error = new FrameTooLarge({ length: this.#header, maximum: this.#maximum })
    }
    return at
  }

  /** The frame that ends with these bytes. */
  #finish(last: Uint8Array): Uint8Array {
    let frame = last
    if (this.#filled > 0) {
      this.#gather(last)
      frame = this.#gathered.subarray(0, this.#filled)
    }
    this.#header = 0
    this.#headerBytes = 0
    this.#gathered = nothing
    this.#filled = 0
    return frame
  }

  #gather(part: Uint8Array): void {
    const needed = this.#filled + part.length
    if (needed > this.#gathered.length) {
      const larger = new Uint8Array(Math.min(this.#header, Math.max(needed, 2 * this.#gathered.length, firstCapacity)))
      larger.set(this.#gathered.subarray(0, this.#filled))
      this.#gathered = larger
    }
    this.#gathered.set(part, this.#filled)
    this.#filled = needed
  }
}
