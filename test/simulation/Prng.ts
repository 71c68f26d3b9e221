/** A pseudo-random generator of 32 bits (mulberry32): the same seed gives the same run, on every machine. */
export interface Prng {
  /** A whole number from 0 to `bound` - 1. */
  readonly below: (bound: number) => number
  /** True in `percent` of a hundred cases. */
  readonly chance: (percent: number) => boolean
  readonly pick: <A>(items: ReadonlyArray<A>) => A
}

export const makePrng = (seed: number): Prng => {
  let state = seed | 0
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (bound: number) => Math.floor(next() * bound)
  return {
    below,
    chance: (percent) => next() * 100 < percent,
    pick: (items) => {
      const item = items[below(items.length)]
      if (item === undefined) throw new Error("There is nothing to pick from.")
      return item
    }
  }
}
