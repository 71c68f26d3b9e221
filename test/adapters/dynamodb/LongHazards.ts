/** The hazards that take long: a DynamoDB in this process is slow, and so DynamoDB Local is held against them. */
export const isLong = (name: string): boolean =>
  /sleeps at any write of|replaced and did not notice|during which .* is copied|a purge and another|another beginning|pages of (11|5)/.test(
    name
  )

/** Those of them in which two replicators meet that are held against both: one over a whole log, one over a trimmed one. */
export const isRace = (name: string): boolean => /of "a1-2" on "".* up to "purge( a1", changes|", when)/.test(name)
