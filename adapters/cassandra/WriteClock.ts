/**
 * Gives writes their time stamps, in microseconds since the epoch, each greater than all before and than all it has been
 * told of.
 *
 * **Details**
 *
 * Of two writes to one cell Cassandra keeps the one with the greater time stamp, and a removal hides what is written
 * with a smaller one, whenever that arrives. A replicator that takes a partition over from one whose clock was ahead
 * therefore goes on from that one's time: `observe` takes the stamps of heads and pointers that were read. The stamp
 * below a given one belongs to the same write, for a removal of what is to be replaced.
 */
export class WriteClock {
  #last = 0

  next(nowMs: number): number {
    this.#last = Math.max(nowMs * 1000, this.#last + 2)
    return this.#last
  }

  observe(micros: number | undefined): void {
    if (micros !== undefined && micros > this.#last) this.#last = micros
  }

  /** The first whole millisecond after the last stamp. */
  get nextMs(): number {
    return Math.floor(this.#last / 1000) + 1
  }
}
