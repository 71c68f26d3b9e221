import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { follow } from "../../log/index.ts"
import type { TopicPartition } from "../../log/index.ts"
import { partitionBounds } from "../../ports/index.ts"
import type { CommitLog, CommitLogError, LogPage, PartitionBounds } from "../../ports/index.ts"
import type { JournalError } from "../model/JournalError.ts"
import { logFailure } from "./LogFailure.ts"

const pageBytes = 1024 * 1024
const backoffMs = 50
const maxBackoffMs = 1000
const deadlineMs = 30_000

/** Where a partition of the log begins and ends now. */
export const logBounds = (log: CommitLog, place: TopicPartition): Effect.Effect<PartitionBounds, JournalError> =>
  Effect.mapError(partitionBounds(log, place), (error) => logFailure(error, place).error)

/**
 * The pages of a partition from an offset to the one before `end`, the last one without what is beyond it; a broker that
 * cannot be reached is tried again for ever.
 */
export const logPages = (
  log: CommitLog,
  place: TopicPartition,
  from: number,
  end: number
): Stream.Stream<LogPage, JournalError> => {
  if (from >= end) return Stream.empty
  const isRetriable = (error: CommitLogError) => error.reason === "Unreachable"
  const read = (offset: number) => log.read({ ...place, offset, maxBytes: pageBytes, maxWaitMs: 0 })
  const pages = follow({ from, end, ahead: 1, backoffMs, maxBackoffMs, deadlineMs, read, isRetriable })
  return pages.pipe(
    Stream.mapError((error) => logFailure(error, place).error),
    Stream.map((page) => ({ ...page, records: page.records.filter(({ offset }) => offset < end) }))
  )
}
