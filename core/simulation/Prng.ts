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

const make = (path: string): Prng => {
  // sfc32: three words of state and a counter.
  let a = fnvText(fnvBasis, path)
  let b = fnvText(a, path)
  let c = fnvText(b, path)
  let counter = 1
  const word = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  for (let round = 0; round < 12; round++) word()
  const below = (bound: number): number => Math.floor((word() / 2 ** 32) * bound)
  return {
    below,
    chance: (percent) => (word() / 2 ** 32) * 100 < percent,
    pick: <A>(items: ReadonlyArray<A>): A => {
      if (items.length === 0) throw new RangeError("There is nothing to pick from; give at least one item.")
      return items[below(items.length)] as A
    },
    stream: (name) => make(`${path}/${name}`)
  }
}

/** Makes a generator (sfc32, 32-bit arithmetic only) from a whole number. */
export const makePrng = (seed: number): Prng => make(`${seed}`)

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
