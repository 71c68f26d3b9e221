/** How many letters must be added, taken away or changed, or neighbours swapped, to make one word of the other. */
const distance = (a: string, b: string): number => {
  let before: ReadonlyArray<number> = []
  let row: ReadonlyArray<number> = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwapped ? (before[j - 2] ?? 0) + 1 : changed
      next.push(Math.min(changed, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}

/** From so many letters on, what was given may be a part of a name; and of so many letters one may be wrong. */
const leastLetters = 3

/**
 * The few names that somebody may have meant: those that begin so, then those that contain it, then those spelt almost so,
 * in capitals or not.
 */
export const nearNames = (given: string, names: ReadonlyArray<string>, most = 5): ReadonlyArray<string> => {
  if (given === "") return []
  const word = given.toLowerCase()
  const far = (name: string): number => {
    const other = name.toLowerCase()
    if (other.startsWith(word)) return -2
    return word.length >= leastLetters && other.includes(word) ? -1 : distance(word, other)
  }
  const allowed = Math.floor(word.length / leastLetters)
  const near = names.map((name) => ({ name, far: far(name) })).filter((one) => one.far <= allowed)
  return near
    .toSorted((a, b) => a.far - b.far)
    .slice(0, most)
    .map(({ name }) => name)
}
