import * as Arr from "effect/Array"
import * as Result from "effect/Result"
import { Given } from "../../core/bytes/index.ts"
import { checkJson, JsonCursor, parseEventLine, parseRecordFields } from "../../core/journal/index.ts"
import type { EventLine, NewEvent, RecordFields } from "../../core/journal/index.ts"
import type { Payload } from "../../core/ports/index.ts"
import { Problem } from "./Problem.ts"

/** What an append is asked for: events of one record, and what they share. */
export interface AppendBody {
  readonly events: Arr.NonEmptyReadonlyArray<NewEvent<Payload>>
  readonly record: RecordFields
}

/** How a body is read: at most so many events, and with `keepNumbers` numbered as they say. */
export interface AppendBodyOptions {
  readonly maxEvents: number
  readonly keepNumbers: boolean
}

const invalid = (message: string) => Result.fail(new Problem({ kind: "invalid-request", message }))

const tooMany = (limit: number) =>
  Result.fail(
    new Problem({
      kind: "too-large",
      message: `One append takes at most ${limit} events; send them in several.`,
      details: { limit }
    })
  )

const eventOf = ({ payload, seqNr, tags }: EventLine, keepNumbers: boolean): NewEvent<Payload> => ({
  tags,
  ...(payload === undefined ? {} : { payload }),
  ...(keepNumbers && seqNr !== undefined ? { seqNr } : {})
})

/** What is wrong with the numbers that the events have of their own. */
const wrongNumbers = (events: ReadonlyArray<NewEvent<Payload>>): string | undefined => {
  let last = 0
  for (const [at, { seqNr }] of events.entries()) {
    if (seqNr === undefined) return `Event ${at + 1} has no "seqNr", which keepNumbers wants`
    if (seqNr <= last) return `Event ${at + 1} has the number ${seqNr} after ${last}, and numbers ascend`
    last = seqNr
  }
  return undefined
}

const bodyOf = (
  events: ReadonlyArray<NewEvent<Payload>>,
  record: RecordFields,
  keepNumbers: boolean
): Result.Result<AppendBody, Problem> => {
  const wrong = keepNumbers ? wrongNumbers(events) : undefined
  if (wrong !== undefined) {
    return Result.fail(new Problem({ kind: "invalid-events", message: `${wrong}; nothing was appended.` }))
  }
  return Arr.isReadonlyArrayNonEmpty(events)
    ? Result.succeed({ events, record })
    : invalid('An append has at least one event: send {"events": [{"payload": …}]}.')
}

const fieldNames: ReadonlyArray<string> = ["events", "metadata", "headers", "expireAfter"] satisfies ReadonlyArray<
  keyof RecordFields | "events"
>

const example = 'send {"events": [{"payload": …}]}'

/** The fields of the document: the texts of its events, and the text of an object with the other fields. */
const partsOf = (
  text: string
): Result.Result<{ readonly events: ReadonlyArray<string>; readonly rest: string }, string> => {
  const checked = checkJson(text)
  if (Result.isFailure(checked)) {
    const { expected, position } = checked.failure
    return Result.fail(`The body is not JSON: at character ${position + 1} should be ${expected}.`)
  }
  const cursor = new JsonCursor(text)
  if (cursor.kind() !== "object") return Result.fail(`The body is no object: ${example}.`)
  let events: Array<string> | undefined
  const others: Array<string> = []
  let unknown: string | undefined
  cursor.open()
  for (let name = cursor.nextField(); name !== undefined; name = cursor.nextField()) {
    if (name !== "events") {
      if (!fieldNames.includes(name)) unknown ??= name
      others.push(`${JSON.stringify(name)}:${cursor.raw()}`)
      continue
    }
    if (events !== undefined) return Result.fail('The body has the field "events" twice.')
    if (cursor.kind() !== "array") return Result.fail(`"events" is no array: ${example}.`)
    events = []
    cursor.open()
    while (cursor.nextElement()) events.push(cursor.raw())
  }
  if (events === undefined) return Result.fail(`The body has no "events": ${example}.`)
  return unknown === undefined
    ? Result.succeed({ events, rest: `{${others.join(",")}}` })
    : Result.fail(`The body has ${Given.meansNothing(unknown, fieldNames)}.`)
}

/**
 * Reads `{"events": […], "metadata": …, "headers": {…}, "expireAfter": "…"}`: the events of one record, and what they share.
 * The texts of payloads are kept as they stand.
 */
export const parseDocument = (text: string, options: AppendBodyOptions): Result.Result<AppendBody, Problem> => {
  const { keepNumbers, maxEvents } = options
  const parts = partsOf(text)
  if (Result.isFailure(parts)) return invalid(parts.failure)
  const { events: texts, rest } = parts.success
  if (texts.length > maxEvents) return tooMany(maxEvents)
  const record = parseRecordFields(rest)
  if (Result.isFailure(record)) return invalid(`The body ${record.failure}.`)
  const events: Array<NewEvent<Payload>> = []
  for (const [at, each] of texts.entries()) {
    const refuse = (why: string) => invalid(`Event ${at + 1} of the body ${why}.`)
    const line = parseEventLine(each)
    if (Result.isFailure(line)) return refuse(line.failure)
    if (Object.keys(line.success.record).length > 0) {
      return refuse('has metadata, headers or expireAfter, which belong beside "events": they are of all of them')
    }
    events.push(eventOf(line.success, keepNumbers))
  }
  return bodyOf(events, record.success, keepNumbers)
}

/**
 * Reads events as lines of JSON, as `odradek journal read` writes them: all of them are one record, so that metadata,
 * headers and expireAfter have to be the same on each line. Empty lines are passed over.
 */
export const parseLines = (text: string, options: AppendBodyOptions): Result.Result<AppendBody, Problem> => {
  const { keepNumbers, maxEvents } = options
  const events: Array<NewEvent<Payload>> = []
  let record: { readonly fields: RecordFields; readonly text: string; readonly line: number } | undefined
  for (const [at, each] of text.split("\n").entries()) {
    if (each.trim() === "") continue
    const refuse = (why: string) => invalid(`Line ${at + 1} of the body ${why}.`)
    if (events.length === maxEvents) return tooMany(maxEvents)
    const line = parseEventLine(each)
    if (Result.isFailure(line)) return refuse(line.failure)
    const fields = line.success.record
    record ??= { fields, text: JSON.stringify(fields), line: at + 1 }
    if (JSON.stringify(fields) !== record.text) {
      return refuse(
        `has other metadata, headers or expireAfter than line ${record.line}, with which it shares a record: give it to both, or send two requests`
      )
    }
    events.push(eventOf(line.success, keepNumbers))
  }
  return bodyOf(events, record?.fields ?? {}, keepNumbers)
}
