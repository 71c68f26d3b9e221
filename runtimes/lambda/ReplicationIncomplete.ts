import * as Data from "effect/Data"
import { topicPartitionName } from "../../core/log/index.ts"
import type { TopicPartition } from "../../core/log/index.ts"

/** A partition that was not finished: where it is to be taken up, and why, in one sentence. */
export interface UnfinishedPartition extends TopicPartition {
  readonly offset: number
  readonly why: string
}

/** An invocation that has to be repeated: what the function throws, so that Lambda counts an error. */
export class ReplicationIncomplete extends Data.TaggedError("ReplicationIncomplete")<{
  readonly partitions: ReadonlyArray<UnfinishedPartition>
  readonly message: string
}> {}

/** Says which partitions were not finished. */
export const replicationIncomplete = (partitions: ReadonlyArray<UnfinishedPartition>): ReplicationIncomplete => {
  const each = partitions.map((one) => `${topicPartitionName(one)} stays at offset ${one.offset}: ${one.why}`)
  return new ReplicationIncomplete({ partitions, message: `Not all records are replicated. ${each.join(" ")}` })
}
