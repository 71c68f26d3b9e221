import { encodeUtf8 } from "../../bytes/index.ts"
import { ErrorCode, type ErrorName } from "../../protocol/index.ts"
import { maxOffsetMetadata } from "../BrokerConfig.ts"
import type { BrokerState } from "../BrokerState.ts"
import type { Call } from "../Call.ts"
import type { OffsetEntry } from "../OffsetRecords.ts"
import { appendOffsets } from "../OffsetsLog.ts"

type PartitionRequest = Call<"OffsetCommit">["body"]["topics"][number]["partitions"][number]

/** Stores how far a group has consumed, if its coordinator lets the sender do so. */
export const handleOffsetCommit = (broker: BrokerState, call: Call<"OffsetCommit">): void => {
  const { body, version } = call
  if (!broker.offsetsReadable()) return refuse(broker, call, "COORDINATOR_NOT_AVAILABLE")
  const generation = body.generationIdOrMemberEpoch
  const known = broker.groups.has(body.groupId) || broker.offsets.has(body.groupId)
  if (!known && generation >= 0) return refuse(broker, call, version >= 9 ? "GROUP_ID_NOT_FOUND" : "ILLEGAL_GENERATION")
  broker.toGroup(body.groupId, {
    _tag: "Commit",
    caller: broker.ticket({ _tag: "OffsetCommit", call }),
    memberId: body.memberId,
    instanceId: body.groupInstanceId,
    generation
  })
}

/** Goes on after the group has said whether the sender may commit. */
export const commitChecked = (broker: BrokerState, call: Call<"OffsetCommit">, error: ErrorName): void => {
  if (error !== "NONE") return refuse(broker, call, error)
  const entries: Array<OffsetEntry> = []
  for (const { name, partitions } of call.body.topics) {
    for (const partition of partitions) {
      if (faultOf(broker, name, partition) === "NONE") entries.push(entryOf(broker, call, name, partition))
    }
  }
  if (entries.length === 0) return answer(broker, call, "NONE")
  appendOffsets(broker, { owner: { _tag: "Commit", call }, entries })
}

/** Ends a commit that was allowed: `error` is what the offsets log said. */
export const commitEnded = (broker: BrokerState, call: Call<"OffsetCommit">, error: ErrorName): void =>
  answer(broker, call, error)

const faultOf = (broker: BrokerState, topic: string, partition: PartitionRequest): ErrorName => {
  if (broker.partition(topic, partition.partitionIndex) === undefined) return "UNKNOWN_TOPIC_OR_PARTITION"
  const metadata = partition.committedMetadata ?? ""
  return encodeUtf8(metadata).length > maxOffsetMetadata ? "OFFSET_METADATA_TOO_LARGE" : "NONE"
}

const entryOf = (
  broker: BrokerState,
  call: Call<"OffsetCommit">,
  topic: string,
  partition: PartitionRequest
): OffsetEntry => ({
  key: { group: call.body.groupId, topic, partition: partition.partitionIndex },
  value: {
    offset: partition.committedOffset,
    leaderEpoch: partition.committedLeaderEpoch,
    metadata: partition.committedMetadata ?? "",
    timestamp: partition.commitTimestamp === -1 ? broker.now : partition.commitTimestamp
  }
})

const refuse = (broker: BrokerState, call: Call<"OffsetCommit">, error: ErrorName): void =>
  broker.reply(call, {
    topics: call.body.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: ErrorCode[error] }))
    }))
  })

const answer = (broker: BrokerState, call: Call<"OffsetCommit">, stored: ErrorName): void =>
  broker.reply(call, {
    topics: call.body.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((partition) => {
        const fault = faultOf(broker, name, partition)
        const error = fault === "NONE" ? stored : fault
        return { partitionIndex: partition.partitionIndex, errorCode: ErrorCode[error] }
      })
    }))
  })
