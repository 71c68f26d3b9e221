/** Ids that are set aside with one write of the broker's image. */
const blockSize = 1000

/**
 * Gives out producer ids, none of them twice, also not over restarts.
 *
 * **Details**
 *
 * An id is given out only after the block that it belongs to is durably set aside; what is left of a block at a restart
 * is never used.
 */
export class ProducerIds {
  #next: number
  #durable: number
  #reserved: number

  /** `next` is the first id that no earlier run can have given out. */
  constructor(next: number) {
    this.#next = next
    this.#durable = next
    this.#reserved = next
  }

  /** Up to where ids are or will be set aside: what the image has to say. */
  get reserved(): number {
    return this.#reserved
  }

  /** The next id; `undefined` when a new block has to become durable first. */
  take(): number | undefined {
    return this.#next < this.#durable ? this.#next++ : undefined
  }

  /** Sets another block aside, unless that is under way. */
  reserve(): void {
    if (this.#reserved === this.#durable) this.#reserved += blockSize
  }

  /** The image that says `reserved` is durable. */
  stored(reserved: number): void {
    this.#durable = Math.max(this.#durable, reserved)
  }
}
