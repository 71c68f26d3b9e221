import * as Result from "effect/Result"
import { crc32c } from "../bytes/index.ts"
import { BatchError, type BatchErrorReason } from "./BatchError.ts"
import { codecOf, type CompressionCodec } from "./Compression.ts"

/** Bytes of a batch before its records; no batch is shorter. */
export const batchHeaderSize = 61

/** Bytes before the count that `batch_length` gives. */
const lengthPrefix = 12
const crcFrom = 21

/** Where the fields of a batch lie, in bytes from its start; all numbers are big-endian. */
export const batchField = {
  baseOffset: 0,
  batchLength: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57
} as const

/** The flags in a batch's attributes above the codec's three bits. */
export const batchFlag = { logAppendTime: 8, transactional: 16, control: 32, deleteHorizon: 64 } as const

/**
 * The fields of a record batch (magic 2), and where it lies: `size` bytes of `bytes` from `start`.
 *
 * **Details**
 *
 * `producerId` is -1 for a producer without idempotence; its epoch and sequence then mean nothing, whatever they say.
 * With `logAppendTime` the time of every record is `maxTimestamp`. With `deleteHorizon` (compacted batches only)
 * `baseTimestamp` is the time after which the batch's tombstones may go. `recordCount` may be 0 after compaction while
 * `lastOffset` keeps its place.
 */
export interface BatchHeader {
  readonly bytes: Uint8Array
  readonly start: number
  readonly size: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly leaderEpoch: number
  readonly crc: number
  readonly codec: CompressionCodec
  readonly logAppendTime: boolean
  readonly transactional: boolean
  readonly control: boolean
  readonly deleteHorizon: boolean
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly recordCount: number
}

/** The bytes of the batch, not copied. */
export const batchBytes = (batch: BatchHeader): Uint8Array =>
  batch.bytes.subarray(batch.start, batch.start + batch.size)

const fail = (reason: BatchErrorReason, position: number, detail: string): Result.Result<never, BatchError> =>
  Result.fail(new BatchError({ reason, position, detail }))

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const int64 = (data: DataView, at: number): number => data.getInt32(at) * 0x100000000 + data.getUint32(at + 4)

/**
 * Reads the header of the batch that begins at `start`, in bytes that end at `end`, without copying.
 *
 * **Details**
 *
 * Every length is checked against the bytes that are there. The checksum is not: see {@link validateBatch}.
 */
export const readBatchHeader = (
  bytes: Uint8Array,
  start = 0,
  end = bytes.length
): Result.Result<BatchHeader, BatchError> => {
  const available = end - start
  if (available < lengthPrefix) return fail("Truncated", start, `${available} bytes are not enough for a length`)
  const data = view(bytes)
  const length = data.getInt32(start + batchField.batchLength)
  if (available > batchField.magic) {
    const magic = data.getInt8(start + batchField.magic)
    if (magic !== 2) return fail("UnsupportedMagic", start, `its format is magic ${magic}, only magic 2 is read`)
  }
  if (length < batchHeaderSize - lengthPrefix) return fail("InvalidLength", start, `its length field says ${length}`)
  const size = length + lengthPrefix
  if (available < size) return fail("Truncated", start, `it needs ${size} bytes and ${available} are there`)

  const attributes = data.getInt16(start + batchField.attributes)
  const codec = codecOf(attributes & 7)
  if (codec === undefined) return fail("InvalidHeader", start, `no compression codec has the number ${attributes & 7}`)
  const lastOffsetDelta = data.getInt32(start + batchField.lastOffsetDelta)
  if (lastOffsetDelta < 0) return fail("InvalidHeader", start, `its last offset delta is ${lastOffsetDelta}`)
  const recordCount = data.getInt32(start + batchField.recordCount)
  if (recordCount < 0 || recordCount > lastOffsetDelta + 1) {
    return fail("InvalidHeader", start, `it claims ${recordCount} records in ${lastOffsetDelta + 1} offsets`)
  }
  const baseOffset = int64(data, start + batchField.baseOffset)
  const lastOffset = baseOffset + lastOffsetDelta
  const baseTimestamp = int64(data, start + batchField.baseTimestamp)
  const maxTimestamp = int64(data, start + batchField.maxTimestamp)
  const producerId = int64(data, start + batchField.producerId)
  if (baseOffset < 0) return fail("InvalidHeader", start, `its base offset is ${baseOffset}`)
  if (
    !Number.isSafeInteger(lastOffset) ||
    !Number.isSafeInteger(baseTimestamp) ||
    !Number.isSafeInteger(maxTimestamp) ||
    !Number.isSafeInteger(producerId)
  ) {
    return fail("NumberTooLarge", start, "its offset, a timestamp or its producer id is beyond 2^53 - 1")
  }
  return Result.succeed({
    bytes,
    start,
    size,
    baseOffset,
    lastOffset,
    leaderEpoch: data.getInt32(start + batchField.leaderEpoch),
    crc: data.getUint32(start + batchField.crc),
    codec,
    logAppendTime: (attributes & batchFlag.logAppendTime) !== 0,
    transactional: (attributes & batchFlag.transactional) !== 0,
    control: (attributes & batchFlag.control) !== 0,
    deleteHorizon: (attributes & batchFlag.deleteHorizon) !== 0,
    baseTimestamp,
    maxTimestamp,
    producerId,
    producerEpoch: data.getInt16(start + batchField.producerEpoch),
    baseSequence: data.getInt32(start + batchField.baseSequence),
    recordCount
  })
}

/**
 * The size in bytes that the batch at `start` claims to have; `undefined` when too few bytes are there to say.
 *
 * **Gotchas**
 *
 * A claim, which may be of any size or negative: bound it before memory is taken for it.
 */
export const claimedBatchSize = (bytes: Uint8Array, start = 0): number | undefined =>
  bytes.length - start < lengthPrefix ? undefined : view(bytes).getInt32(start + batchField.batchLength) + lengthPrefix

/** Reads a batch's header as {@link readBatchHeader} does, and checks the batch's checksum; nothing is copied. */
export const validateBatch = (
  bytes: Uint8Array,
  start = 0,
  end = bytes.length
): Result.Result<BatchHeader, BatchError> => {
  const header = readBatchHeader(bytes, start, end)
  if (Result.isFailure(header)) return header
  const computed = crc32c(bytes, start + crcFrom, start + header.success.size)
  return computed === header.success.crc
    ? header
    : fail("ChecksumMismatch", start, `its CRC-32C is ${computed} and its header says ${header.success.crc}`)
}

/** The whole batches at the head of a run of bytes, and what ended them. */
export interface BatchRun {
  readonly batches: ReadonlyArray<BatchHeader>
  /** Position after the last whole batch. */
  readonly end: number
  /** Why `end` is not the end of the bytes; absent when it is. */
  readonly stop?: BatchError
}

/**
 * Splits a run of bytes into its batches.
 *
 * **Details**
 *
 * A fetch may end in the middle of a batch: `stop` then says `Truncated`, and the batches before it stand.
 * `read` is {@link readBatchHeader}, or {@link validateBatch} to check every checksum on the way.
 */
export const splitBatches = (
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
  read: typeof readBatchHeader = readBatchHeader
): BatchRun => {
  const batches: Array<BatchHeader> = []
  let at = start
  while (at < end) {
    const next = read(bytes, at, end)
    if (Result.isFailure(next)) return { batches, end: at, stop: next.failure }
    batches.push(next.success)
    at += next.success.size
  }
  return { batches, end: at }
}

/**
 * Gives a batch its place in the log, in its own bytes: neither field is under the checksum.
 *
 * **Gotchas**
 *
 * The bytes change; the header read before does not: the result is the header to go on with.
 */
export const placeBatch = (batch: BatchHeader, baseOffset: number, leaderEpoch: number): BatchHeader => {
  const data = view(batch.bytes)
  data.setInt32(batch.start + batchField.baseOffset, Math.floor(baseOffset / 0x100000000))
  data.setUint32(batch.start + batchField.baseOffset + 4, baseOffset % 0x100000000)
  data.setInt32(batch.start + batchField.leaderEpoch, leaderEpoch)
  return { ...batch, baseOffset, lastOffset: baseOffset + (batch.lastOffset - batch.baseOffset), leaderEpoch }
}

/** The sequence number `count` places after `sequence`; after 2^31 - 1 comes 0. */
export const sequenceAfter = (sequence: number, count: number): number => (sequence + count) % 0x80000000

/** The sequence number of the batch's last record. */
export const lastSequence = (batch: BatchHeader): number =>
  sequenceAfter(batch.baseSequence, batch.lastOffset - batch.baseOffset)
