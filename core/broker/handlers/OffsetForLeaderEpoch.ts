import { ErrorCode, type OffsetForLeaderEpoch } from "../../protocol/index.ts"
import type { BrokerState } from "../BrokerState.ts"
import type { Call } from "../Call.ts"
import { leaderEpochOf } from "../Partition.ts"
import { notServing } from "../PartitionReads.ts"

type PartitionAnswer = (typeof OffsetForLeaderEpoch)["response"]["Input"]["topics"][number]["partitions"][number]

/** The first version that knows the errors of leader epochs, and of the disk. */
const newErrorsSince = 2

/**
 * Says where the records of a leader epoch end, by which readers notice that records were cut off.
 *
 * **Details**
 *
 * A partition has one leader and one epoch here: that one ends at the high watermark, an earlier one where the log begins,
 * and of a later one nothing is known.
 */
export const handleOffsetForLeaderEpoch = (broker: BrokerState, call: Call<"OffsetForLeaderEpoch">): void =>
  broker.reply(call, {
    topics: call.body.topics.map(({ partitions, topic }) => ({
      topic,
      partitions: partitions.map(({ currentLeaderEpoch, leaderEpoch, partition }) => ({
        partition,
        ...endOf(broker, call.version, topic, partition, currentLeaderEpoch, leaderEpoch)
      }))
    }))
  })

const endOf = (
  broker: BrokerState,
  version: number,
  topic: string,
  index: number,
  currentLeaderEpoch: number,
  leaderEpoch: number
): Omit<PartitionAnswer, "partition"> => {
  const partition = broker.partition(topic, index)
  const fault = broker.partitionFault(partition, currentLeaderEpoch)
  const log = partition?.log
  const errorCode = fault !== undefined || log === undefined ? ErrorCode[fault ?? "NONE"] : (notServing(log) ?? 0)
  if (errorCode !== ErrorCode.NONE || log === undefined) {
    const isUnknown = errorCode === ErrorCode.KAFKA_STORAGE_ERROR && version < newErrorsSince
    return { errorCode: isUnknown ? ErrorCode.NOT_LEADER_OR_FOLLOWER : errorCode, leaderEpoch: -1, endOffset: -1 }
  }
  const now = leaderEpochOf(partition)
  if (leaderEpoch < 0 || leaderEpoch > now) return { errorCode, leaderEpoch: -1, endOffset: -1 }
  return { errorCode, leaderEpoch, endOffset: leaderEpoch === now ? log.highWatermark : log.logStart }
}
