import * as Data from "effect/Data"
import { type TopicPartition, topicPartitionName } from "../log/index.ts"

/**
 * A partition's files lack, or have changed in, what is known to have been synced: no crash does that.
 *
 * **Details**
 *
 * `file` is a path in the data folder, and `position` the byte in it where it shows. Nothing was changed: the files are as they were found.
 */
export class PartitionDamaged extends Data.TaggedError("PartitionDamaged")<{
  readonly partition: TopicPartition
  readonly file: string
  readonly position: number
  readonly detail: string
}> {
  override get message(): string {
    const { detail, file, partition, position } = this
    return `Partition ${topicPartitionName(partition)} is damaged in "${file}" in the data folder at byte ${position}: ${detail}. It stays offline and its files are untouched: restore them from a copy, or leave the partition an empty folder to give its records up.`
  }
}
