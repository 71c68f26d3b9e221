/** The address of a store as it may be shown: without the password, where one is written into it. */
export const shownAddress = (address: string): string =>
  address.replace(/^([a-z]+:\/\/[^/?#:@]*):.*@/s, "$1@").replace(/([?&]password=)[^&]*/g, "$1…")
