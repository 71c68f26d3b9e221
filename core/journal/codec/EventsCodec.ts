import type { Result } from "effect/Result"
import { encodeWith } from "../../bytes/index.ts"
import type { EncodeError } from "../../bytes/index.ts"
import type { PayloadType } from "../model/Action.ts"
import type { Events } from "../model/Events.ts"
import { readBinaryEvents, writeBinaryEvents } from "./EventsBinary.ts"
import { readJsonEvents, writeJsonEvents } from "./EventsJson.ts"
import { journalDecodeWith } from "./JournalDecodeError.ts"
import type { JournalDecodeError } from "./JournalDecodeError.ts"

/** The value of an append record, and what its header has to say about it. */
export interface EncodedEvents {
  readonly payloadType: PayloadType
  readonly value: Uint8Array
}

/**
 * Reads the value of an append record.
 *
 * **Details**
 *
 * The format is kafka-journal's: `json` as one object with `events` and `metadata`, `binary` in version 1, in version 0
 * (without metadata) and in any other version as far as version 0 goes. Of a repeated JSON field the last one counts,
 * unknown fields are passed over, and JSON payloads are cut out of the text as they stand. Metadata that cannot be read
 * is an error in a JSON value, and counts as none in a binary one.
 *
 * **Gotchas**
 *
 * A JSON payload `null` is no payload in a JSON value and remains JSON `null` in a binary one. Binary payloads are views
 * of `value`, and JSON ones may keep the text of the whole value in memory.
 */
export const decodeEvents = (payloadType: PayloadType, value: Uint8Array): Result<Events, JournalDecodeError> =>
  journalDecodeWith(() => (payloadType === "json" ? readJsonEvents(value) : readBinaryEvents(value)))

/**
 * Writes the value of an append record: binary as soon as one payload is, JSON otherwise.
 *
 * **Details**
 *
 * JSON payloads and `data` are checked and then written as they stand. `expireAfter` is written in its canonical
 * spelling.
 *
 * **Gotchas**
 *
 * In a JSON value, the JSON payload `null` reads back as no payload. In a binary value, a lone surrogate of a text
 * becomes U+FFFD.
 */
export const encodeEvents = (events: Events): Result<EncodedEvents, EncodeError> =>
  encodeWith(() =>
    events.events.some(({ payload }) => payload?._tag === "Binary")
      ? { payloadType: "binary", value: writeBinaryEvents(events) }
      : { payloadType: "json", value: writeJsonEvents(events) }
  )
