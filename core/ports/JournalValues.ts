/** One entity's journal: `id` is the record key, `topic` the Kafka topic that holds it. Any string is a valid id. */
export interface JournalKey {
  readonly topic: string
  readonly id: string
}

/**
 * What an event carries.
 *
 * **Details**
 *
 * JSON travels as its text and is parsed by whoever wants the value, so that no number is ever re-encoded.
 */
export type Payload =
  | { readonly _tag: "Binary"; readonly bytes: Uint8Array }
  | { readonly _tag: "Text"; readonly text: string }
  | { readonly _tag: "Json"; readonly text: string }

/**
 * What a writer says about a record beside its events. `header` travels in the record's header, `payload` in its value;
 * both are JSON as text. `expireAfter` is a duration as text, such as `30 days`.
 */
export interface RecordMetadata {
  readonly header: string | undefined
  readonly payload: string | undefined
  readonly expireAfter: string | undefined
}

/**
 * An event as it is read back, from the log or from a store.
 *
 * **Details**
 *
 * `seqNr` is a safe integer from 1. All events of one record share `timestamp` (milliseconds since the epoch),
 * `partition`, `offset`, `origin` (who wrote it), `version` (of the writer's library), `metadata` and `headers`.
 */
export interface EventRecord {
  readonly seqNr: number
  readonly tags: ReadonlyArray<string>
  readonly payload: Payload | undefined
  readonly timestamp: number
  readonly partition: number
  readonly offset: number
  readonly origin: string | undefined
  readonly version: string | undefined
  readonly metadata: RecordMetadata
  readonly headers: ReadonlyMap<string, string>
}
