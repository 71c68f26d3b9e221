import type { ErrorName, ListOffsets } from "../../protocol/index.ts"
import type { BrokerState } from "../BrokerState.ts"
import type { Call } from "../Call.ts"
import { codeIn } from "../KnownErrors.ts"

type TopicAnswer = (typeof ListOffsets)["response"]["Input"]["topics"][number]
type PartitionAnswer = TopicAnswer["partitions"][number]

/** A request for offsets, some of whose partitions have not answered. */
export interface ListOffsetsJob {
  readonly call: Call<"ListOffsets">
  readonly answers: Array<Array<PartitionAnswer | undefined>>
  left: number
}

/** What negative timestamps stand for; nothing is tiered here, so the local start is the start. */
const special = { latest: -1, earliest: -2, maxTimestamp: -3, earliestLocal: -4, latestTiered: -5 } as const

/** Finds the offsets that belong to timestamps, per record, and those of the log's ends. */
export const handleListOffsets = (broker: BrokerState, call: Call<"ListOffsets">): void => {
  const { body } = call
  const job: ListOffsetsJob = {
    call,
    answers: body.topics.map(({ partitions }) => partitions.map(() => undefined)),
    left: 1
  }
  body.topics.forEach(({ name, partitions }, topic) =>
    partitions.forEach(({ currentLeaderEpoch, partitionIndex, timestamp }, slot) => {
      job.left += 1
      const partition = broker.partition(name, partitionIndex)
      const isKnown = timestamp >= special.latestTiered && (body.isolationLevel === 0 || body.isolationLevel === 1)
      const fault = isKnown ? broker.partitionFault(partition, currentLeaderEpoch) : "INVALID_REQUEST"
      if (fault !== undefined || partition === undefined) return listed(broker, job, topic, slot, { error: fault })
      if (timestamp === special.latestTiered) return listed(broker, job, topic, slot, { offset: -1 })
      const wanted = timestamp === special.earliestLocal ? special.earliest : timestamp
      broker.toPartition(partition, {
        _tag: "ListOffset",
        id: broker.ticket({ _tag: "ListOffsets", job, topic, slot }),
        timestamp: wanted,
        isolation: body.isolationLevel === 1 ? "committed" : "uncommitted"
      })
    })
  )
  finishOne(broker, job)
}

/** Takes down what one partition said, and answers after the last. */
export const listed = (
  broker: BrokerState,
  job: ListOffsetsJob,
  topic: number,
  slot: number,
  found: {
    readonly error?: ErrorName | undefined
    readonly offset?: number
    readonly timestamp?: number
    readonly leaderEpoch?: number
  }
): void => {
  const partitionIndex = job.call.body.topics[topic]?.partitions[slot]?.partitionIndex ?? -1
  const { error = "NONE", leaderEpoch = -1, offset = -1, timestamp = -1 } = found
  const answers = job.answers[topic]
  if (answers !== undefined) {
    answers[slot] = {
      partitionIndex,
      errorCode: codeIn(job.call, error),
      oldStyleOffsets: offset === -1 ? [] : [offset],
      timestamp,
      offset,
      leaderEpoch
    }
  }
  finishOne(broker, job)
}

const finishOne = (broker: BrokerState, job: ListOffsetsJob): void => {
  job.left -= 1
  if (job.left > 0) return
  const topics = job.call.body.topics.map(({ name }, topic) => ({
    name,
    partitions: (job.answers[topic] ?? []).flatMap((answer) => answer ?? [])
  }))
  broker.reply(job.call, { topics })
}
