import type { DeleteRecords, ErrorName } from "../../protocol/index.ts"
import type { BrokerState } from "../BrokerState.ts"
import type { Call } from "../Call.ts"
import { codeIn, errorOf } from "../KnownErrors.ts"
import type { Trimmed } from "../PartitionLogIo.ts"
import { configValue } from "../TopicConfigs.ts"
import { isInternal } from "../Topics.ts"

type TopicAnswer = (typeof DeleteRecords)["response"]["Input"]["topics"][number]
type PartitionAnswer = TopicAnswer["partitions"][number]

/** A request to delete records, some of whose partitions have not answered. */
export interface DeleteRecordsJob {
  readonly call: Call<"DeleteRecords">
  readonly answers: Array<Array<PartitionAnswer | undefined>>
  left: number
}

/** Has partitions begin later: what was before is gone, and stays gone after a restart. */
export const handleDeleteRecords = (broker: BrokerState, call: Call<"DeleteRecords">): void => {
  const { topics } = call.body
  const answers = topics.map(({ partitions }) => partitions.map(() => undefined))
  const job: DeleteRecordsJob = { call, answers, left: 1 }
  topics.forEach(({ name, partitions }, topic) => {
    const fault = topicFault(broker, name)
    partitions.forEach(({ offset, partitionIndex }, slot) => {
      job.left += 1
      const partition = broker.partition(name, partitionIndex)
      const error = fault ?? broker.partitionFault(partition, -1)
      if (error !== undefined || partition === undefined) return settle(broker, job, topic, slot, error ?? "NONE", -1)
      const id = broker.ticket({ _tag: "DeleteRecords", job, topic, slot })
      broker.toPartition(partition, { _tag: "Trim", id, offset })
    })
  })
  finishOne(broker, job)
}

/** Takes down where one partition begins now. */
export const trimmed = (
  broker: BrokerState,
  job: DeleteRecordsJob,
  topic: number,
  slot: number,
  { errorCode, logStart }: Trimmed
): void => settle(broker, job, topic, slot, errorOf(errorCode), logStart)

const topicFault = (broker: BrokerState, name: string): ErrorName | undefined => {
  if (isInternal(name)) return "INVALID_TOPIC_EXCEPTION"
  const configs = broker.topics.get(name)?.configs ?? new Map<string, string>()
  return configValue(configs, "cleanup.policy").includes("delete") ? undefined : "POLICY_VIOLATION"
}

const settle = (
  broker: BrokerState,
  job: DeleteRecordsJob,
  topic: number,
  slot: number,
  error: ErrorName,
  lowWatermark: number
): void => {
  const partitionIndex = job.call.body.topics[topic]?.partitions[slot]?.partitionIndex ?? -1
  const errorCode = codeIn(job.call, error)
  const answers = job.answers[topic]
  if (answers !== undefined) answers[slot] = { partitionIndex, errorCode, lowWatermark }
  finishOne(broker, job)
}

const finishOne = (broker: BrokerState, job: DeleteRecordsJob): void => {
  job.left -= 1
  if (job.left > 0) return
  const topics = job.call.body.topics.map(({ name }, topic) => ({
    name,
    partitions: (job.answers[topic] ?? []).flatMap((answer) => answer ?? [])
  }))
  broker.reply(job.call, { topics })
}
