const [major, minor] = [22, 19]

/**
 * What a person is told whose Node is older than 22.19; `undefined` where it will do.
 *
 * **Gotchas**
 *
 * The program asks this before it loads anything else, so this file imports nothing: older versions of Node do not even
 * link what the others import.
 */
export const tooOld = (version: string): string | undefined => {
  const [hasMajor = 0, hasMinor = 0] = version.split(".").map(Number)
  if (hasMajor > major || (hasMajor === major && hasMinor >= minor)) return undefined
  return `odradek needs Node ${major}.${minor} or later, and this is Node ${version}: install a later one.`
}
