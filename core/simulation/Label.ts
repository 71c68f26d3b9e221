/** Whatever has a `_tag` is named by it. */
export const tagOf = (one: unknown): string => {
  // Read at once, and not looked for first: this is done several times an event.
  const tag = one === undefined || one === null ? undefined : (one as { readonly _tag?: unknown })._tag
  return typeof tag === "string" ? tag : typeof one
}
