/**
 * What was given, in a few words. A program without types gives what no type lets through, and is told which value that was.
 */
const shown = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length <= 40 ? value : `${value.slice(0, 40)}…`)
    case "object":
      if (value === null) return "null"
      if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list"
      return value instanceof Map ? "a Map" : "an object"
    case "function":
      return "a function"
    default:
      return String(value)
  }
}

/** Whether it is an object with fields. */
export const hasFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Map)

/** Says of one thing that it is not what it has to be; without the end of the sentence. */
export const wrongOne = (name: string, value: unknown, need: string): string =>
  `${name} is ${shown(value)}, and has to be ${need}`

/** Says it of several, such as options. */
export const wrongOnes = (name: string, value: unknown, need: string): string =>
  `${name} are ${shown(value)}, and have to be ${need}`

/** The first of the fields that is not among those that mean something; one that is undefined is not given. */
export const unknownField = (
  value: Readonly<Record<string, unknown>>,
  known: ReadonlyArray<string>
): string | undefined => Object.keys(value).find((name) => !known.includes(name) && value[name] !== undefined)

/** Completes "the event has …" for such a field. */
export const meansNothing = (field: string, known: ReadonlyArray<string>): string =>
  `a field ${shown(field)}, which means nothing here: there are ${known.join(", ")}`

/** Says of optional texts which is none. */
export const wrongText = (name: string, value: unknown): string | undefined =>
  value === undefined || typeof value === "string" ? undefined : wrongOne(name, value, "a text")
