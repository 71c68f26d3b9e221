/** What may wait for one peer. */
export interface SendQueueBounds {
  readonly frames: number
  readonly bytes: number
}

/**
 * Frames that wait to be written, oldest first; when there is no more room the oldest are dropped and counted.
 *
 * **Details**
 *
 * What waits longest is worth least to a protocol that tolerates loss. A frame that is larger than all the room there is
 * takes the place of everything else.
 */
export class SendQueue {
  readonly #bounds: SendQueueBounds
  #frames: Array<Uint8Array> = []
  #head = 0
  #bytes = 0
  #dropped = 0

  constructor(bounds: SendQueueBounds) {
    this.#bounds = bounds
  }

  /** How many frames wait. */
  get length(): number {
    return this.#frames.length - this.#head
  }

  /** How many bytes the frames that wait have. */
  get bytes(): number {
    return this.#bytes
  }

  /** How many frames have been dropped, ever. */
  get dropped(): number {
    return this.#dropped
  }

  /** Puts a frame behind the others. */
  push(frame: Uint8Array): void {
    this.#frames.push(frame)
    this.#bytes += frame.length
    while (this.length > 1 && (this.length > this.#bounds.frames || this.#bytes > this.#bounds.bytes)) {
      this.#take()
      this.#dropped++
    }
  }

  /** Takes frames off the front, together no more than `maxBytes`, but one at least if one waits. */
  take(maxBytes: number): ReadonlyArray<Uint8Array> {
    const taken: Array<Uint8Array> = []
    let bytes = 0
    while (this.length > 0) {
      const next = this.#frames[this.#head]!.length
      if (taken.length > 0 && bytes + next > maxBytes) break
      bytes += next
      taken.push(this.#take())
    }
    return taken
  }

  #take(): Uint8Array {
    const frame = this.#frames[this.#head]!
    this.#frames[this.#head++] = nothing
    this.#bytes -= frame.length
    if (this.#head === this.#frames.length) {
      this.#frames = []
      this.#head = 0
    } else if (this.#head >= compactAt && 2 * this.#head >= this.#frames.length) {
      this.#frames = this.#frames.slice(this.#head)
      this.#head = 0
    }
    return frame
  }
}

const nothing = new Uint8Array(0)

/** Places at the front that are given back together. */
const compactAt = 1024
