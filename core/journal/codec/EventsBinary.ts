import { getOrThrowWith } from "effect/Result"
import { DecodeError, decodeUtf8Strict, Reader, Writer } from "../../bytes/index.ts"
import type { Payload } from "../../ports/index.ts"
import { checkedBytes, checkedPayload, checkedSeqNr, checkedText, encodingWithin } from "./EncodeChecks.ts"
import { emptyPayloadMetadata } from "../model/Events.ts"
import type { Event, Events, PayloadMetadata } from "../model/Events.ts"
import { JournalDecodeError } from "./JournalDecodeError.ts"
import { jsonTextOf } from "./JsonBytes.ts"
import { readingJson } from "./JsonFields.ts"
import { JsonCursor } from "./JsonText.ts"
import { readPayloadMetadata, writePayloadMetadata } from "./PayloadMetadataCodec.ts"
import { isSeqNr } from "../model/SeqNr.ts"

// All numbers are big-endian.
//
//   value    = version:int8 count:int32 (length:int32 event)*count rest
//   event    = seqNr:int64 length:int32 tag* kind:int8 length:int32 payload
//   tag      = length:int32 utf8
//   rest     = the metadata as JSON in version 1, nothing in version 0, unknown in any other version

const part = "value"
const currentVersion = 1
const kinds = { none: 0, binary: 1, json: 2, text: 3 }

const malformed = (field: string, detail: string): JournalDecodeError =>
  new JournalDecodeError({ reason: "MalformedBinary", part, field, detail })

const strictText = (bytes: Uint8Array): string => getOrThrowWith(decodeUtf8Strict(bytes), (error) => error)

const readTags = (reader: Reader): ReadonlyArray<string> => {
  const tags = new Set<string>()
  while (reader.remaining > 0) tags.add(strictText(reader.bytes(reader.int32())))
  return [...tags]
}

const readJsonPayload = (bytes: Uint8Array): string =>
  readingJson(part, "payload", () => {
    const cursor = new JsonCursor(jsonTextOf(bytes))
    const text = cursor.raw()
    cursor.end()
    return text
  })

const readPayload = (kind: number, bytes: Uint8Array): Payload | undefined => {
  switch (kind) {
    case kinds.none:
      return undefined
    case kinds.binary:
      return { _tag: "Binary", bytes }
    case kinds.json:
      return { _tag: "Json", text: readJsonPayload(bytes) }
    case kinds.text:
      return { _tag: "Text", text: strictText(bytes) }
    default:
      throw malformed("payload", `${kind} is no kind of payload`)
  }
}

const noTags: ReadonlyArray<string> = []

const readEvent = (reader: Reader): Event => {
  const seqNr = reader.int64()
  if (!isSeqNr(seqNr)) {
    const detail = `a whole number from 1 is expected, but ${seqNr} is there`
    throw new JournalDecodeError({ reason: "InvalidField", part, field: "seqNr", detail })
  }
  const tagsLength = reader.int32()
  const tags = tagsLength === 0 ? noTags : readTags(reader.sub(tagsLength))
  const kind = reader.int8()
  return { seqNr, tags, payload: readPayload(kind, reader.bytes(reader.int32())) }
}

/** An event's fault with its index; what the bytes could not give is `MalformedBinary`. */
const faultIn = (field: string, error: unknown): unknown => {
  if (error instanceof JournalDecodeError) return field === "" ? error : error.within(field)
  if (!(error instanceof DecodeError)) return error
  if (error.reason === "NumberTooLarge") {
    return new JournalDecodeError({ reason: "SeqNrTooLarge", part, field: `${field}.seqNr`, detail: error.detail })
  }
  return malformed(field, `${error.what} at byte ${error.position}: ${error.detail}`)
}

/** Metadata that cannot be read counts as none, as with kafka-journal; in a JSON value it is an error. */
const readMetadata = (bytes: Uint8Array): PayloadMetadata => {
  try {
    return readingJson(part, "metadata", () => readPayloadMetadata(jsonTextOf(bytes)))
  } catch (error) {
    if (error instanceof JournalDecodeError) return emptyPayloadMetadata
    throw error
  }
}

const readEventAt = (reader: Reader, index: number): Event => {
  try {
    return readEvent(reader.sub(reader.int32()))
  } catch (error) {
    throw faultIn(`events[${index}]`, error)
  }
}

const readEventList = (reader: Reader): Events["events"] => {
  const count = reader.int32()
  if (count < 1) throw malformed("events", `a count of ${count} is not a list of at least one event`)
  const events: [Event, ...Array<Event>] = [readEventAt(reader, 0)]
  for (let i = 1; i < count; i++) events.push(readEventAt(reader, i))
  return events
}

/** Reads a value of payload type `binary`, throwing `JournalDecodeError`. Binary payloads are views of `value`. */
export const readBinaryEvents = (value: Uint8Array): Events => {
  const reader = new Reader(value)
  try {
    const version = reader.int8()
    const events = readEventList(reader)
    const metadata = version === currentVersion ? readMetadata(reader.bytes(reader.remaining)) : emptyPayloadMetadata
    return { events, metadata }
  } catch (error) {
    throw faultIn("", error)
  }
}

const writeTags = (writer: Writer, tags: ReadonlyArray<string>): void => {
  const block = writer.reserveInt32()
  for (const tag of tags) {
    const length = writer.reserveInt32()
    writer.patchInt32(length, writer.utf8(checkedText("tags", tag)))
  }
  writer.patchInt32(block, writer.position - block - 4)
}

const writeText = (writer: Writer, kind: number, text: string): void => {
  writer.int8(kind)
  const length = writer.reserveInt32()
  writer.patchInt32(length, writer.utf8(text))
}

const writePayload = (writer: Writer, payload: Payload | undefined): void => {
  switch (payload?._tag) {
    case undefined:
      writer.int8(kinds.none)
      writer.int32(0)
      break
    case "Binary":
      writer.int8(kinds.binary)
      writer.int32(checkedBytes("payload", payload.bytes).length)
      writer.bytes(payload.bytes)
      break
    case "Json":
      writeText(writer, kinds.json, checkedPayload(payload))
      break
    case "Text":
      writeText(writer, kinds.text, checkedText("payload", payload.text))
      break
  }
}

const writeEvent = (writer: Writer, { seqNr, tags, payload }: Event): void => {
  const length = writer.reserveInt32()
  writer.int64(checkedSeqNr("seqNr", seqNr))
  writeTags(writer, tags)
  writePayload(writer, payload)
  writer.patchInt32(length, writer.position - length - 4)
}

/** Writes a value of payload type `binary`, throwing `EncodeError`. */
export const writeBinaryEvents = ({ events, metadata }: Events): Uint8Array => {
  const writer = new Writer()
  writer.int8(currentVersion)
  writer.int32(events.length)
  for (const [index, event] of events.entries()) {
    encodingWithin(`events[${index}]`, () => writeEvent(writer, event))
  }
  writer.utf8(writePayloadMetadata(metadata))
  return writer.finish()
}
