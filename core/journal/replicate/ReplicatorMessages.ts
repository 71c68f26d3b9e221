import { shownText } from "../../bytes/index.ts"
import { topicPartitionName } from "../../log/index.ts"
import type { PartitionStatus } from "./PartitionStatus.ts"
import type { ReplicatorEvent } from "./ReplicatorEvent.ts"

/**
 * What a person is told of a replicator. `now` is in milliseconds since the epoch.
 *
 * **Details**
 *
 * `warning` is what to say of an event, if it is news: what a partition waits for is said when that begins or changes, and
 * while it lasts not more than once a minute. `goesOn` says which of the partitions no longer wait, once for each.
 */
export interface ReplicatorMessages {
  readonly warning: (event: ReplicatorEvent, now: number) => string | undefined
  readonly goesOn: (partitions: ReadonlyArray<PartitionStatus>) => ReadonlyArray<string>
}

const repeatMs = 60_000

/** Makes the messages of a replicator that has not begun. */
export const replicatorMessages = (): ReplicatorMessages => {
  /** What was said of partitions that wait, and when. */
  const said = new Map<string, Map<string, number>>()

  const waits = (place: string, message: string, now: number): string | undefined => {
    const before = said.get(place) ?? new Map<string, number>()
    const recent = new Map([...before].filter(([, at]) => now - at < repeatMs))
    said.set(place, recent)
    if (recent.has(message)) return undefined
    recent.set(message, now)
    return `Replication of ${place} waits: ${message}`
  }
  return {
    warning: (event, now) => {
      const place = topicPartitionName(event)
      switch (event._tag) {
        case "Conflicted": {
          const { id, offset, seqNr } = event.conflict
          return `Event ${seqNr} of journal ${shownText(id)} in ${place} at offset ${offset} is left out: an earlier record has that number.`
        }
        case "Stalled":
          return waits(place, event.error.message, now)
        case "Released":
          said.delete(place)
          return undefined
        default:
          return undefined
      }
    },
    goesOn: (partitions) =>
      partitions.flatMap((status) => {
        const place = topicPartitionName(status)
        if (status.stalled !== undefined || !said.delete(place)) return []
        return [`Replication of ${place} goes on at offset ${status.nextOffset ?? 0}.`]
      })
  }
}
