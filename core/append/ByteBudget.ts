interface Waiting {
  readonly bytes: number
  readonly go: () => void
}

/** A bound on the bytes that are in use at once; who finds too few waits, first come, first served. */
export class ByteBudget {
  readonly #waiting: Array<Waiting> = []
  readonly #max: number
  #left: number

  constructor(max: number) {
    this.#max = max
    this.#left = max
  }

  /** Takes so many bytes, at most all that there are, and calls `go` when they are there: at once, if they are. */
  take(bytes: number, go: () => void): void {
    const wanted = Math.min(bytes, this.#max)
    if (this.#waiting.length > 0 || wanted > this.#left) {
      this.#waiting.push({ bytes: wanted, go })
      return
    }
    this.#left -= wanted
    go()
  }

  /** Gives back what `take` was asked for. */
  give(bytes: number): void {
    this.#left += Math.min(bytes, this.#max)
    for (let next = this.#waiting[0]; next !== undefined && next.bytes <= this.#left; next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#left -= next.bytes
      next.go()
    }
  }
}
