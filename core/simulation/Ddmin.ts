/** Cuts items into `parts` chunks whose sizes differ by at most one. */
const split = (items: ReadonlyArray<number>, parts: number): ReadonlyArray<ReadonlyArray<number>> =>
  Array.from({ length: parts }, (_, at) =>
    items.slice(Math.floor((at * items.length) / parts), Math.floor(((at + 1) * items.length) / parts))
  )

/** A subset as a text that no other subset of the same items has: sixteen items in a character. */
const keyOf = (indices: ReadonlyArray<number>, size: number): string => {
  const words = new Uint16Array(Math.ceil(size / 16))
  for (const index of indices) {
    const word = index >> 4
    words[word] = (words[word] ?? 0) | (1 << (index & 15))
  }
  return Array.from(words, (word) => String.fromCharCode(word)).join("")
}

/**
 * Minimising delta debugging: the few of many items that still make a test fail.
 *
 * **When to use**
 *
 * To shrink what led to a failure (faults, moves, lines of input) to what a person can think about.
 *
 * **Details**
 *
 * `fails(items)` is known to be true and is not asked again. Nothing at all is tried first, then halves, then ever
 * smaller chunks, each alone and what is left without it. The items that are kept stay in their order. The result is
 * 1-minimal: without any single one of its items the test passes. No subset is tried twice. `goOn` is asked before each
 * try; once it says no, the result is the smallest failing subset known so far.
 *
 * The algorithm is `ddmin` of Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002), except
 * that after a chunk was taken away the next one is tried, and not the first again.
 *
 * **Gotchas**
 *
 * `fails` must be a function of the subset alone. Where a subset fails for another reason than the whole did, let
 * `fails` say no, or the result explains another failure.
 *
 * **Example** (Two items that fail together)
 *
 * ```ts
 * const items = Array.from({ length: 100 }, (_, at) => at)
 * ddmin(items, (kept) => kept.includes(17) && kept.includes(71), () => true) // [17, 71]
 * ```
 */
export const ddmin = <A>(
  items: ReadonlyArray<A>,
  fails: (kept: ReadonlyArray<A>) => boolean,
  goOn: () => boolean
): ReadonlyArray<A> => {
  const passed = new Set<string>()
  const pick = (indices: ReadonlyArray<number>): ReadonlyArray<A> => indices.map((index) => items[index] as A)
  let kept: ReadonlyArray<number> = items.map((_, index) => index)
  let stopped = false

  /** Keeps the subset if the test still fails with it. */
  const takes = (indices: ReadonlyArray<number>): boolean => {
    const key = keyOf(indices, items.length)
    if (passed.has(key)) return false
    stopped ||= !goOn()
    if (stopped) return false
    if (!fails(pick(indices))) {
      passed.add(key)
      return false
    }
    kept = indices
    return true
  }

  if (items.length > 0 && takes([])) return []
  for (let parts = 2, next = 0; kept.length > 1 && !stopped;) {
    const chunks = split(kept, parts)
    if (chunks.some(takes)) {
      parts = 2
      next = 0
      continue
    }
    const without = (at: number): ReadonlyArray<number> => chunks.flatMap((chunk, other) => (other === at ? [] : chunk))
    const order = chunks.map((_, step) => (next + step) % parts)
    const taken = order.find((at) => takes(without(at)))
    if (taken !== undefined) {
      parts = Math.max(2, parts - 1)
      next = taken % parts
    } else if (parts < kept.length) {
      parts = Math.min(kept.length, 2 * parts)
      next = 0
    } else break
  }
  return pick(kept)
}
