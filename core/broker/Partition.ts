import { type TopicPartition, topicPartitionName } from "../log/index.ts"
import type { FetchJob } from "./handlers/Fetch.ts"
import type { PartitionState } from "./PartitionState.ts"

/**
 * One partition in a broker's hands.
 *
 * **Details**
 *
 * `incarnation` tells apart partitions that had the same name one after the other, so that what the disk says about an old
 * one is not taken for the new one's. `log` is absent while the partition is opened, and when its files are damaged.
 * `parked` are the fetches that have to know when there is more to read.
 */
export interface Partition {
  readonly place: TopicPartition
  readonly folder: string
  readonly incarnation: number
  readonly parked: Set<FetchJob>
  log: PartitionState | undefined
}

/** A partition whose log is not open. */
export const makePartition = (place: TopicPartition, incarnation: number): Partition => ({
  place,
  folder: topicPartitionName(place),
  incarnation,
  parked: new Set(),
  log: undefined
})

/** The epoch of the partition's leader; there is one broker, so it never changes while the log lives. */
export const leaderEpochOf = (partition: Partition | undefined): number => partition?.log?.checkpoint.leaderEpoch ?? 0
