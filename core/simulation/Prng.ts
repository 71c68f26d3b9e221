import { fnvBasis, fnvText } from "./Fnv.ts"

/**
 * A pseudo-random generator: the same seed gives the same numbers, on every machine.
 *
 * **Details**
 *
 * `stream` derives a generator from the seed and the name alone, whatever was drawn before. With a stream for each
 * purpose, a decision more in one of them shifts no other. Every method but `stream` draws exactly one word.
 */
export interface Prng {
  /** A whole number from 0 to `bound` - 1; `bound` is at most 2^32. */
  readonly below: (bound: number) => number
  /** True in `percent` of a hundred cases; 0.1 is one case in a thousand. */
  readonly chance: (percent: number) => boolean
  readonly pick: <A>(items: ReadonlyArray<A>) => A
  readonly stream: (name: string) => Prng
}

/** sfc32: three words of state and a counter. */
class Sfc32 implements Prng {
  private readonly path: string
  private a: number
  private b: number
  private c: number
  private counter = 1

  constructor(path: string) {
    this.path = path
    this.a = fnvText(fnvBasis, path)
    this.b = fnvText(this.a, path)
    this.c = fnvText(this.b, path)
    for (let round = 0; round < 12; round++) this.word()
  }

  below(bound: number): number {
    return Math.floor((this.word() / words) * bound)
  }

  chance(percent: number): boolean {
    return (this.word() / words) * 100 < percent
  }

  pick<A>(items: ReadonlyArray<A>): A {
    if (items.length === 0) throw new RangeError("There is nothing to pick from; give at least one item.")
    return items[this.below(items.length)] as A
  }

  stream(name: string): Prng {
    return new Sfc32(`${this.path}/${name}`)
  }

  private word(): number {
    const { a, b, c, counter } = this
    const sum = (((a + b) | 0) + counter) | 0
    this.counter = (counter + 1) | 0
    this.a = b ^ (b >>> 9)
    this.b = (c + (c << 3)) | 0
    this.c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
}

/** Makes a generator (sfc32, 32-bit arithmetic only) from a whole number. */
export const makePrng = (seed: number): Prng => new Sfc32(`${seed}`)

/** As many words as a generator has. */
export const words = 2 ** 32

/**
 * A whole number that is spread about exponentially around `mean`, made from one word of a generator.
 *
 * **Details**
 *
 * The logarithm is the number of leading zeros with a straight line between them, so that no engine rounds otherwise.
 */
export const exponential = (word: number, mean: number): number => {
  const zeros = Math.clz32(word)
  const rest = zeros > 30 ? 0 : ((word << (zeros + 1)) >>> 0) / words
  return Math.floor(((zeros + 1 - rest) * mean * 2) / 3)
}
