import type { TopicPartition } from "../../log/index.ts"
import type { LogPage } from "../../ports/index.ts"
import type { JournalError } from "../model/JournalError.ts"
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

/**
 * Keeps the status of a partition, and measures it. `now` is in milliseconds since the epoch.
 *
 * **Details**
 *
 * What waits grows older while nothing happens: `grown` is to be called every now and then.
 */
export interface PartitionTracker {
  readonly status: () => PartitionStatus
  readonly grown: (now: number) => void
  readonly read: (page: LogPage, now: number) => void
  readonly happened: (event: ReplicatorEvent, now: number) => void
}

/** Makes the tracker of a partition. */
export const trackPartition = ({ partition, topic }: TopicPartition, meter: PartitionMeter): PartitionTracker => {
  let status: PartitionStatus = { topic, partition, nextOffset: undefined, lag: undefined, stalled: undefined }
  /** Pages that are not done, in their order, and when they were read. */
  let pages: ReadonlyArray<{ readonly page: LogPage; readonly at: number }> = []
  /** Time stamp of the first record that is not in the store, as far as the log was seen. */
  let oldest: number | undefined
  meter.assigned(true)
  meter.stalled(false)
  meter.poisoned(false)

  const behind = (lag: number, now: number): void => {
    const next = status.nextOffset ?? 0
    status = { ...status, lag }
    meter.lag(lag)
    const waiting = pages.flatMap(({ page }) => page.records.find(({ offset }) => offset >= next) ?? [])
    oldest = lag === 0 ? undefined : (waiting[0]?.timestamp ?? oldest)
    meter.oldest(oldest, now)
  }
  const goesOn = (): void => {
    if (status.stalled === undefined) return
    status = { ...status, stalled: undefined }
    meter.stalled(false)
    meter.poisoned(false)
  }
  return {
    status: () => status,
    grown: (now) => meter.oldest(oldest, now),
    read: (page, now) => {
      const { records, stableEnd } = page
      if (records.length > 0) pages = [...pages, { page, at: now }]
      if (status.nextOffset === undefined) return
      behind(Math.max(0, stableEnd - status.nextOffset), now)
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
          const readAt = pages.find(({ page }) => page.nextOffset >= nextOffset)?.at ?? now
          pages = pages.filter(({ page }) => page.nextOffset > nextOffset)
          status = { ...status, nextOffset }
          behind(Math.max(0, logEnd - nextOffset), now)
          if (records === 0) return
          goesOn()
          return meter.batch({ records, events, bytes, since, readAt, doneAt: now })
        }
        case "Conflicted":
          return meter.conflict()
        case "Stalled": {
          const { error, retryAt } = event
          if (status.stalled === undefined) meter.stalls(error.reason)
          meter.poisoned(error.reason === "Corrupt" && error.offset !== undefined)
          meter.oldest(oldest, now)
          status = { ...status, stalled: { error, since: status.stalled?.since ?? now, retryAt } }
          return meter.stalled(true)
        }
        case "Released":
          behind(0, now)
          goesOn()
          return meter.assigned(false)
      }
    }
  }
}
