import type { MessageRecord } from "@platformatic/kafka"
import type { NewRecord, RecordHeader } from "../../core/log/index.ts"

const copyOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes)

/** The encoder writes null for what is not there; its types only know that of keys. */
const nothing = undefined as unknown as Buffer

/** Headers in their order: each name is a key of its own, since keys that are buffers are not compared by what they say. */
const headersOf = (headers: ReadonlyArray<RecordHeader>): Map<Buffer, Buffer> =>
  new Map(headers.map(({ name, value }) => [Buffer.from(name), value === null ? nothing : copyOf(value)]))

/** Records as the encoder reads them, in bytes of their own: a send may still be under way when nobody waits for it any more. */
export const platformaticRecords = (
  records: ReadonlyArray<NewRecord>,
  topic: string,
  partition: number
): Array<MessageRecord> =>
  records.map(({ headers, key, timestamp, value }) => ({
    topic,
    partition,
    timestamp: BigInt(timestamp),
    value: value === null ? nothing : copyOf(value),
    ...(key === null ? {} : { key: copyOf(key) }),
    ...(headers.length === 0 ? {} : { headers: headersOf(headers) })
  }))
