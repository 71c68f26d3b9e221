import * as Result from "effect/Result"
import { type BatchHeader, batchHeaderSize, claimedBatchSize, decodeRecords, readBatchHeader } from "../log/index.ts"
import { ErrorCode } from "../protocol/index.ts"
import { indexInterval, logFile, type Segment } from "../storage/index.ts"
import { maxExpandedBytes } from "./BrokerConfig.ts"
import type { Fetched, ListedOffset, PartitionInput, PartitionOutput } from "./PartitionLogIo.ts"
import type { Lookup, PartitionState, Reading } from "./PartitionState.ts"

/** The index leads to at most this many bytes before the header of the batch that is looked for, or into it. */
const slack = indexInterval + batchHeaderSize

/** Bytes that a look-up of a time reads at first. */
const lookupBytes = 64 * 1024

const nothing = new Uint8Array(0)

const fetchFailed = (id: number, errorCode: number): Fetched => ({
  _tag: "Fetched",
  id,
  errorCode,
  records: nothing,
  highWatermark: -1,
  lastStableOffset: -1,
  logStart: -1
})

const fetched = (log: PartitionState, id: number, records: Uint8Array): Fetched => ({
  _tag: "Fetched",
  id,
  errorCode: ErrorCode.NONE,
  records,
  highWatermark: log.highWatermark,
  lastStableOffset: log.highWatermark,
  logStart: log.logStart
})

const listed = (log: PartitionState, id: number, offset: number, timestamp = -1, errorCode = 0): ListedOffset => ({
  _tag: "ListedOffset",
  id,
  errorCode,
  offset,
  timestamp,
  leaderEpoch: offset < 0 ? -1 : log.checkpoint.leaderEpoch
})

/** The code that answers everything while the log does not serve; `undefined` while it does. */
export const notServing = (log: PartitionState): number | undefined =>
  log.offline !== undefined ? ErrorCode.KAFKA_STORAGE_ERROR : log.closing ? ErrorCode.NOT_LEADER_OR_FOLLOWER : undefined

/** Answers a look-up with an error. */
export const lookupFailed = (log: PartitionState, lookup: Lookup, errorCode: number): PartitionOutput =>
  lookup._tag === "Fetch" ? fetchFailed(lookup.id, errorCode) : listed(log, lookup.id, -1, -1, errorCode)

const read = (
  log: PartitionState,
  lookup: Lookup,
  segment: Segment,
  position: number,
  wanted: number
): PartitionOutput => {
  const id = log.nextId++
  const length = Math.min(wanted, segment.size - position)
  log.reading.set(id, { lookup, segment, position, length })
  return { _tag: "Read", id, path: logFile(log.folder, segment.base), position, length }
}

/** The segment that holds `offset`. */
const segmentOf = (log: PartitionState, offset: number): Segment => {
  let low = 0
  let high = log.segments.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (log.segments[middle]!.base <= offset) low = middle
    else high = middle - 1
  }
  return log.segments[low]!
}

/** Begins a fetch, or answers it when there is nothing to read. */
export const fetch = (log: PartitionState, input: PartitionInput & { _tag: "Fetch" }): PartitionOutput => {
  const refused = notServing(log)
  if (refused !== undefined) return fetchFailed(input.id, refused)
  const { offset } = input
  if (offset < log.logStart || offset > log.accepted) return fetchFailed(input.id, ErrorCode.OFFSET_OUT_OF_RANGE)
  if (offset >= log.highWatermark) return fetched(log, input.id, nothing)
  const segment = segmentOf(log, offset)
  return read(log, input, segment, segment.positionOf(offset), Math.max(0, input.maxBytes) + slack)
}

/** Begins the look-up of an offset, or answers it when no record needs to be looked at. */
export const listOffset = (log: PartitionState, input: PartitionInput & { _tag: "ListOffset" }): PartitionOutput => {
  const { id, timestamp } = input
  const refused = notServing(log)
  if (refused !== undefined) return listed(log, id, -1, -1, refused)
  switch (timestamp) {
    case -1:
      return listed(log, id, log.highWatermark)
    case -2:
    case -4:
      return listed(log, id, log.logStart)
    case -3: {
      let newest: Segment | undefined
      for (const segment of log.segments) {
        if (segment.maxTimestamp > (newest?.maxTimestamp ?? -1)) newest = segment
      }
      if (newest === undefined) return listed(log, id, -1)
      return read(log, { _tag: "MaxTime", id }, newest, newest.positionOf(newest.maxTimestampBase), lookupBytes)
    }
  }
  return timestamp < 0 ? listed(log, id, -1) : findTime(log, { _tag: "Time", id, timestamp }, 0)
}

/** Whether the answer may be in the batch. */
const isTarget = ({ lookup, segment }: Reading, batch: BatchHeader): boolean => {
  switch (lookup._tag) {
    case "Fetch":
      return batch.lastOffset >= lookup.offset
    case "Time":
      return batch.maxTimestamp >= lookup.timestamp
    case "MaxTime":
      return batch.baseOffset === segment.maxTimestampBase
  }
}

/**
 * Goes on with a look-up whose bytes were read: answers it, or reads further.
 *
 * **Details**
 *
 * A text instead of an output says why the file is not what was written to it.
 */
export const readDone = (log: PartitionState, reading: Reading, bytes: Uint8Array): PartitionOutput | string => {
  const { lookup, segment, position, length } = reading
  if (bytes.length < length) return `"${logFile(log.folder, segment.base)}" ends at byte ${position + bytes.length}`
  let at = 0
  while (at < bytes.length) {
    const batch = readBatchHeader(bytes, at)
    if (Result.isFailure(batch)) {
      const claimed = claimedBatchSize(bytes, at) ?? slack
      const whole = position + bytes.length >= segment.size
      if (batch.failure.reason !== "Truncated" || whole) {
        return `"${logFile(log.folder, segment.base)}" at byte ${position + at}: ${batch.failure.detail}`
      }
      return read(log, lookup, segment, position + at, Math.max(claimed, lookupBytes))
    }
    const answer = isTarget(reading, batch.success) ? found(log, lookup, batch.success) : undefined
    if (answer !== undefined) return answer
    at += batch.success.size
  }
  if (position + at < segment.size) return read(log, lookup, segment, position + at, lookupBytes)
  return lookup._tag === "Time" ? findTime(log, lookup, segment.endOffset) : notFound(log, lookup)
}

/** Begins or goes on to look for a time, in the first segment from `from` on that may have it. */
const findTime = (log: PartitionState, lookup: Lookup & { _tag: "Time" }, from: number): PartitionOutput => {
  const { timestamp } = lookup
  const segment = log.segments.find(({ base, maxTimestamp }) => base >= from && maxTimestamp >= timestamp)
  if (segment === undefined) return notFound(log, lookup)
  return read(log, lookup, segment, segment.positionOfTime(timestamp), lookupBytes)
}

const notFound = (log: PartitionState, lookup: Lookup): PartitionOutput =>
  lookup._tag === "Fetch" ? fetched(log, lookup.id, nothing) : listed(log, lookup.id, -1)

/**
 * What the batch answers; `undefined` when it has nothing after the log's start.
 *
 * **Details**
 *
 * Without the batch's codec its first offset is answered. The record with the greatest timestamp of a segment is known by
 * its batch alone: where that lies before the log's start, the start is answered.
 */
const found = (log: PartitionState, lookup: Lookup, batch: BatchHeader): PartitionOutput | undefined => {
  if (batch.lastOffset >= log.highWatermark) return notFound(log, lookup)
  if (lookup._tag === "Fetch") return fetched(log, lookup.id, wholeBatches(log, lookup.maxBytes, batch))
  if (lookup._tag === "Time" && batch.lastOffset < log.logStart) return undefined
  const records = decodeRecords(batch, { decompress: log.config.decompress, maxBytes: maxExpandedBytes })
  const first = Math.max(batch.baseOffset, log.logStart)
  if (Result.isFailure(records)) return listed(log, lookup.id, first, batch.maxTimestamp)
  const wanted = lookup._tag === "Time" ? lookup.timestamp : batch.maxTimestamp
  const record = records.success.find(({ offset, timestamp }) => offset >= log.logStart && timestamp >= wanted)
  if (record !== undefined) return listed(log, lookup.id, record.offset, record.timestamp)
  return lookup._tag === "Time" ? undefined : listed(log, lookup.id, first, batch.maxTimestamp)
}

/** The first batch and those after it, as far as they can be seen, are whole, and fit. */
const wholeBatches = (log: PartitionState, maxBytes: number, first: BatchHeader): Uint8Array => {
  const { bytes, start } = first
  let end = start + first.size
  while (end < bytes.length) {
    const next = readBatchHeader(bytes, end)
    if (Result.isFailure(next) || next.success.lastOffset >= log.highWatermark) break
    if (end + next.success.size - start > maxBytes) break
    end += next.success.size
  }
  return bytes.subarray(start, end)
}
