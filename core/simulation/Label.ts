/** Whatever has a `_tag` is named by it. */
export const tagOf = (one: unknown): string =>
  typeof one === "object" && one !== null && "_tag" in one && typeof one._tag === "string" ? one._tag : typeof one

/** What is shown of an input, output or message. */
export const labelOf = (one: unknown, label: ((one: never) => string) | undefined): string =>
  label === undefined ? tagOf(one) : label(one as never)
