import { compareUtf8 } from "../../core/bytes/index.ts"
import type { EventRecord, JournalKey, Payload } from "../../core/ports/index.ts"
import {
  integer,
  optionalBytes,
  optionalInteger,
  optionalShown,
  optionalText,
  optionalTime,
  textMap,
  texts
} from "./Columns.ts"
import type { Row } from "./Columns.ts"
import { decodeMetadata, encodeMetadata } from "./EventMetadata.ts"

/** A value of a column as the driver takes it; `undefined` leaves the column as it is, `null` empties it. */
export type Value = unknown

/** The columns of an event's row, in the order in which {@link eventValues} gives their values. */
export const eventColumns = [
  "id",
  "topic",
  "segment",
  "seq_nr",
  "timestamp",
  "partition",
  "offset",
  "origin",
  "version",
  "meta_record_id",
  "tags",
  "metadata",
  "payload_type",
  "payload_txt",
  "payload_bin",
  "headers"
] as const

/** Whether a set of texts comes back from Cassandra as this list: each once, in the order of their UTF-8 bytes. */
const isSet = (tags: ReadonlyArray<string>): boolean =>
  tags.every((tag, at) => at === 0 || compareUtf8(tags[at - 1]!, tag) < 0)

const payloadValues = (payload: Payload | undefined): readonly [type: Value, text: Value, bytes: Value] => {
  switch (payload?._tag) {
    case undefined:
      return [undefined, undefined, undefined]
    case "Binary": {
      const { buffer, byteLength, byteOffset } = payload.bytes
      return ["binary", undefined, Buffer.from(buffer, byteOffset, byteLength)]
    }
    case "Text":
      return ["text", payload.text, undefined]
    case "Json":
      return ["json", payload.text, undefined]
  }
}

/** The values of an event's row; what is absent or empty has no value. `incarnation` is the head's record id as a UUID. */
export const eventValues = (
  { id, topic }: JournalKey,
  segment: number,
  event: EventRecord,
  incarnation: string | undefined
): Array<Value> => {
  const { headers, metadata, offset, origin, partition, payload, seqNr, tags, timestamp, version } = event
  const isInOrder = isSet(tags)
  return [
    id,
    topic,
    BigInt(segment),
    BigInt(seqNr),
    new Date(timestamp),
    partition,
    BigInt(offset),
    origin,
    version,
    incarnation,
    tags.length === 0 ? undefined : isInOrder ? tags : [...new Set(tags)],
    encodeMetadata({ metadata, tags: isInOrder ? undefined : tags }),
    ...payloadValues(payload),
    headers.size === 0 ? undefined : headers
  ]
}

const payloadOf = (row: Row): Payload | undefined => {
  const type = optionalText(row, "payload_type")
  if (type === undefined) return undefined
  if (type === "text" || type === "json") {
    const text = optionalText(row, "payload_txt")
    if (text === undefined) throw new TypeError(`column payload_txt is empty, but payload_type is ${type}`)
    return { _tag: type === "text" ? "Text" : "Json", text }
  }
  const bytes = optionalBytes(row, "payload_bin")
  if (bytes === undefined) throw new TypeError(`column payload_bin is empty, but payload_type is ${type}`)
  return { _tag: "Binary", bytes }
}

/** The record id of the head whose incarnation the event belongs to. */
export const incarnationOf = (row: Row): string | undefined => optionalShown(row, "meta_record_id")

/**
 * Decodes an event; throws where the row is none.
 *
 * **Details**
 *
 * It is as lenient as kafka-journal: only the numbers of the row's key, and a payload where `payload_type` says so, must
 * be there; a type of another name is binary.
 */
export const eventOf = (row: Row): EventRecord => {
  const { metadata, tags } = decodeMetadata(optionalText(row, "metadata"))
  return {
    seqNr: integer(row, "seq_nr"),
    tags: tags ?? texts(row, "tags"),
    payload: payloadOf(row),
    timestamp: optionalTime(row, "timestamp") ?? 0,
    partition: optionalInteger(row, "partition") ?? 0,
    offset: optionalInteger(row, "offset") ?? 0,
    origin: optionalText(row, "origin"),
    version: optionalText(row, "version"),
    metadata,
    headers: textMap(row, "headers")
  }
}
