import { EncodeError, encodeUtf8 } from "../../bytes/index.ts"
import type { Payload } from "../../ports/index.ts"
import { checkedPayload, checkedSeqNr, checkedText } from "./EncodeChecks.ts"
import { emptyPayloadMetadata } from "../model/Events.ts"
import type { Event, Events } from "../model/Events.ts"
import { JournalDecodeError } from "./JournalDecodeError.ts"
import { jsonTextOf } from "./JsonBytes.ts"
import { invalidField, isAbsent, readingJson, seqNrField, stringField, stringSetField } from "./JsonFields.ts"
import { JsonCursor } from "./JsonText.ts"
import { readPayloadMetadata, writePayloadMetadata } from "./PayloadMetadataCodec.ts"

const part = "value"

const readPayload = (type: string | undefined, raw: string | undefined): Payload | undefined => {
  const name = isAbsent(type) ? "json" : stringField({ part, name: "payloadType", raw: type })
  if (name !== "json" && name !== "text") {
    throw invalidField({ part, name: "payloadType", raw: type }, `"json" or "text"`)
  }
  if (isAbsent(raw)) return undefined
  return name === "json"
    ? { _tag: "Json", text: raw }
    : { _tag: "Text", text: stringField({ part, name: "payload", raw }) }
}

const readEvent = (cursor: JsonCursor): Event => {
  if (cursor.kind() !== "object") throw invalidField({ part, name: "", raw: cursor.raw() }, "an object")
  let seqNr: string | undefined
  let tags: string | undefined
  let payloadType: string | undefined
  let payload: string | undefined
  cursor.open()
  for (let name = cursor.nextField(); name !== undefined; name = cursor.nextField()) {
    const raw = cursor.raw()
    if (name === "seqNr") seqNr = raw
    else if (name === "tags") tags = raw
    else if (name === "payloadType") payloadType = raw
    else if (name === "payload") payload = raw
  }
  return {
    seqNr: seqNrField({ part, name: "seqNr", raw: seqNr }, "refuse"),
    tags: stringSetField({ part, name: "tags", raw: tags }),
    payload: readPayload(payloadType, payload)
  }
}

/**
 * Reads an event that is spelled as `writeEvent` and kafka-journal spell it, several times as fast as `readEvent` and
 * with the same outcome; `undefined` where it is spelled otherwise.
 */
const readPlainEvent = (cursor: JsonCursor): Event | undefined => {
  if (!cursor.take(`{"seqNr":`)) return undefined
  const seqNr = cursor.takeCount()
  if (seqNr === 0 || !cursor.take(`,"tags":`)) return undefined
  const tags = cursor.take("[]") ? undefined : cursor.raw()
  const isJson = cursor.take(`,"payloadType":"json","payload":`)
  const raw = isJson || cursor.take(`,"payloadType":"text","payload":`) ? cursor.raw() : undefined
  if (!cursor.take("}")) return undefined
  return {
    seqNr,
    tags: tags === undefined ? [] : stringSetField({ part, name: "tags", raw: tags }),
    payload: isAbsent(raw) ? undefined : isJson ? { _tag: "Json", text: raw } : readPayload(`"text"`, raw)
  }
}

const readEventAt = (cursor: JsonCursor, index: number): Event => {
  const start = cursor.position
  try {
    const event = readPlainEvent(cursor)
    if (event !== undefined) return event
    cursor.rewind(start)
    return readEvent(cursor)
  } catch (error) {
    throw error instanceof JournalDecodeError ? error.within(`events[${index}]`) : error
  }
}

const notEvents = (raw: string | undefined): JournalDecodeError =>
  invalidField({ part, name: "events", raw }, "a list of at least one event")

const readEventList = (cursor: JsonCursor): Events["events"] => {
  if (cursor.kind() !== "array") throw notEvents(cursor.raw())
  cursor.open()
  if (!cursor.nextElement()) throw notEvents("[]")
  const events: [Event, ...Array<Event>] = [readEventAt(cursor, 0)]
  while (cursor.nextElement()) events.push(readEventAt(cursor, events.length))
  return events
}

/** The events, or what is wrong with them: of a repeated field only the last counts, so the fault may not matter. */
const eventsOrFault = (cursor: JsonCursor): Events["events"] | JournalDecodeError => {
  const start = cursor.position
  try {
    return readEventList(cursor)
  } catch (error) {
    if (!(error instanceof JournalDecodeError)) throw error
    cursor.rewind(start)
    cursor.raw()
    return error
  }
}

const eventsOf = (events: Events["events"], metadata: string | undefined): Events => ({
  events,
  metadata: isAbsent(metadata) ? emptyPayloadMetadata : readPayloadMetadata(metadata)
})

/** As `readPlainEvent`, of a whole value. */
const readPlainValue = (cursor: JsonCursor): Events | undefined => {
  if (!cursor.take(`{"events":`)) return undefined
  const events = eventsOrFault(cursor)
  if (events instanceof JournalDecodeError || !cursor.take(`,"metadata":`)) return undefined
  const metadata = cursor.take("{}}") ? undefined : cursor.raw()
  return (metadata === undefined || cursor.take("}")) && cursor.isAtEnd ? eventsOf(events, metadata) : undefined
}

/** Reads a value of payload type `json`, throwing `JournalDecodeError`. */
export const readJsonEvents = (value: Uint8Array): Events =>
  readingJson(part, "", () => {
    const cursor = new JsonCursor(jsonTextOf(value))
    const start = cursor.position
    const plain = readPlainValue(cursor)
    if (plain !== undefined) return plain
    cursor.rewind(start)
    if (cursor.kind() !== "object") throw invalidField({ part, name: "", raw: cursor.raw() }, "an object")
    let events: Events["events"] | JournalDecodeError | undefined
    let metadata: string | undefined
    cursor.open()
    for (let name = cursor.nextField(); name !== undefined; name = cursor.nextField()) {
      if (name === "events") events = eventsOrFault(cursor)
      else if (name === "metadata") metadata = cursor.raw()
      else cursor.raw()
    }
    cursor.end()
    if (events === undefined) throw notEvents(undefined)
    if (events instanceof JournalDecodeError) throw events
    return eventsOf(events, metadata)
  })

const writePayload = (payload: Payload): string => {
  switch (payload._tag) {
    case "Json":
      return `,"payloadType":"json","payload":${checkedPayload(payload)}`
    case "Text":
      return `,"payloadType":"text","payload":${JSON.stringify(checkedText("payload", payload.text))}`
    case "Binary": {
      const detail = "a binary payload has no form in a JSON record"
      throw new EncodeError({ reason: "InvalidValue", what: "payload", detail })
    }
  }
}

const writeTags = (tags: ReadonlyArray<string>): string =>
  tags.length === 0 ? "[]" : JSON.stringify(tags.map((tag) => checkedText("tags", tag)))

const writeEvent = ({ seqNr, tags, payload }: Event): string => {
  const number = checkedSeqNr("seqNr", seqNr)
  return `{"seqNr":${number},"tags":${writeTags(tags)}${payload === undefined ? "" : writePayload(payload)}}`
}

/** Writes a value of payload type `json`, throwing `EncodeError`. */
export const writeJsonEvents = ({ events, metadata }: Events): Uint8Array => {
  let texts = ""
  let index = 0
  try {
    for (const event of events) {
      texts += index === 0 ? writeEvent(event) : `,${writeEvent(event)}`
      index++
    }
  } catch (error) {
    throw error instanceof EncodeError ? error.within(`events[${index}]`) : error
  }
  return encodeUtf8(`{"events":[${texts}],"metadata":${writePayloadMetadata(metadata)}}`)
}
