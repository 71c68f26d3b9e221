import * as Result from "effect/Result"
import { type BatchError, type BatchHeader, decodeRecords, validateBatch } from "../../log/index.ts"
import { ErrorCode, type ErrorName, type Produce } from "../../protocol/index.ts"
import { maxExpandedBytes } from "../BrokerConfig.ts"
import type { BrokerState } from "../BrokerState.ts"
import type { Call } from "../Call.ts"
import { codeIn, errorOf } from "../KnownErrors.ts"
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
      const batch = fault === undefined ? readBatch(broker, call.version, records, configs) : { error: fault }
      if ("error" in batch || partition === undefined) {
        return settle(broker, job, topic, slot, refusal(call, index, "error" in batch ? batch : unknown))
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
      : { index, errorCode: codeIn(job.call, errorOf(answer.errorCode)), baseOffset: -1, errorMessage: answer.message }
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

/** Why a batch is not appended; `records` are those that are to blame, by their place in it. */
interface Refusal {
  readonly error: ErrorName
  readonly records?: ReadonlyArray<number>
}

const unknown: Refusal = { error: "UNKNOWN_TOPIC_OR_PARTITION" }

/** The answer for a batch that was not appended. */
const refusal = (call: Call<"Produce">, index: number, { error, records = [] }: Refusal): PartitionAnswer => ({
  index,
  errorCode: codeIn(call, error),
  baseOffset: -1,
  recordErrors: records.map((batchIndex) => ({ batchIndex, batchIndexErrorMessage: "The record has no key." })),
  errorMessage: records.length > 0 ? "Records of a compacted topic have keys." : (explanations[error] ?? null)
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
const readBatch = (
  broker: BrokerState,
  version: number,
  records: Uint8Array | null,
  configs: TopicConfigs
): BatchHeader | Refusal => {
  const refuse = (error: ErrorName): Refusal => ({ error })
  if (records === null || records.length === 0) return refuse("INVALID_RECORD")
  const read = validateBatch(records)
  if (Result.isFailure(read)) return refuse(batchFaults[read.failure.reason])
  const batch = read.success
  if (batch.size > configNumber(configs, "max.message.bytes")) return refuse("MESSAGE_TOO_LARGE")
  if (batch.size > configNumber(configs, "segment.bytes")) return refuse("RECORD_LIST_TOO_LARGE")
  const isWhole = batch.size === records.length && batch.baseOffset === 0 && batch.recordCount === batch.lastOffset + 1
  if (!isWhole || batch.control) return refuse("INVALID_RECORD")
  if (batch.transactional) return refuse("INVALID_TXN_STATE")
  if (batch.codec === "zstd" && version < zstdSince) return refuse("UNSUPPORTED_COMPRESSION_TYPE")
  return configValue(configs, "cleanup.policy").includes("compact") ? withKeys(broker, batch) : batch
}

/** The batch, unless records of it lack a key; what is compressed with a codec that the broker lacks is not looked into. */
const withKeys = (broker: BrokerState, batch: BatchHeader): BatchHeader | Refusal => {
  const { decompress } = broker.config
  const records = decodeRecords(batch, { decompress, maxBytes: maxExpandedBytes })
  if (Result.isFailure(records)) {
    return records.failure._tag === "CodecMissing" ? batch : { error: batchFaults[records.failure.reason] }
  }
  const keyless = records.success.flatMap(({ key }, index) => (key === null ? [index] : []))
  return keyless.length === 0 ? batch : { error: "INVALID_RECORD", records: keyless }
}
