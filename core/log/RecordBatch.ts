import * as Result from "effect/Result"
import { crc32c, DecodeError, EncodeError, encodeUtf8, Reader, Writer } from "../bytes/index.ts"
import { BatchError } from "./BatchError.ts"
import { batchField, batchFlag, type BatchHeader, batchHeaderSize } from "./BatchHeader.ts"
import { codecId, CodecMissing, type Compression, type Decompress } from "./Compression.ts"
import type { LogRecord, NewRecord, RecordHeader } from "./Record.ts"

/** The least that a record takes: length, attributes, two deltas, two lengths and a count, a byte each. */
const smallestRecord = 7

/** What a batch says beside its records; whatever is absent has the value of a plain producer's batch. */
export interface BatchOptions {
  /** Offset of the first record, 0 if absent, as a produce request needs it. */
  readonly baseOffset?: number
  /** -1 if absent. */
  readonly leaderEpoch?: number
  /** Identity and first sequence number of an idempotent producer. */
  readonly producer?: { readonly id: number; readonly epoch: number; readonly sequence: number }
  readonly transactional?: boolean
  /** Marks the batch as one that only a broker may write; see `encodeControlBatch`. */
  readonly control?: boolean
  readonly compression?: Compression
}

const varintSize = (value: number): number => {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0
  return zigzag < 0x80 ? 1 : zigzag < 0x4000 ? 2 : zigzag < 0x200000 ? 3 : zigzag < 0x10000000 ? 4 : 5
}

const varlongSize = (value: number): number => {
  let rest = value < 0 ? -value - 1 : value
  let size = 1
  for (rest = Math.floor(rest / 64); rest > 0; rest = Math.floor(rest / 128)) size++
  return size
}

const bytesSize = (bytes: Uint8Array | null): number => (bytes === null ? 1 : varintSize(bytes.length) + bytes.length)

const writeBytes = (out: Writer, bytes: Uint8Array | null): void => {
  if (bytes === null) return out.varint(-1)
  out.varint(bytes.length)
  out.bytes(bytes)
}

const writeRecord = (out: Writer, record: NewRecord, index: number, baseTimestamp: number): void => {
  const timestampDelta = record.timestamp - baseTimestamp
  const names = record.headers.map((header) => encodeUtf8(header.name))
  let size = 1 + varlongSize(timestampDelta) + varintSize(index) + bytesSize(record.key) + bytesSize(record.value)
  size += varintSize(names.length)
  for (let i = 0; i < names.length; i++) size += bytesSize(names[i]!) + bytesSize(record.headers[i]!.value)

  out.varint(size)
  out.int8(0)
  out.varlong(timestampDelta)
  out.varint(index)
  writeBytes(out, record.key)
  writeBytes(out, record.value)
  out.varint(names.length)
  for (let i = 0; i < names.length; i++) {
    writeBytes(out, names[i]!)
    writeBytes(out, record.headers[i]!.value)
  }
}

const recordsSize = (records: ReadonlyArray<NewRecord>): number => {
  let size = 0
  for (const { key, value, headers } of records) {
    size += 32 + (key === null ? 0 : key.length) + (value === null ? 0 : value.length) + headers.length * 64
  }
  return size
}

/**
 * Writes records as one batch (magic 2), at consecutive offsets.
 *
 * **Gotchas**
 *
 * Throws `EncodeError` when there is no record, or a number that the format cannot hold. A batch has one timestamp base:
 * records may have any times, also in no order.
 */
export const encodeBatch = (records: ReadonlyArray<NewRecord>, options: BatchOptions = {}): Uint8Array => {
  const first = records[0]
  if (first === undefined) {
    throw new EncodeError({ reason: "InvalidValue", what: "record batch", detail: "a batch needs at least one record" })
  }
  const { baseOffset = 0, leaderEpoch = -1, producer, compression } = options
  const baseTimestamp = first.timestamp
  let maxTimestamp = baseTimestamp
  for (const record of records) if (record.timestamp > maxTimestamp) maxTimestamp = record.timestamp

  const out = new Writer(batchHeaderSize + recordsSize(records))
  out.int64(baseOffset)
  const length = out.reserveInt32()
  out.int32(leaderEpoch)
  out.int8(2)
  const crc = out.reserveInt32()
  out.int16(
    (compression === undefined ? 0 : codecId(compression.codec)) |
      (options.transactional === true ? batchFlag.transactional : 0) |
      (options.control === true ? batchFlag.control : 0)
  )
  out.int32(records.length - 1)
  out.int64(baseTimestamp)
  out.int64(maxTimestamp)
  out.int64(producer?.id ?? -1)
  out.int16(producer?.epoch ?? -1)
  out.int32(producer?.sequence ?? -1)
  out.int32(records.length)
  if (compression === undefined) {
    for (let i = 0; i < records.length; i++) writeRecord(out, records[i]!, i, baseTimestamp)
  } else {
    const body = new Writer(recordsSize(records))
    for (let i = 0; i < records.length; i++) writeRecord(body, records[i]!, i, baseTimestamp)
    out.bytes(compression.compress(body.finish()))
  }
  out.patchInt32(length, out.position - length - 4)
  const bytes = out.finish()
  out.patchInt32(crc, crc32c(bytes, batchField.attributes) | 0)
  return bytes
}

/** How records are to be read. */
export interface DecodeOptions {
  readonly decompress: Decompress
  /** Bound on what the records of one batch may expand to, in bytes. */
  readonly maxBytes: number
}

const expand = (batch: BatchHeader, options: DecodeOptions): Uint8Array => {
  const body = batch.bytes.subarray(batch.start + batchHeaderSize, batch.start + batch.size)
  if (batch.codec === "none") return body
  try {
    return options.decompress(batch.codec, body, options.maxBytes)
  } catch (error) {
    if (error instanceof CodecMissing) throw error
    throw new BatchError({
      reason: "DecompressionFailed",
      position: batch.start,
      detail: `its ${batch.codec} data does not expand within ${options.maxBytes} bytes (${String(error)})`
    })
  }
}

const nullableBytes = (reader: Reader): Uint8Array | null => {
  const length = reader.varint()
  return length === -1 ? null : reader.bytes(length)
}

const noHeaders: ReadonlyArray<RecordHeader> = []

const readHeaders = (reader: Reader): ReadonlyArray<RecordHeader> => {
  const count = reader.count(reader.varint(), 2)
  if (count === 0) return noHeaders
  const headers: Array<RecordHeader> = []
  for (let i = 0; i < count; i++) headers.push({ name: reader.utf8(reader.varint()), value: nullableBytes(reader) })
  return headers
}

const readRecords = (batch: BatchHeader, reader: Reader): ReadonlyArray<LogRecord> => {
  const { baseOffset, baseTimestamp, maxTimestamp, logAppendTime } = batch
  const records: Array<LogRecord> = []
  let previous = baseOffset - 1
  for (let left = reader.count(batch.recordCount, smallestRecord); left > 0; left--) {
    const start = reader.position
    const length = reader.varint()
    const end = reader.position + length
    reader.int8()
    const timestampDelta = reader.varlong()
    const offset = baseOffset + reader.varint()
    const key = nullableBytes(reader)
    const value = nullableBytes(reader)
    const headers = readHeaders(reader)
    if (reader.position !== end || offset <= previous || offset > batch.lastOffset) {
      throw new DecodeError({
        reason: "InvalidValue",
        position: start,
        what: "record",
        detail: "its length or its offset does not fit its place in the batch"
      })
    }
    previous = offset
    records.push({
      offset,
      timestamp: logAppendTime ? maxTimestamp : baseTimestamp + timestampDelta,
      key,
      value,
      headers
    })
  }
  reader.end()
  return records
}

/**
 * Reads the records of a batch; keys, values and header values of an uncompressed batch are views of its bytes.
 *
 * **Details**
 *
 * Fails with `BatchError` when the records are not what the header says, and with `CodecMissing` when `decompress` lacks
 * the codec. The checksum is not looked at: {@link validateBatch} does that. Records of a control batch are read like
 * others: {@link controlType} says what they mean.
 *
 * **Gotchas**
 *
 * Clients receive whole batches: records below the offset that was asked for are in the result, and are the caller's to
 * drop. A header name that is not UTF-8 is read with replacement characters.
 */
export const decodeRecords = (
  batch: BatchHeader,
  options: DecodeOptions
): Result.Result<ReadonlyArray<LogRecord>, BatchError | CodecMissing> => {
  try {
    return Result.succeed(readRecords(batch, new Reader(expand(batch, options))))
  } catch (error) {
    if (error instanceof BatchError || error instanceof CodecMissing) return Result.fail(error)
    if (error instanceof DecodeError) {
      const detail = `its records do not read as its header says (${error.what} at ${error.position}: ${error.detail})`
      return Result.fail(new BatchError({ reason: "InvalidRecords", position: batch.start, detail }))
    }
    throw error
  }
}
