import type { LogRecord, TopicPartition } from "../../log/index.ts"
import { topicPartitionName } from "../../log/index.ts"
import type { LogPage } from "../../ports/index.ts"
import { JournalError } from "../model/JournalError.ts"

/**
 * Records of one partition that somebody else has read from the log, in the order of their offsets.
 *
 * **Details**
 *
 * Offsets that are missing may be of records that whoever has read them has left out, or has never been given, and no record says
 * which: before each record up to `largestGap` of them count as offsets that hold nothing.
 */
export interface GivenRecords {
  readonly records: ReadonlyArray<LogRecord>
  readonly largestGap: number
}

/** What given records have at an offset: a page, nothing more, or a gap that ends before the record at `before`. */
export type Given =
  | { readonly _tag: "Page"; readonly page: LogPage }
  | { readonly _tag: "End" }
  | { readonly _tag: "Missing"; readonly before: number }

/** The offset behind the last record; 0 without any. */
export const givenEnd = ({ records }: GivenRecords): number => (records.at(-1)?.offset ?? -1) + 1

const indexFrom = (records: ReadonlyArray<LogRecord>, offset: number): number => {
  let low = 0
  let high = records.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((records[middle]?.offset ?? Infinity) < offset) low = middle + 1
    else high = middle
  }
  return low
}

/** The page at an offset: of about so many bytes of values, and no further than to a gap that may hold records. */
export const readGiven = (given: GivenRecords, offset: number, maxBytes: number): Given => {
  const { largestGap, records } = given
  const first = indexFrom(records, offset)
  const page: Array<LogRecord> = []
  let nextOffset = offset
  let bytes = 0
  for (let at = first; at < records.length && bytes < maxBytes; at++) {
    const record = records[at]
    if (record === undefined || record.offset - nextOffset > largestGap) break
    page.push(record)
    bytes += record.value?.length ?? 0
    nextOffset = record.offset + 1
  }
  if (page.length > 0) {
    return { _tag: "Page", page: { records: page, nextOffset, logStart: offset, stableEnd: givenEnd(given) } }
  }
  const before = records[first]?.offset
  return before === undefined ? { _tag: "End" } : { _tag: "Missing", before }
}

/** Says that records may be missing between what the store has and what was given. */
export const missingRecords = (
  place: TopicPartition,
  pointer: number | undefined,
  from: number,
  before: number
): JournalError => {
  const name = topicPartitionName(place)
  const last = before - 1
  const which = from === last ? `offset ${from}` : `offsets ${from} to ${last}`
  const message =
    pointer === undefined && from === 0
      ? `The records of ${name} begin at offset ${before}, and the store has none of those before: begin at the partition's first record ` +
        `(TRIM_HORIZON, in a consumer group without commits), or fill the store with \`odradek replicator\` first, or, where the log begins there, put the store's pointer on ${last}.`
      : `The records of ${name} go on at offset ${before}, and the store lacks ${which}: let \`odradek replicator\` bring the store up to date, ` +
        `or set the consumer group back to ${from}; where the log has no records there, put the store's pointer on ${last}, or allow gaps.`
  return new JournalError({ reason: "Lost", ...place, offset: from, message })
}
