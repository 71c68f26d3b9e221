/** Versions of an API from `min` to `max`, both included. */
export interface VersionRange {
  readonly min: number
  readonly max: number
}

/** Whether the range has the version. */
export const includesVersion = (range: VersionRange, version: number): boolean =>
  version >= range.min && version <= range.max

/**
 * The highest version that both ranges have, or `undefined` when they do not meet.
 *
 * **When to use**
 *
 * By a client, with the range it implements and the one that the broker's ApiVersions response lists.
 */
export const highestCommonVersion = (a: VersionRange, b: VersionRange): number | undefined => {
  const highest = Math.min(a.max, b.max)
  return highest >= Math.max(a.min, b.min) ? highest : undefined
}
