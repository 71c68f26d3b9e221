const hex = (bytes: Uint8Array): string => {
  let text = ""
  for (const byte of bytes) text += byte < 16 ? `0${byte.toString(16)}` : byte.toString(16)
  return `bytes(${text})`
}

/**
 * Draws a value as text, such that two values have the same text exactly when they have the same content.
 *
 * **Details**
 *
 * Properties and map entries come in the order of their names; a property that is `undefined` counts as absent.
 */
export const show = (value: unknown): string => {
  if (typeof value === "string") return JSON.stringify(value)
  if (value instanceof Uint8Array) return hex(value)
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`
  if (value instanceof Map) {
    const entries = Array.from(value, ([key, item]) => `${show(key)} => ${show(item)}`)
    return `map(${entries.sort().join(", ")})`
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    return `{${entries
      .map(([name, item]) => `${name}: ${show(item)}`)
      .sort()
      .join(", ")}}`
  }
  return String(value)
}
