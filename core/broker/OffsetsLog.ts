import * as Result from "effect/Result"
import { encodeUtf8 } from "../bytes/index.ts"
import { decodeRecords, encodeBatch, readBatchHeader, splitBatches, validateBatch } from "../log/index.ts"
import { ErrorCode, type ErrorName, errorName } from "../protocol/index.ts"
import { maxExpandedBytes } from "./BrokerConfig.ts"
import type { BrokerState } from "./BrokerState.ts"
import type { Call } from "./Call.ts"
import type { DeleteGroupsJob } from "./handlers/GroupAdmin.ts"
import { decodeOffset, encodeOffset, type OffsetEntry, type OffsetKey } from "./OffsetRecords.ts"
import type { Fetched } from "./PartitionLogIo.ts"
import { createTopic } from "./TopicLifecycle.ts"
import { offsetsTopic, type TopicFault } from "./Topics.ts"

/** For whom offsets are stored or taken back. */
export type OffsetsOwner =
  | { readonly _tag: "Commit"; readonly call: Call<"OffsetCommit"> }
  | { readonly _tag: "DeleteGroups"; readonly job: DeleteGroupsJob; readonly group: string }
  | { readonly _tag: "DeletedTopic" }

/** Offsets on their way into the offsets topic. */
export interface OffsetsAppend {
  readonly owner: OffsetsOwner
  readonly entries: ReadonlyArray<OffsetEntry>
}

/** What is read at once of the offsets topic at the start. */
const pageBytes = 1024 * 1024

/** Bytes of offsets that are taken back in one batch: well below the largest that the log takes. */
const removalBytes = 512 * 1024

/** More than a record without a value has beside the texts of its key. */
const recordOverhead = 64

/** Appends offsets to the offsets topic, creating it with its one partition when it is not there. */
export const appendOffsets = (broker: BrokerState, append: OffsetsAppend): void => {
  const topic = broker.topics.get(offsetsTopic)
  const waiter = { _tag: "Offsets", append } as const
  if (topic === undefined) {
    const configs = new Map([["cleanup.policy", "compact"]])
    return createTopic(broker, { name: offsetsTopic, partitions: 1, configs }, waiter)
  }
  if (topic.status === "creating") {
    broker.creations.get(offsetsTopic)?.waiters.push(waiter)
    return
  }
  const partition = broker.partition(offsetsTopic, 0)
  if (partition?.log === undefined) return ended(broker, append, "NOT_COORDINATOR")
  const records = append.entries.map(({ key, value }) => encodeOffset(key, value, broker.now))
  const batch = readBatchHeader(encodeBatch(records))
  if (Result.isFailure(batch)) return ended(broker, append, "UNKNOWN_SERVER_ERROR")
  broker.append(partition, batch.success, { _tag: "OffsetsAppend", append })
}

/** The offsets topic is there, or cannot be. */
export const offsetsTopicSettled = (broker: BrokerState, append: OffsetsAppend, fault: TopicFault | undefined): void =>
  fault === undefined ? appendOffsets(broker, append) : ended(broker, append, "NOT_COORDINATOR")

/** The log has taken the offsets, or refused: only then do they count, unless their topic has been deleted meanwhile. */
export const offsetsAppended = (broker: BrokerState, append: OffsetsAppend, errorCode: number): void => {
  if (errorCode === ErrorCode.NONE) {
    for (const entry of append.entries) broker.offsets.apply(entry)
    const topics = new Set(append.entries.flatMap(({ key, value }) => (value === undefined ? [] : key.topic)))
    for (const topic of topics) if (broker.topics.get(topic)?.status !== "online") removeOffsetsOf(broker, topic)
  }
  const error = errorCode === ErrorCode.MESSAGE_TOO_LARGE ? "INVALID_COMMIT_OFFSET_SIZE" : "NOT_COORDINATOR"
  ended(broker, append, errorCode === ErrorCode.NONE ? "NONE" : error)
}

/** Takes back every offset in a topic that is deleted. */
export const removeOffsetsOf = (broker: BrokerState, topic: string): void => {
  removeOffsets(broker, broker.offsets.keysOf(topic), { _tag: "DeletedTopic" })
}

/** Takes offsets back in as many batches as the log takes them, and returns how many: the owner hears of each. */
export const removeOffsets = (broker: BrokerState, keys: ReadonlyArray<OffsetKey>, owner: OffsetsOwner): number => {
  const batches: Array<Array<OffsetEntry>> = []
  let size = 0
  for (const key of keys) {
    const added = encodeUtf8(key.group).length + key.topic.length + recordOverhead
    if (batches.length === 0 || size + added > removalBytes) {
      batches.push([])
      size = 0
    }
    batches[batches.length - 1]?.push({ key, value: undefined })
    size += added
  }
  for (const entries of batches) appendOffsets(broker, { owner, entries })
  return batches.length
}

/** Begins to read what was committed before this start. */
export const loadOffsets = (broker: BrokerState): void => {
  const log = broker.partition(offsetsTopic, 0)?.log
  loadFrom(broker, log?.logStart ?? 0)
}

/**
 * Takes in a page of the offsets topic, and asks for the next one.
 *
 * **Details**
 *
 * What cannot be read is never taken for an end: no group is served then, for a consumer that is told of no offset, or of
 * an old one, starts from there.
 */
export const offsetsRead = (broker: BrokerState, page: Fetched): void => {
  const { decompress } = broker.config
  const { batches, stop } = splitBatches(page.records, 0, page.records.length, validateBatch)
  if (page.errorCode !== ErrorCode.NONE || stop !== undefined) {
    broker.offsetsUnread = true
    const why = stop?.message ?? `${errorName(page.errorCode)}.`
    const message = `Committed offsets cannot be read, and no group is served: ${why} See to the disk, then restart.`
    broker.outputs.push({ _tag: "Report", message })
    return loaded(broker)
  }
  for (const batch of batches) {
    const records = decodeRecords(batch, { decompress, maxBytes: maxExpandedBytes })
    if (Result.isFailure(records)) {
      const message = `Committed offsets are passed over. ${records.failure.message}`
      broker.outputs.push({ _tag: "Report", message })
      continue
    }
    for (const { key, value } of records.success) {
      const entry = decodeOffset(key, value)
      if (entry !== undefined) broker.offsets.apply(entry)
    }
  }
  const last = batches.at(-1)
  if (last === undefined) allRead(broker)
  else loadFrom(broker, last.lastOffset + 1)
}

const loadFrom = (broker: BrokerState, offset: number): void => {
  const partition = broker.partition(offsetsTopic, 0)
  if (partition?.log === undefined || offset >= partition.log.highWatermark) return allRead(broker)
  const wanted = { offset, maxBytes: pageBytes, isolation: "uncommitted" } as const
  broker.fetch(partition, wanted, { _tag: "OffsetsLoad" })
}

/** Makes up for a crash between the deletion of a topic and that of its offsets, which a new topic would begin with. */
const allRead = (broker: BrokerState): void => {
  for (const topic of broker.offsets.topics())
    if (broker.topics.get(topic) === undefined) removeOffsetsOf(broker, topic)
  loaded(broker)
}

const loaded = (broker: BrokerState): void => {
  broker.outputs.push({ _tag: "Loaded" })
}

const ended = (broker: BrokerState, { owner }: OffsetsAppend, error: ErrorName): void => {
  if (owner._tag !== "DeletedTopic") return broker.later({ _tag: "OffsetsStored", owner, error })
  if (error === "NONE") return
  const message = `The committed offsets of a deleted topic stay (${error}): a new topic of its name is read from there.`
  broker.outputs.push({ _tag: "Report", message })
}
