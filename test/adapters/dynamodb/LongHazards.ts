/** The hazards that take long: a DynamoDB in this process is slow, and so DynamoDB Local is held against them. */
export const isLong = (name: string): boolean =>
  /to write "(d2 a3|a4-5|d3|a6 d4|purge|purge a1-2)" on |during which .* is copied|a purge and another|another beginning|pages of (11|5)/.test(
    name
  )
