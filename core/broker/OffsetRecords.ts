import * as Result from "effect/Result"
import { decodeWith, encodeUtf8, Reader, Writer } from "../bytes/index.ts"
import type { NewRecord } from "../log/index.ts"

/** How far a group has consumed a partition. `timestamp` is when it said so. */
export interface CommittedOffset {
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string
  readonly timestamp: number
}

/** Whose offset, and of which partition. */
export interface OffsetKey {
  readonly group: string
  readonly topic: string
  readonly partition: number
}

const keyVersion = 1
const valueVersion = 3

const writeText = (out: Writer, text: string): void => {
  const bytes = encodeUtf8(text)
  out.int16(bytes.length)
  out.bytes(bytes)
}

const readText = (reader: Reader): string => reader.utf8(reader.int16())

const encodeKey = (key: OffsetKey): Uint8Array => {
  const out = new Writer()
  out.int16(keyVersion)
  writeText(out, key.group)
  writeText(out, key.topic)
  out.int32(key.partition)
  return out.finish()
}

/**
 * A record of the offsets topic; without a value it takes the offset back.
 *
 * **Details**
 *
 * The layout is Kafka's own: key `1:int16 group topic partition:int32`, value `3:int16 offset:int64 leaderEpoch:int32 metadata
 * timestamp:int64`, texts with an int16 length.
 */
export const encodeOffset = (key: OffsetKey, value: CommittedOffset | undefined, timestamp: number): NewRecord => {
  if (value === undefined) return { timestamp, key: encodeKey(key), value: null, headers: [] }
  const out = new Writer()
  out.int16(valueVersion)
  out.int64(value.offset)
  out.int32(value.leaderEpoch)
  writeText(out, value.metadata)
  out.int64(value.timestamp)
  return { timestamp, key: encodeKey(key), value: out.finish(), headers: [] }
}

/** An offset that was committed, or taken back. */
export interface OffsetEntry {
  readonly key: OffsetKey
  readonly value: CommittedOffset | undefined
}

/** Reads a record of the offsets topic; `undefined` for records of other kinds. */
export const decodeOffset = (key: Uint8Array | null, value: Uint8Array | null): OffsetEntry | undefined => {
  if (key === null) return undefined
  const read = decodeWith((): OffsetEntry | undefined => {
    const keys = new Reader(key)
    if (keys.int16() > keyVersion) return undefined
    const group = readText(keys)
    const topic = readText(keys)
    const partition = keys.int32()
    if (value === null) return { key: { group, topic, partition }, value: undefined }
    const values = new Reader(value)
    if (values.int16() !== valueVersion) return undefined
    const offset = values.int64()
    const leaderEpoch = values.int32()
    const metadata = readText(values)
    return { key: { group, topic, partition }, value: { offset, leaderEpoch, metadata, timestamp: values.int64() } }
  })
  return Result.isSuccess(read) ? read.success : undefined
}
