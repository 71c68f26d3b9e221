/** What a function's settings are read from. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The value of an environment variable, or `undefined` where it is absent or empty. */
export const textOf = (env: Environment, name: string): string | undefined => {
  const text = env[name]?.trim()
  return text === undefined || text === "" ? undefined : text
}

/** The value of an environment variable that has to be there; throws an `Error` of one sentence that says what to write. */
export const neededText = (env: Environment, name: string, what: string): string => {
  const text = textOf(env, name)
  if (text === undefined) throw new Error(`The environment variable ${name} is missing: set it to ${what}.`)
  return text
}

/** A whole number from `least` on, or `undefined` where the variable is absent; throws an `Error` where it is something else. */
export const numberOf = (env: Environment, name: string, least: number): number | undefined => {
  const text = textOf(env, name)
  if (text === undefined) return undefined
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new Error(`The environment variable ${name} is "${text}": write a whole number from ${least} on.`)
}

/** What a variable says with `true` or `false`; throws an `Error` where it says something else. */
export const switchOf = (env: Environment, name: string, otherwise: boolean): boolean => {
  const text = textOf(env, name)
  if (text === undefined) return otherwise
  if (text === "true" || text === "false") return text === "true"
  throw new Error(`The environment variable ${name} is "${text}": write true or false.`)
}

/** One of a few words, or `undefined` where the variable is absent; throws an `Error` where it is another one. */
export const wordOf = <Word extends string>(
  env: Environment,
  name: string,
  words: ReadonlyArray<Word>
): Word | undefined => {
  const text = textOf(env, name)
  if (text === undefined) return undefined
  const word = words.find((each) => each === text)
  if (word === undefined) {
    throw new Error(`The environment variable ${name} is "${text}": write one of ${words.join(", ")}.`)
  }
  return word
}
