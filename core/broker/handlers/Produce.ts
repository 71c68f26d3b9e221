import * as Result from "effect/Result"
import { type BatchError, type BatchHeader, decodeRecords, noDecompress, validateBatch } from "../../log/index.ts"
import { ErrorCode, type ErrorName, type Produce } from "../../protocol/index.ts"
import type { BrokerState } from "../BrokerState.ts"
import type { Call } from "../Call.ts"
import type { Partition } from "../Partition.ts"
import type { AppendAnswer } from "../PartitionLogIo.ts"
import type { Ticket } from "../Task.ts"
import { configNumber, configValue, type TopicConfigs } from "../TopicConfigs.ts"
import { isInternal } from "../Topics.ts"

type TopicAnswer = (typeof Produce)["response"]["Input"]["responses"][number]
type PartitionAnswer = TopicAnswer["partitionResponses"][number]

/** A produce request, some of whose partitions have not answered. */
export interface ProduceJob {
  readonly call: Call<"Produce">
  /** The answers by topic and partition, in the order of the request; `undefined` while one is outstanding. */
  readonly answers: Array<Array<PartitionAnswer | undefined>>
  left: number
}

/** The first version that is served; older ones carry batches in older formats. */
const firstServed = 3

/** The first version in which zstd is allowed. */
const zstdSince = 7

/** The client id of Kafka's own tools, which may write to internal topics. */
const adminClient = "__admin_client"

/** Appends a batch to each of some partitions, without copying it, and answers when all of them have. */
export const handleProduce = (broker: BrokerState, call: Call<"Produce">): void => {
  const { topicData } = call.body
  const job: ProduceJob = {
    call,
    answers: topicData.map(({ partitionData }) => partitionData.map(() => undefined)),
    left: 1
  }
  const refusedAll = requestFault(call)
  topicData.forEach(({ name, partitionData }, topic) => {
    const configs = broker.topics.get(name)?.configs ?? new Map<string, string>()
    partitionData.forEach(({ index, records }, slot) => {
      job.left += 1
      const partition = broker.partition(name, index)
      const fault = refusedAll ?? placeFault(call, name, partition)
      const batch = fault === undefined ? readBatch(call.version, records, configs) : fault
      if (typeof batch === "string" || partition === undefined) {
        return settle(broker, job, topic, slot, refusal(index, typeof batch === "string" ? batch : undefined))
      }
      broker.append(partition, batch, { _tag: "Produce", job, topic, slot, index })
    })
  })
  finishOne(broker, job)
}

/** Takes down what the log made of one partition's batch. */
export const produced = (
  broker: BrokerState,
  { index, job, slot, topic }: Extract<Ticket, { readonly _tag: "Produce" }>,
  answer: AppendAnswer
): void => {
  const { NONE } = ErrorCode
  const taken: PartitionAnswer =
    answer._tag === "Appended"
      ? { index, errorCode: NONE, baseOffset: answer.baseOffset, logStartOffset: answer.logStart }
      : { index, errorCode: answer.errorCode, baseOffset: -1, errorMessage: answer.message }
  settle(broker, job, topic, slot, taken)
}

/** Takes down an answer, and sends them after the last. */
const settle = (broker: BrokerState, job: ProduceJob, topic: number, slot: number, answer: PartitionAnswer): void => {
  const answers = job.answers[topic]
  if (answers !== undefined) answers[slot] = answer
  finishOne(broker, job)
}

const finishOne = (broker: BrokerState, job: ProduceJob): void => {
  job.left -= 1
  if (job.left > 0) return
  const responses = job.call.body.topicData.map(({ name }, topic) => ({
    name,
    partitionResponses: (job.answers[topic] ?? []).flatMap((answer) => answer ?? [])
  }))
  if (job.call.body.acks !== 0) return broker.reply(job.call, { responses })
  const failed = responses.some(({ partitionResponses }) => partitionResponses.some(({ errorCode }) => errorCode !== 0))
  broker.outputs.push({ _tag: failed ? "Close" : "NoReply", id: job.call.id })
}

/** The answer for a batch that was not appended. */
const refusal = (index: number, error: ErrorName = "UNKNOWN_SERVER_ERROR"): PartitionAnswer => ({
  index,
  errorCode: ErrorCode[error],
  baseOffset: -1,
  errorMessage: explanations[error] ?? null
})

const explanations: Partial<Record<ErrorName, string>> = {
  INVALID_RECORD: "A produce request carries one whole batch of magic 2 for each partition, at base offset 0.",
  KAFKA_STORAGE_ERROR: "The partition is offline: see the broker's log.",
  MESSAGE_TOO_LARGE: "The batch is larger than the topic's max.message.bytes.",
  UNSUPPORTED_VERSION: "This broker serves no transactions, and Produce from version 3 on."
}

const requestFault = ({ body, version }: Call<"Produce">): ErrorName | undefined => {
  if (version < firstServed || body.transactionalId !== null) return "UNSUPPORTED_VERSION"
  return body.acks >= -1 && body.acks <= 1 ? undefined : "INVALID_REQUIRED_ACKS"
}

const placeFault = (call: Call<"Produce">, name: string, partition: Partition | undefined): ErrorName | undefined => {
  if (isInternal(name) && call.clientId !== adminClient) return "INVALID_TOPIC_EXCEPTION"
  if (partition === undefined) return "UNKNOWN_TOPIC_OR_PARTITION"
  return partition.log === undefined ? "KAFKA_STORAGE_ERROR" : undefined
}

const batchFaults: Record<BatchError["reason"], ErrorName> = {
  Truncated: "CORRUPT_MESSAGE",
  InvalidLength: "CORRUPT_MESSAGE",
  UnsupportedMagic: "INVALID_RECORD",
  ChecksumMismatch: "CORRUPT_MESSAGE",
  NumberTooLarge: "INVALID_RECORD",
  InvalidHeader: "INVALID_RECORD",
  InvalidRecords: "INVALID_RECORD",
  DecompressionFailed: "CORRUPT_MESSAGE"
}

/** The one batch that a partition is sent, or why it is refused. */
const readBatch = (version: number, records: Uint8Array | null, configs: TopicConfigs): BatchHeader | ErrorName => {
  if (records === null || records.length === 0) return "INVALID_RECORD"
  const read = validateBatch(records)
  if (Result.isFailure(read)) return batchFaults[read.failure.reason]
  const batch = read.success
  if (batch.size > configNumber(configs, "max.message.bytes")) return "MESSAGE_TOO_LARGE"
  if (batch.size > configNumber(configs, "segment.bytes")) return "RECORD_LIST_TOO_LARGE"
  const isWhole = batch.size === records.length && batch.baseOffset === 0 && batch.recordCount === batch.lastOffset + 1
  if (!isWhole || batch.control) return "INVALID_RECORD"
  if (batch.transactional) return "INVALID_TXN_STATE"
  if (batch.codec === "zstd" && version < zstdSince) return "UNSUPPORTED_COMPRESSION_TYPE"
  return lacksKeys(batch, configs) ? "INVALID_RECORD" : batch
}

/** Whether a compacted topic is sent records without keys; what is compressed is not looked into. */
const lacksKeys = (batch: BatchHeader, configs: TopicConfigs): boolean => {
  if (batch.codec !== "none" || !configValue(configs, "cleanup.policy").includes("compact")) return false
  const records = decodeRecords(batch, { decompress: noDecompress, maxBytes: batch.size })
  return Result.isFailure(records) || records.success.some(({ key }) => key === null)
}
