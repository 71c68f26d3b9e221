/** Flags that were given: those with a text, and those without. */
export interface PlainArguments {
  readonly texts: ReadonlyMap<string, string>
  readonly switches: ReadonlySet<string>
}

/**
 * Reads arguments that are nothing but known flags, each given once, as `--flag TEXT`, `--flag=TEXT` or `--switch`.
 *
 * **Details**
 *
 * Anything else, a text that looks like a flag included, is `undefined`: whoever asks has another way to read it.
 */
export const plainArguments = (
  args: ReadonlyArray<string>,
  textFlags: ReadonlyArray<string>,
  switchFlags: ReadonlyArray<string>
): PlainArguments | undefined => {
  const texts = new Map<string, string>()
  const switches = new Set<string>()
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ""
    const equals = arg.indexOf("=")
    const flag = equals === -1 ? arg : arg.slice(0, equals)
    if (texts.has(flag) || switches.has(flag)) return undefined
    if (switchFlags.includes(arg)) {
      switches.add(arg)
      continue
    }
    const text = equals === -1 ? args[++at] : arg.slice(equals + 1)
    if (!textFlags.includes(flag) || text === undefined || text.startsWith("-")) return undefined
    texts.set(flag, text)
  }
  return { texts, switches }
}
