/** How much of a text a message shows, in UTF-16 code units. */
const shownLength = 100

/** A text, such as an id, in quotes as messages show it: a long one by its beginning. */
export const shownText = (text: string): string => {
  if (text.length <= shownLength) return JSON.stringify(text)
  const last = text.charCodeAt(shownLength - 1)
  const isPairCut = last >= 0xd800 && last <= 0xdbff
  return JSON.stringify(`${text.slice(0, isPairCut ? shownLength - 1 : shownLength)}…`)
}
