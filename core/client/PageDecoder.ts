import * as Data from "effect/Data"
import * as Result from "effect/Result"
import {
  type BatchError,
  type BatchHeader,
  type CodecMissing,
  controlType,
  decodeRecords,
  type DecodeOptions,
  type LogRecord,
  splitBatches,
  validateBatch
} from "../log/index.ts"
import type { LogPage } from "../ports/index.ts"
import type { Fetch } from "../protocol/index.ts"

/** What a Fetch response says of one partition. */
export type FetchedPartition = (typeof Fetch)["response"]["Type"]["responses"][number]["partitions"][number]

/** A fetch answered bytes in which not even one batch is whole, so that reading on would not get any further. */
export class PageIncomplete extends Data.TaggedError("PageIncomplete")<{ readonly bytes: number }> {
  override get message(): string {
    return `The broker answered ${this.bytes} bytes of a larger batch: use a broker that is compatible with Kafka 0.11 or newer.`
  }
}

/** Where the part of a partition ends that a committed read can see. */
export const stableEndOf = (fetched: FetchedPartition): number =>
  Math.max(0, fetched.lastStableOffset >= 0 ? fetched.lastStableOffset : fetched.highWatermark)

const noRecords: ReadonlyArray<LogRecord> = []

/** Knows which batches belong to aborted transactions, when it is asked for the batches in their order. */
const abortedBatches = (fetched: FetchedPartition) => {
  const waiting = [...(fetched.abortedTransactions ?? [])].sort((a, b) => a.firstOffset - b.firstOffset)
  const open = new Set<number>()
  let next = 0
  return {
    isAborted: (batch: BatchHeader): boolean => {
      for (; next < waiting.length && waiting[next]!.firstOffset <= batch.lastOffset; next++) {
        open.add(waiting[next]!.producerId)
      }
      return batch.transactional && open.has(batch.producerId)
    },
    markerRead: (producerId: number): void => {
      open.delete(producerId)
    }
  }
}

/**
 * Turns what a broker answered for one partition into a page.
 *
 * **Details**
 *
 * Every batch's checksum is checked. Records below `offset`, transaction markers and the records of aborted transactions
 * are left out; `nextOffset` lies behind the last whole batch all the same. Keys and values of uncompressed batches are
 * views of the response.
 */
export const decodePage = (
  fetched: FetchedPartition,
  offset: number,
  options: DecodeOptions
): Result.Result<LogPage, BatchError | CodecMissing | PageIncomplete> => {
  const bytes = fetched.records
  const logStart = Math.max(0, fetched.logStartOffset)
  const stableEnd = stableEndOf(fetched)
  if (bytes === null || bytes.length === 0) {
    return Result.succeed({ records: noRecords, nextOffset: offset, logStart, stableEnd })
  }
  const { batches, stop } = splitBatches(bytes, 0, bytes.length, validateBatch)
  if (stop !== undefined && stop.reason !== "Truncated") return Result.fail(stop)
  if (batches.length === 0) return Result.fail(new PageIncomplete({ bytes: bytes.length }))

  const aborted = abortedBatches(fetched)
  const records: Array<LogRecord> = []
  let nextOffset = offset
  for (const batch of batches) {
    if (batch.lastOffset < offset) continue
    nextOffset = batch.lastOffset + 1
    if (aborted.isAborted(batch) && !batch.control) continue
    const decoded = decodeRecords(batch, options)
    if (Result.isFailure(decoded)) return Result.fail(decoded.failure)
    if (batch.control) {
      const marker = decoded.success[0]
      if (marker !== undefined && controlType(marker) === "abort") aborted.markerRead(batch.producerId)
      continue
    }
    for (const record of decoded.success) if (record.offset >= offset) records.push(record)
  }
  return Result.succeed({ records, nextOffset, logStart, stableEnd })
}
