import * as Effect from "effect/Effect"
import type { TopicPartition } from "../log/index.ts"
import type { CommitLog, CommitLogError } from "./CommitLog.ts"

/** What a log has of a partition: records from `start` on, up to the one before `end`. */
export interface PartitionBounds {
  readonly start: number
  readonly end: number
}

/** Where a partition of the log begins and ends now. */
export const partitionBounds = (
  log: Pick<CommitLog, "read">,
  place: TopicPartition
): Effect.Effect<PartitionBounds, CommitLogError> => {
  const read = (offset: number) => log.read({ ...place, offset, maxBytes: 1, maxWaitMs: 0 })
  return read(0).pipe(
    Effect.catchIf(
      (error) => error.reason === "OffsetOutOfRange" && error.logStart !== undefined,
      (error) => read(error.logStart ?? 0)
    ),
    Effect.map(({ logStart: start, stableEnd: end }) => ({ start, end }))
  )
}
