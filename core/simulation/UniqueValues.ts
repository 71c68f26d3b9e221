/** The values that stand in a list once; `undefined` is none. */
export const uniqueValues = <A>(values: ReadonlyArray<A | undefined>): ReadonlySet<A> => {
  const once = new Set<A>()
  const twice = new Set<A>()
  for (const value of values) {
    if (value === undefined) continue
    if (once.has(value)) twice.add(value)
    once.add(value)
  }
  return new Set([...once].filter((value) => !twice.has(value)))
}
