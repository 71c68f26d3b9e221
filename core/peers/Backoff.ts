/** How long is waited between attempts, in milliseconds. */
export interface BackoffSettings {
  readonly minMs: number
  readonly maxMs: number
}

/**
 * How long to wait before the next attempt: twice as long after each failure, up to a bound, and between half of that and
 * all of it, so that nodes which lost each other at once do not come back at once.
 *
 * **Details**
 *
 * The same seed gives the same waits.
 */
export class Backoff {
  readonly #settings: BackoffSettings
  #word: number
  #failures = 0

  constructor(settings: BackoffSettings, seed: number) {
    this.#settings = settings
    // xorshift32 stays at 0 for ever once it is there.
    this.#word = (seed ^ 0x9e3779b9) | 0 || 1
  }

  /** An attempt has succeeded: the next failure is the first one again. */
  reset(): void {
    this.#failures = 0
  }

  /** An attempt has failed: how many milliseconds to wait now. */
  next(): number {
    const { maxMs, minMs } = this.#settings
    const whole = Math.min(maxMs, minMs * 2 ** Math.min(this.#failures++, 30))
    const half = Math.floor(whole / 2)
    return half + (this.#draw() % (whole - half + 1))
  }

  #draw(): number {
    let word = this.#word
    word ^= word << 13
    word ^= word >>> 17
    word ^= word << 5
    this.#word = word
    return word >>> 0
  }
}
