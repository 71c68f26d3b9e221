import type { ReplicatedJournalsOptions, ReplicatedReadOptions } from "./ReplicatedJournalsOptions.ts"

/** What was given, in a few words: a program without types gives what no type lets through. */
const shown = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value) : value === null ? "null" : `of type ${typeof value}`

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const texts = ["topic", "table", "region"] as const satisfies ReadonlyArray<keyof ReplicatedJournalsOptions<unknown>>

const times = ["requestTimeoutMs", "patienceMs", "deadlineMs"] as const satisfies ReadonlyArray<
  keyof ReplicatedJournalsOptions<unknown>
>

const wrongCredentials = (value: unknown): string | undefined => {
  if (typeof value === "function") return undefined
  const needed = "{ accessKeyId, secretAccessKey }, or a function for a promise of them"
  if (!isObject(value)) return `\`credentials\` are ${shown(value)}, and have to be ${needed}.`
  const missing = ["accessKeyId", "secretAccessKey"].find(
    (name) => typeof value[name] !== "string" || value[name] === ""
  )
  if (missing !== undefined)
    return `\`credentials.${missing}\` is ${shown(value[missing])}, and has to be a text that is not empty.`
  return undefined
}

/** Why nothing can be read with these options, as one sentence. */
export const wrongSettings = (options: unknown): string | undefined => {
  if (!isObject(options)) return `The options of replicated journals are ${shown(options)}, and have to be an object.`
  for (const name of texts) {
    const value = options[name]
    if (typeof value !== "string" || value === "")
      return `\`${name}\` is ${shown(value)}, and has to be a text that is not empty.`
  }
  const { endpoint } = options
  if (endpoint !== undefined && !(typeof endpoint === "string" && /^https?:\/\/./.test(endpoint))) {
    return `\`endpoint\` is ${shown(endpoint)}, and has to be an address such as https://dynamodb.example.org.`
  }
  for (const name of times) {
    const value = options[name]
    if (value !== undefined && !(typeof value === "number" && value > 0 && Number.isFinite(value))) {
      return `\`${name}\` has to be a number of milliseconds above 0.`
    }
  }
  return wrongCredentials(options["credentials"])
}

const numbers = ["from", "to"] as const satisfies ReadonlyArray<keyof ReplicatedReadOptions>

/** Why nothing can be read so, as one sentence. */
export const wrongRead = (id: unknown, options: unknown): string | undefined => {
  if (typeof id !== "string") return `The id of a journal is ${shown(id)}, and has to be a text.`
  if (!isObject(options)) return `The options of a read are ${shown(options)}, and have to be an object.`
  const wrong = numbers.find((name) => options[name] !== undefined && typeof options[name] !== "number")
  if (wrong !== undefined) return `\`${wrong}\` of a read is ${shown(options[wrong])}, and has to be a number.`
  const { atLeast } = options
  if (atLeast === undefined) return undefined
  if (isObject(atLeast) && typeof atLeast["partition"] === "number" && typeof atLeast["offset"] === "number")
    return undefined
  return `\`atLeast\` of a read is ${shown(atLeast)}, and has to be { partition, offset }, as an append answers it.`
}
