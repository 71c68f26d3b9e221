import { ErrorCode, type OffsetForLeaderEpoch } from "../../protocol/index.ts"
import type { BrokerState } from "../BrokerState.ts"
import type { Call } from "../Call.ts"
import { codeIn, errorOf } from "../KnownErrors.ts"
import { leaderEpochOf } from "../Partition.ts"
import { notServing } from "../PartitionReads.ts"

type PartitionAnswer = (typeof OffsetForLeaderEpoch)["response"]["Input"]["topics"][number]["partitions"][number]

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
        ...endOf(broker, call, topic, partition, currentLeaderEpoch, leaderEpoch)
      }))
    }))
  })

const endOf = (
  broker: BrokerState,
  call: Call<"OffsetForLeaderEpoch">,
  topic: string,
  index: number,
  currentLeaderEpoch: number,
  leaderEpoch: number
): Omit<PartitionAnswer, "partition"> => {
  const partition = broker.partition(topic, index)
  const fault = broker.partitionFault(partition, currentLeaderEpoch)
  const log = partition?.log
  const error = fault ?? errorOf(log === undefined ? ErrorCode.NONE : (notServing(log) ?? ErrorCode.NONE))
  const errorCode = codeIn(call, error)
  if (errorCode !== ErrorCode.NONE || log === undefined) return { errorCode, leaderEpoch: -1, endOffset: -1 }
  const now = leaderEpochOf(partition)
  if (leaderEpoch < 0 || leaderEpoch > now) return { errorCode, leaderEpoch: -1, endOffset: -1 }
  return { errorCode, leaderEpoch, endOffset: leaderEpoch === now ? log.highWatermark : log.logStart }
}
