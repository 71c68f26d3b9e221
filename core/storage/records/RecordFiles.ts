const digits = 20

/** The segment of a record log that begins at this position of the log. */
export const segmentFile = (folder: string, base: number): string =>
  `${folder}/${String(base).padStart(digits, "0")}.records`

/** How far a record log is known to be synced. */
export const markerFile = (folder: string): string => `${folder}/marker`

/** Where the segment in this file begins; `undefined` when the name is not that of a segment. */
export const segmentBaseOf = (name: string): number | undefined => {
  const base = /^[0-9]{20}\.records$/.test(name) ? Number(name.slice(0, digits)) : undefined
  return Number.isSafeInteger(base) ? base : undefined
}

/** The folder of a path, and all above it up to the root (`""`), innermost first. */
export const foldersAbove = (path: string): ReadonlyArray<string> => {
  const above: Array<string> = []
  for (let rest = path; rest !== "";) {
    rest = rest.slice(0, Math.max(0, rest.lastIndexOf("/")))
    above.push(rest)
  }
  return above
}
