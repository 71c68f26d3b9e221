import type { AppendOptions, NewEvent, ReadRange } from "../../core/journal/index.ts"
import { hasFields, meansNothing, unknownField, wrongOne, wrongOnes, wrongText } from "./Given.ts"

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
  if (!Array.isArray(tags)) return wrongOne(`\`tags\` of event ${at + 1} of the append`, tags, "a list of texts")
  const wrong = tags.findIndex((tag) => typeof tag !== "string")
  if (wrong === -1) return undefined
  return wrongOne(`\`tags[${wrong}]\` of event ${at + 1} of the append`, tags[wrong], "a text")
}

const wrongEvent = (event: unknown, at: number): string | undefined => {
  const name = `Event ${at + 1} of the append`
  if (!hasFields(event)) return wrongOne(name, event, "an object such as { payload }")
  const field = unknownField(event, knownOfEvent)
  if (field !== undefined) return `${name} has ${meansNothing(field, eventFields)}`
  const shared = optionFields.find((option) => !saysNothing(event[option]))
  if (shared !== undefined) {
    const how = `give it as append(events, { ${shared} })`
    return `${name} has "${shared}", which all events of an append share: ${how}`
  }
  return wrongTags(event["tags"], at)
}

const wrongHeaders = (headers: unknown): string | undefined => {
  if (headers === undefined) return undefined
  if (!hasFields(headers)) return wrongOne("`headers` of the append", headers, "an object of texts")
  const wrong = Object.entries(headers).find(([, value]) => typeof value !== "string")
  return wrong === undefined ? undefined : wrongOne(`\`headers.${wrong[0]}\` of the append`, wrong[1], "a text")
}

/** Whether JSON leaves it out, or says `null` instead. */
const isNoJson = (value: unknown): boolean =>
  typeof value === "number" ? !Number.isFinite(value) : typeof value === "function" || typeof value === "symbol"

const wrongAppendOptions = (options: unknown): string | undefined => {
  if (options === undefined) return undefined
  const name = "The options of an append"
  if (!hasFields(options)) return wrongOnes(name, options, "an object")
  const field = unknownField(options, optionFields)
  if (field !== undefined) return `${name} have ${meansNothing(field, optionFields)}`
  const { expireAfter, headers, metadata } = options
  if (isNoJson(metadata)) return wrongOne("`metadata` of the append", metadata, "a JSON value")
  return wrongHeaders(headers) ?? wrongText("`expireAfter` of the append", expireAfter)
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
    : wrongOnes("The events of an append", events, "a list of events")
  return said === undefined ? undefined : `${said}; nothing was written.`
}

/** Why nobody can have such an id: one sentence. */
export const wrongId = (id: unknown): string | undefined =>
  typeof id === "string" ? undefined : `${wrongOne("The id of a journal", id, "a text")}.`

/** Why a number that has a name is none: one sentence. */
export const wrongNumber = (name: string, value: unknown): string | undefined =>
  typeof value === "number" ? undefined : `${wrongOne(name, value, "a number")}.`

/** Why what was given is no range of events: one sentence. */
export const wrongRange = (range: unknown): string | undefined => {
  if (range === undefined) return undefined
  const name = "The range of a read"
  if (!hasFields(range)) return `${wrongOne(name, range, "an object such as { from: 1, to: 10 }")}.`
  const field = unknownField(range, rangeFields)
  if (field !== undefined) return `${name} has ${meansNothing(field, rangeFields)}.`
  const wrong = rangeFields.find((end) => range[end] !== undefined && typeof range[end] !== "number")
  return wrong === undefined ? undefined : wrongNumber(`\`${wrong}\` of a read`, range[wrong])
}
