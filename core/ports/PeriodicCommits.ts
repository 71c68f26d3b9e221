import { type TopicPartition, topicPartitionName } from "../log/index.ts"
import type { PartitionOffset } from "./ConsumerGroup.ts"

interface Progress {
  readonly partition: TopicPartition
  /** The next offset that is not done, `undefined` until it is known. */
  readonly marked: number | undefined
  readonly committed: number | undefined
}

/** How far the assigned partitions are done, and how far the group knows of it, by the partitions' names. */
export type Commits = ReadonlyMap<string, Progress>

/** Nothing is assigned. */
export const noCommits: Commits = new Map()

/** These partitions are assigned; what is known of one that was assigned already stays. */
export const assign = (commits: Commits, partitions: ReadonlyArray<TopicPartition>): Commits => {
  const next = new Map(commits)
  for (const partition of partitions) {
    const name = topicPartitionName(partition)
    if (!next.has(name)) next.set(name, { partition, marked: undefined, committed: undefined })
  }
  return next
}

/** These partitions are no longer assigned. */
export const forget = (commits: Commits, partitions: ReadonlyArray<TopicPartition>): Commits => {
  const next = new Map(commits)
  for (const partition of partitions) next.delete(topicPartitionName(partition))
  return next
}

const raise = (commits: Commits, offsets: ReadonlyArray<PartitionOffset>, field: "marked" | "committed"): Commits => {
  const next = new Map(commits)
  for (const one of offsets) {
    const name = topicPartitionName(one)
    const before = next.get(name)
    if (before !== undefined) next.set(name, { ...before, [field]: Math.max(one.offset, before[field] ?? 0) })
  }
  return next
}

/** A partition is done up to this offset; one that is not assigned is passed over, and no mark ever goes back. */
export const mark = (commits: Commits, done: PartitionOffset): Commits => raise(commits, [done], "marked")

/** Up to where a partition is done, where that is known. */
export const marked = (commits: Commits, partition: TopicPartition): number | undefined =>
  commits.get(topicPartitionName(partition))?.marked

/** The group has stored these offsets; they count for partitions that are still assigned. */
export const committed = (commits: Commits, offsets: ReadonlyArray<PartitionOffset>): Commits =>
  raise(commits, offsets, "committed")

/** What the group does not know yet, of these partitions or of all. */
export const pending = (
  commits: Commits,
  partitions?: ReadonlyArray<TopicPartition>
): ReadonlyArray<PartitionOffset> => {
  const asked = partitions === undefined ? undefined : new Set(partitions.map(topicPartitionName))
  return [...commits].flatMap(([name, { committed: known = -1, marked: offset, partition }]) =>
    offset !== undefined && offset > known && asked?.has(name) !== false ? [{ ...partition, offset }] : []
  )
}
