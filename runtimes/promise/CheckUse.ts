import { Given } from "../../core/bytes/index.ts"
import type { AppendOptions, NewEvent, ReadRange } from "../../core/journal/index.ts"

const eventFields: ReadonlyArray<string> = ["payload", "tags", "seqNr"] satisfies ReadonlyArray<keyof NewEvent<unknown>>

const optionFields: ReadonlyArray<string> = ["metadata", "headers", "expireAfter"] satisfies ReadonlyArray<
  keyof AppendOptions
>

/** Where an event was that has been read: passed over, so that it can be appended again. */
const placeFields: ReadonlyArray<string> = ["timestamp", "partition", "offset", "origin", "version"]

const knownOfEvent = [...eventFields, ...optionFields, ...placeFields]

const rangeFields: ReadonlyArray<string> = ["from", "to"] satisfies ReadonlyArray<keyof ReadRange>

const saysNothing = (value: unknown): boolean => value === undefined || (value instanceof Map && value.size === 0)

const wrongTags = (tags: unknown, at: number): string | undefined => {
  if (tags === undefined) return undefined
  if (!Array.isArray(tags)) return Given.wrongOne(`\`tags\` of event ${at + 1} of the append`, tags, "a list of texts")
  const wrong = tags.findIndex((tag) => typeof tag !== "string")
  if (wrong === -1) return undefined
  return Given.wrongOne(`\`tags[${wrong}]\` of event ${at + 1} of the append`, tags[wrong], "a text")
}

const wrongEvent = (event: unknown, at: number): string | undefined => {
  const name = `Event ${at + 1} of the append`
  if (!Given.hasFields(event)) return Given.wrongOne(name, event, "an object such as { payload }")
  const field = Given.unknownField(event, knownOfEvent)
  if (field !== undefined) return `${name} has ${Given.meansNothing(field, eventFields)}`
  const shared = optionFields.find((option) => !saysNothing(event[option]))
  if (shared !== undefined) {
    const how = `give it as append(events, { ${shared} })`
    return `${name} has "${shared}", which all events of an append share: ${how}`
  }
  return wrongTags(event["tags"], at)
}

const wrongHeaders = (headers: unknown): string | undefined => {
  if (headers === undefined) return undefined
  if (!Given.hasFields(headers)) return Given.wrongOne("`headers` of the append", headers, "an object of texts")
  const wrong = Object.entries(headers).find(([, value]) => typeof value !== "string")
  return wrong === undefined ? undefined : Given.wrongOne(`\`headers.${wrong[0]}\` of the append`, wrong[1], "a text")
}

/** Whether JSON leaves it out, or says `null` instead. */
const isNoJson = (value: unknown): boolean =>
  typeof value === "number" ? !Number.isFinite(value) : typeof value === "function" || typeof value === "symbol"

const wrongAppendOptions = (options: unknown): string | undefined => {
  if (options === undefined) return undefined
  const name = "The options of an append"
  if (!Given.hasFields(options)) return Given.wrongOnes(name, options, "an object")
  const field = Given.unknownField(options, optionFields)
  if (field !== undefined) return `${name} have ${Given.meansNothing(field, optionFields)}`
  const { expireAfter, headers, metadata } = options
  if (isNoJson(metadata)) return Given.wrongOne("`metadata` of the append", metadata, "a JSON value")
  return wrongHeaders(headers) ?? Given.wrongText("`expireAfter` of the append", expireAfter)
}

const firstWrong = (events: ReadonlyArray<unknown>): string | undefined => {
  for (const [at, event] of events.entries()) {
    const wrong = wrongEvent(event, at)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

/** Why what was given cannot be appended, whatever its types claim: one sentence. */
export const wrongAppend = (events: unknown, options: unknown): string | undefined => {
  const said = Array.isArray(events)
    ? (firstWrong(events) ?? wrongAppendOptions(options))
    : Given.wrongOnes("The events of an append", events, "a list of events")
  return said === undefined ? undefined : `${said}; nothing was written.`
}

/** Why nobody can have such an id: one sentence. */
export const wrongId = (id: unknown): string | undefined =>
  typeof id === "string" ? undefined : `${Given.wrongOne("The id of a journal", id, "a text")}.`

/** Why a number that has a name is none: one sentence. */
export const wrongNumber = (name: string, value: unknown): string | undefined =>
  typeof value === "number" ? undefined : `${Given.wrongOne(name, value, "a number")}.`

/** Why what was given is no range of events: one sentence. */
export const wrongRange = (range: unknown): string | undefined => {
  if (range === undefined) return undefined
  const name = "The range of a read"
  if (!Given.hasFields(range)) return `${Given.wrongOne(name, range, "an object such as { from: 1, to: 10 }")}.`
  const field = Given.unknownField(range, rangeFields)
  if (field !== undefined) return `${name} has ${Given.meansNothing(field, rangeFields)}.`
  const wrong = rangeFields.find((end) => range[end] !== undefined && typeof range[end] !== "number")
  return wrong === undefined ? undefined : wrongNumber(`\`${wrong}\` of a read`, range[wrong])
}
