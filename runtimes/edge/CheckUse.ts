import { Given } from "../../core/bytes/index.ts"
import type { ReplicatedJournalsOptions, ReplicatedReadOptions } from "./ReplicatedJournalsOptions.ts"

const texts = ["topic", "table", "region"] as const satisfies ReadonlyArray<keyof ReplicatedJournalsOptions<unknown>>

const times = ["requestTimeoutMs", "patienceMs", "deadlineMs"] as const satisfies ReadonlyArray<
  keyof ReplicatedJournalsOptions<unknown>
>

/** What was given as credentials is not shown. */
const wrongCredentials = (value: unknown): string | undefined => {
  if (typeof value === "function") return undefined
  if (!Given.hasFields(value))
    return "`credentials` have to be { accessKeyId, secretAccessKey }, or a function for a promise of them."
  const missing = ["accessKeyId", "secretAccessKey"].find(
    (name) => typeof value[name] !== "string" || value[name] === ""
  )
  return missing === undefined ? undefined : `\`credentials.${missing}\` has to be a text that is not empty.`
}

/** Why nothing can be read with these options, as one sentence. */
export const wrongSettings = (options: unknown): string | undefined => {
  if (!Given.hasFields(options))
    return `${Given.wrongOnes("The options of replicated journals", options, "an object")}.`
  for (const name of texts) {
    const value = options[name]
    if (typeof value !== "string" || value === "")
      return `${Given.wrongOne(`\`${name}\``, value, "a text that is not empty")}.`
  }
  const { endpoint } = options
  if (endpoint !== undefined && !(typeof endpoint === "string" && /^https?:\/\/./.test(endpoint))) {
    return `${Given.wrongOne("`endpoint`", endpoint, "an address such as https://dynamodb.example.org")}.`
  }
  for (const name of times) {
    const value = options[name]
    if (value !== undefined && !(typeof value === "number" && value > 0 && Number.isFinite(value))) {
      return `${Given.wrongOne(`\`${name}\``, value, "a number of milliseconds above 0")}.`
    }
  }
  return wrongCredentials(options["credentials"])
}

const numbers = ["from", "to"] as const satisfies ReadonlyArray<keyof ReplicatedReadOptions>

/** Why nothing can be read so, as one sentence. */
export const wrongRead = (id: unknown, options: unknown): string | undefined => {
  if (typeof id !== "string") return `${Given.wrongOne("The id of a journal", id, "a text")}.`
  if (!Given.hasFields(options)) return `${Given.wrongOnes("The options of a read", options, "an object")}.`
  const wrong = numbers.find((name) => options[name] !== undefined && typeof options[name] !== "number")
  if (wrong !== undefined) return `${Given.wrongOne(`\`${wrong}\` of a read`, options[wrong], "a number")}.`
  const { atLeast } = options
  if (atLeast === undefined) return undefined
  if (Given.hasFields(atLeast) && typeof atLeast["partition"] === "number" && typeof atLeast["offset"] === "number")
    return undefined
  return `${Given.wrongOne("`atLeast` of a read", atLeast, "{ partition, offset }, as an append answers it")}.`
}
