import type { TopicPartition } from "../log/index.ts"
import type { LogPage } from "../ports/index.ts"
import type { JournalError } from "./JournalError.ts"
import type { ReplicatorEvent } from "./ReplicatorEvent.ts"
import type { PartitionMeter } from "./ReplicatorMetrics.ts"

/**
 * How a partition's replication is.
 *
 * **Details**
 *
 * Everything below `nextOffset` is in the store, and `lag` offsets of the log are not, as far as it was seen; both are
 * `undefined` until they are known. `stalled` is set while the partition waits because of an error: since when, and until
 * when it waits before it tries again, in milliseconds since the epoch.
 */
export interface PartitionStatus extends TopicPartition {
  readonly nextOffset: number | undefined
  readonly lag: number | undefined
  readonly stalled: { readonly error: JournalError; readonly since: number; readonly retryAt: number } | undefined
}

/** Keeps the status of a partition, and measures it. `now` is in milliseconds since the epoch. */
export interface PartitionTracker {
  readonly status: () => PartitionStatus
  readonly read: (page: LogPage, now: number) => void
  readonly happened: (event: ReplicatorEvent, now: number) => void
}

/** Makes the tracker of a partition. */
export const trackPartition = ({ partition, topic }: TopicPartition, meter: PartitionMeter): PartitionTracker => {
  let status: PartitionStatus = { topic, partition, nextOffset: undefined, lag: undefined, stalled: undefined }
  /** When pages were read that are not done, in their order. */
  let pages: ReadonlyArray<{ readonly nextOffset: number; readonly at: number }> = []
  meter.assigned(true)
  meter.stalled(false)

  const behind = (lag: number): void => {
    status = { ...status, lag }
    meter.lag(lag)
  }
  const goesOn = (): void => {
    if (status.stalled === undefined) return
    status = { ...status, stalled: undefined }
    meter.stalled(false)
  }
  return {
    status: () => status,
    read: (page, now) => {
      const { nextOffset, records, stableEnd } = page
      if (records.length > 0) pages = [...pages, { nextOffset, at: now }]
      if (status.nextOffset === undefined) return
      behind(Math.max(0, stableEnd - status.nextOffset))
      if (status.nextOffset >= stableEnd) goesOn()
    },
    happened: (event, now) => {
      switch (event._tag) {
        case "Resumed":
          pages = []
          status = { ...status, nextOffset: event.nextOffset }
          return
        case "Replicated": {
          const { bytes, events, logEnd, nextOffset, records, since } = event
          const readAt = pages.find((page) => page.nextOffset >= nextOffset)?.at ?? now
          pages = pages.filter((page) => page.nextOffset > nextOffset)
          status = { ...status, nextOffset }
          behind(Math.max(0, logEnd - nextOffset))
          if (records === 0) return
          goesOn()
          return meter.batch({ records, events, bytes, since, readAt, doneAt: now })
        }
        case "Conflicted":
          return meter.conflict()
        case "Stalled": {
          const { error, retryAt } = event
          status = { ...status, stalled: { error, since: status.stalled?.since ?? now, retryAt } }
          return meter.stalled(true)
        }
        case "Released":
          behind(0)
          goesOn()
          return meter.assigned(false)
      }
    }
  }
}
