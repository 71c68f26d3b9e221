/** What tells the appends of one key apart from others; records without a key have no order among themselves. */
export const keyText = (key: Uint8Array | null): string | undefined => {
  if (key === null) return undefined
  let text = ""
  for (const byte of key) text += String.fromCharCode(byte)
  return text
}
