/** One header of a record. Kafka allows a null value, and the same name more than once. */
export interface RecordHeader {
  readonly name: string
  readonly value: Uint8Array | null
}

/**
 * A record that has no place in a log yet.
 *
 * **Details**
 *
 * `timestamp` is in milliseconds since the epoch, -1 for none. A null `value` is a tombstone on a compacted topic. Headers
 * keep their order, and headers of the same name all survive.
 */
export interface NewRecord {
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: ReadonlyArray<RecordHeader>
}

/** A record at its place in a partition. */
export interface LogRecord extends NewRecord {
  readonly offset: number
}
