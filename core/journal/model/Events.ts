import type { Payload } from "../../ports/index.ts"
import type { SeqNr } from "./SeqNr.ts"

/** One event before it has a place in a log. `tags` are a set: a repeated tag counts once. */
export interface Event {
  readonly seqNr: SeqNr
  readonly tags: ReadonlyArray<string>
  readonly payload: Payload | undefined
}

/**
 * What a writer says about all events of a record, in the record's value.
 *
 * **Details**
 *
 * `expireAfter` is a duration as `parseExpireAfter` reads it; what is read back has its canonical spelling. `data` is
 * JSON text of any form.
 */
export interface PayloadMetadata {
  readonly expireAfter: string | undefined
  readonly data: string | undefined
}

/** Metadata that says nothing. */
export const emptyPayloadMetadata: PayloadMetadata = { expireAfter: undefined, data: undefined }

/** What the value of one append record holds: at least one event, and their metadata. */
export interface Events {
  readonly events: readonly [Event, ...ReadonlyArray<Event>]
  readonly metadata: PayloadMetadata
}
