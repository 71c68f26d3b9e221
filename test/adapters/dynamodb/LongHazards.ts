/** The hazards that take long: a DynamoDB in this process is slow, and so DynamoDB Local is held against them. */
export const isLong = (name: string): boolean =>
  /sleeps at any write of "(?!a1-2" on "", .* up to "purge)|replaced and did not notice|during which .* is copied|a purge and another|another beginning|pages of (11|5)/.test(
    name
  )
