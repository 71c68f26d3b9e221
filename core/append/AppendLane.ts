import type { AppendRequest } from "../ports/index.ts"

/**
 * An append that has not ended.
 *
 * **Details**
 *
 * `picked` is set when its record is handed to the producer: from then on nobody can say that nothing was written, until
 * the producer has answered. An append that is `dropped` before that is never sent.
 */
export interface PendingAppend {
  readonly request: AppendRequest
  /** In bytes, at most. */
  readonly size: number
  /** In milliseconds of a clock that only goes forward. */
  readonly deadline: number
  picked: boolean
  dropped: boolean
}

/**
 * The appends of one partition that wait for their turn, first in, first out.
 *
 * **Details**
 *
 * `busy` says that somebody is at work on them. What is known of the partition holds until `checkedUntil`, in milliseconds
 * of the clock of deadlines: it is there, and its topic takes batches of at most `limit` bytes.
 */
export interface AppendLane<A extends PendingAppend = PendingAppend> {
  readonly topic: string
  readonly partition: number
  readonly waiting: Array<A>
  busy: boolean
  checkedUntil: number
  limit: number | undefined
}

/** How much is sent together: so many records and bytes, but always one record. */
export interface BatchLimits {
  readonly maxRecords: number
  readonly maxBytes: number
}

/** Takes the appends that are sent together next out of the lane; those that were dropped are left out. */
export const takeBatch = <A extends PendingAppend>(
  lane: AppendLane<A>,
  { maxBytes, maxRecords }: BatchLimits
): ReadonlyArray<A> => {
  const batch: Array<A> = []
  let bytes = 0
  let taken = 0
  for (const append of lane.waiting) {
    if (!append.dropped) {
      if (batch.length > 0 && (batch.length >= maxRecords || bytes + append.size > maxBytes)) break
      batch.push(append)
      bytes += append.size
    }
    taken++
  }
  lane.waiting.splice(0, taken)
  return batch
}

/** How many bytes the records of a batch take. */
export const batchSize = (batch: ReadonlyArray<PendingAppend>): number => {
  let size = 0
  for (const append of batch) size += append.size
  return size
}
