/** Whatever has a `_tag` is named by it. */
export const tagOf = (one: unknown): string =>
  typeof one === "object" && one !== null && "_tag" in one && typeof one._tag === "string" ? one._tag : typeof one
