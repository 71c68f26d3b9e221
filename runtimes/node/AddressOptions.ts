import * as Result from "effect/Result"
import { nearNames } from "./NearNames.ts"

/** What the value of an option may be: for people, and as a check. */
export interface AddressOption {
  readonly allowed: string
  readonly isAllowed: (value: string) => boolean
  /** All values that there are, where they are few. */
  readonly words?: ReadonlyArray<string>
}

/** An option with any text that is not empty. */
export const anyText = (allowed: string): AddressOption => ({ allowed, isAllowed: (value) => value !== "" })

/** An option with one of a few values. */
export const oneOfWords = (words: ReadonlyArray<string>): AddressOption => ({
  allowed: listed(words, "or"),
  isAllowed: (value) => words.includes(value),
  words
})

/** Words as a part of a sentence: "a, b and c". */
const listed = (words: ReadonlyArray<string>, last: string): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`

/** What may have been meant. */
const perhaps = (given: string, words: ReadonlyArray<string>): string => {
  const [near] = nearNames(given, words, 1)
  return near === undefined ? "" : ` (perhaps ${near})`
}

const unknown = (name: string, names: ReadonlyArray<string>): string => {
  const options = names.length === 1 ? `the only one is ${names[0]}` : `there are ${listed(names, "and")}`
  return `"${name}" is no option of it${perhaps(name, names)}: ${options}`
}

/** Reads what stands behind the `?` of an address, or says what is wrong with it, as a part of a sentence. */
export const optionsOf = <Name extends string>(
  query: string,
  options: Readonly<Record<Name, AddressOption>>
): Result.Result<Readonly<Partial<Record<Name, string>>>, string> => {
  const names = Object.keys(options)
  const isName = (name: string): name is Name => Object.hasOwn(options, name)
  const given: Partial<Record<Name, string>> = {}
  for (const [name, value] of new URLSearchParams(query)) {
    if (!isName(name)) return Result.fail(unknown(name, names))
    if (given[name] !== undefined) return Result.fail(`it has the option ${name} twice: write it once`)
    const { allowed, isAllowed, words = [] } = options[name]
    if (!isAllowed(value))
      return Result.fail(`its option ${name} is "${value}"${perhaps(value, words)}: write ${allowed}`)
    given[name] = value
  }
  return Result.succeed(given)
}
