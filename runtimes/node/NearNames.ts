/** How many letters must be added, taken away or changed to make one word of the other. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The few names that somebody may have meant: those that begin so or contain it, then those spelt almost so. */
export const nearNames = (given: string, names: ReadonlyArray<string>, most = 5): ReadonlyArray<string> => {
  const far = (name: string): number =>
    name.startsWith(given) ? -2 : name.includes(given) ? -1 : distance(given, name)
  const allowed = Math.max(2, Math.ceil(given.length / 3))
  const near = names.map((name) => ({ name, far: far(name) })).filter((one) => one.far <= allowed)
  return near
    .toSorted((a, b) => a.far - b.far)
    .slice(0, most)
    .map(({ name }) => name)
}
