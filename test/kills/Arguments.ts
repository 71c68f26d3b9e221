/** The arguments of a program make no sense; `message` is one sentence that says what to give instead. */
export class WrongUse extends Error {}

/** A number as an argument, from `least` on and to `most` at most. */
export const numberIn = (name: string, text: string, least: number, most: number): number => {
  const value = text.trim() === "" ? NaN : Number(text)
  if (value >= least && value <= most) return value
  throw new WrongUse(`--${name} is ${text}: give a number from ${least} to ${most}.`)
}

/** A whole number as an argument. */
export const wholeIn = (name: string, text: string, least: number, most: number): number => {
  const value = text.trim() === "" ? NaN : Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new WrongUse(`--${name} is ${text}: give a whole number from ${least} to ${most}.`)
}

/** The greatest seed, and more of anything than anybody waits for. */
export const [greatestSeed, endlessly] = [0xffffffff, 1_000_000]

/** The arguments with each negative number joined to the option before it, whose value it is. */
export const joined = (args: ReadonlyArray<string>): Array<string> => {
  const all: Array<string> = []
  for (const one of args) {
    const option = all.at(-1)
    if (/^-\d/.test(one) && option?.startsWith("--") === true && !option.includes("=")) {
      all[all.length - 1] = `${option}=${one}`
    } else all.push(one)
  }
  return all
}

/** What is wrong with the arguments, in a sentence; `undefined` where something else is wrong. */
const sentenceOf = (error: unknown): string | undefined => {
  if (error instanceof WrongUse) return error.message
  if (!(error instanceof TypeError) || !("code" in error) || !String(error.code).startsWith("ERR_PARSE_ARGS")) return
  return `${error.message.split(/\.\s|\n/, 1)[0]?.replace(/\.$/, "") ?? ""}: --help lists what there is.`
}

/** Reads the arguments of a program: it ends with 2 where they are wrong, and with 0 once it has shown its usage. */
export const readArguments = <A>(usage: string, read: (args: Array<string>) => A): A => {
  const args = process.argv.slice(2)
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(`${usage}\n`)
    process.exit(0)
  }
  try {
    return read(joined(args))
  } catch (error) {
    const sentence = sentenceOf(error)
    if (sentence === undefined) throw error
    process.stderr.write(`${sentence}\n`)
    process.exit(2)
  }
}
