/**
 * A seeded generator of identifiers (sfc32): the same seed gives the same ids, which is what a replay needs.
 *
 * **Gotchas**
 *
 * Not for secrets. Give each start of a broker a seed of its own, or ids repeat.
 */
export class Entropy {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: readonly [number, number, number]) {
    this.#a = seed[0] | 0
    this.#b = seed[1] | 0
    this.#c = seed[2] | 0
    for (let i = 0; i < 12; i++) this.next()
  }

  /** The next 32 bits, as an unsigned number. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    return sum >>> 0
  }

  /** A UUID of version 4 in canonical text. */
  uuid(): string {
    const words = [this.next(), this.next(), this.next(), this.next()]
    const hex = words.map((word) => word.toString(16).padStart(8, "0")).join("")
    const variant = "89ab"[(words[2] ?? 0) >>> 30] ?? "8"
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
  }
}
