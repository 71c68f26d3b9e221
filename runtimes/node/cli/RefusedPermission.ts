const form = /^Requires (.+), run again with the (.+) flag$/s

const sentenceOf = (message: string): string => {
  const [, what, flag] = form.exec(message) ?? []
  return what === undefined ? `Deno refuses it: ${message}.` : `Deno refuses ${what}: run it again with ${flag}.`
}

/** How deep a cause may lie. */
const depth = 16

/**
 * What a person is told where Deno has refused something, and another failure is what came of it; `undefined` where it has
 * refused nothing. Node refuses nothing in this way.
 */
export const refusedPermission = (error: unknown): string | undefined => {
  let cause = error
  for (let at = 0; at < depth && cause instanceof Error; at++) {
    if (cause.name === "NotCapable") return sentenceOf(cause.message)
    cause = cause.cause
  }
  return undefined
}
