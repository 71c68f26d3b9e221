import type { IHeaders, Message } from "kafkajs"
import type { NewRecord, RecordHeader } from "../../core/log/index.ts"

/** One header in the form that kafkajs's encoder reads. */
interface EncodedHeader {
  readonly key: string
  readonly value: Buffer | string | null
}

/**
 * A header without a value.
 *
 * **Details**
 *
 * kafkajs measures a header's value before it looks whether there is one, which fails for null. So the value, which is
 * read anew for each use, is empty while it is measured.
 */
class HeaderWithoutValue implements EncodedHeader {
  readonly key: string
  #measured = false

  constructor(key: string) {
    this.key = key
  }

  get value(): string | null {
    if (this.#measured) return null
    this.#measured = true
    return ""
  }
}

const copyOf = (bytes: Uint8Array | null): Buffer | null => (bytes === null ? null : Buffer.from(bytes))

/**
 * Headers in their order, with repeated names at their places.
 *
 * **Details**
 *
 * kafkajs takes headers as an object by name, in which several of one name have to stand together. For a name with several
 * values it calls `map` on their array, and takes what that gives for the headers to write: here all of them, whatever
 * their names.
 */
class OrderedHeaders extends Array<string> {
  readonly #headers: ReadonlyArray<EncodedHeader>

  constructor(headers: ReadonlyArray<RecordHeader>) {
    super()
    this.#headers = headers.map(({ name, value }) => ({ key: name, value: copyOf(value) }))
  }

  override map<A>(): Array<A> {
    const encoded = this.#headers.map((header) => (header.value === null ? new HeaderWithoutValue(header.key) : header))
    return encoded as Array<A>
  }
}

/** Enough digits for every time that a safe integer can hold. */
const timestampDigits = 16

/**
 * A time in the form that survives kafkajs: it takes the number 0 for "none", and finds the earliest and the latest of a
 * batch by comparing texts, which is right for texts of the same length.
 */
const timestampText = (timestamp: number): string =>
  timestamp < 0
    ? `-${String(-timestamp).padStart(timestampDigits, "0")}`
    : String(timestamp).padStart(timestampDigits, "0")

/** A time of our days: thirteen digits, so that numbers have the order of their texts. */
const isUsual = ({ timestamp }: NewRecord): boolean =>
  Number.isInteger(timestamp) && timestamp >= 1e12 && timestamp < 1e13

/** What kafkajs only hands on and computes with, whatever its types say of it. */
const usualTime = (timestamp: number): string => timestamp as unknown as string

const headersOf = (headers: ReadonlyArray<RecordHeader>): IHeaders => {
  const [first] = headers
  if (first === undefined) return {}
  // Alone, and with a value, it needs nothing but an object.
  if (headers.length === 1 && first.value !== null) return { [first.name]: Buffer.from(first.value) }
  return { headers: new OrderedHeaders(headers) }
}

/** Records as kafkajs sends them, in bytes of their own: a send may still be under way when nobody waits for it any more. */
export const kafkaJsMessages = (records: ReadonlyArray<NewRecord>, partition: number): Array<Message> => {
  const timeOf = records.every(isUsual) ? usualTime : timestampText
  return records.map(({ headers, key, timestamp, value }) => ({
    key: copyOf(key),
    value: copyOf(value),
    headers: headersOf(headers),
    timestamp: timeOf(timestamp),
    partition
  }))
}
