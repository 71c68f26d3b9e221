import { TaggedError } from "effect/Data"
import { Reader } from "../bytes/index.ts"

/** Kafka's own bound on a request (`socket.request.max.bytes`), in bytes. */
export const defaultMaxFrameSize = 100 * 1024 * 1024

/**
 * A frame length that is not accepted; the connection cannot be read any further and has to be closed.
 *
 * **Details**
 *
 * `length` is what the four bytes said and `maximum` what is accepted, both in bytes.
 */
export class FrameError extends TaggedError("FrameError")<{
  readonly reason: "NegativeLength" | "TooLarge"
  readonly length: number
  readonly maximum: number
  readonly message: string
}> {
  constructor(length: number, maximum: number) {
    super({ reason: length < 0 ? "NegativeLength" : "TooLarge", length, maximum, message: explain(length, maximum) })
  }
}

const explain = (length: number, maximum: number): string => {
  if (length >>> 8 === tlsHandshake) {
    return "The peer speaks TLS to a plaintext port; configure both sides with the same security protocol."
  }
  if (length === httpAnswer) {
    return "The peer answers in HTTP and is no Kafka broker; check the address, and above all the port."
  }
  if (length < 0) return `A frame of ${length} bytes cannot be; check that the peer speaks Kafka's protocol.`
  return `A frame of ${length} bytes is above the maximum of ${maximum}; send less at once or raise the maximum.`
}

/** How a TLS record starts that opens a connection: handshake, version 3.1. */
const tlsHandshake = 0x160301

/** How an answer in HTTP/1 starts: `HTTP`. */
const httpAnswer = 0x48545450

/** The contents of the frames that a chunk completes, and why there are no more, if that is so. */
export interface Frames {
  readonly frames: ReadonlyArray<Uint8Array>
  readonly error: FrameError | undefined
}

/** An incomplete frame begins with this much memory, and gets more only as its bytes arrive. */
const firstCapacity = 64 * 1024

/**
 * Cuts a byte stream into frames: `length:int32`, then as many bytes.
 *
 * **Details**
 *
 * Chunks may be cut anywhere. A frame that lies in one chunk is a view of it; others are gathered in memory of their own,
 * which grows with what has arrived and never by what a length claims.
 *
 * **Gotchas**
 *
 * After an error nothing more is read: every later chunk gives the same error and no frames.
 */
export class FrameSplitter {
  readonly #maximum: number
  readonly #prefix = new Uint8Array(4)
  #prefixFill = 0
  /** The length of the frame being gathered, or -1 while its prefix is. */
  #length = -1
  #gathered: Uint8Array = new Uint8Array(0)
  #fill = 0
  #error: FrameError | undefined = undefined

  constructor(maximum: number = defaultMaxFrameSize) {
    this.#maximum = maximum
  }

  /** How many bytes are held for a frame that is not complete. */
  get buffered(): number {
    return this.#prefixFill + this.#fill
  }

  /** Takes the next chunk of the stream. */
  push(chunk: Uint8Array): Frames {
    const frames: Array<Uint8Array> = []
    let at = 0
    while (this.#error === undefined && at < chunk.length) {
      if (this.#length === -1) {
        this.#prefix[this.#prefixFill++] = chunk[at++]!
        if (this.#prefixFill < 4) continue
        const length = new Reader(this.#prefix).int32()
        if (length < 0 || length > this.#maximum) {
          this.#error = new FrameError(length, this.#maximum)
          break
        }
        this.#length = length
        if (length > 0) continue
      }
      const missing = this.#length - this.#fill
      const available = Math.min(missing, chunk.length - at)
      if (this.#fill === 0 && available === missing) {
        frames.push(chunk.subarray(at, at + missing))
        this.#reset()
      } else {
        this.#gather(chunk.subarray(at, at + available))
        if (available === missing) {
          frames.push(this.#gathered.subarray(0, this.#length))
          this.#reset()
        }
      }
      at += available
    }
    return { frames, error: this.#error }
  }

  #gather(part: Uint8Array): void {
    const needed = this.#fill + part.length
    if (needed > this.#gathered.length) {
      const capacity = Math.min(this.#length, Math.max(needed, 2 * this.#gathered.length, firstCapacity))
      const larger = new Uint8Array(capacity)
      larger.set(this.#gathered.subarray(0, this.#fill))
      this.#gathered = larger
    }
    this.#gathered.set(part, this.#fill)
    this.#fill = needed
  }

  #reset(): void {
    this.#length = -1
    this.#prefixFill = 0
    this.#gathered = new Uint8Array(0)
    this.#fill = 0
  }
}
