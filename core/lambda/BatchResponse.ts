import { topicPartitionName } from "../log/index.ts"
import type { TopicPartition } from "../log/index.ts"
import type { PartitionRecords } from "./KafkaEvent.ts"

/** Where a partition is to be taken up again: at this record, which the event has. */
export interface ResumeAt extends TopicPartition {
  readonly offset: number
}

/** What a function answers that has not done all of its event: where to take up each partition that is not done. */
export interface BatchResponse {
  readonly batchItemFailures: ReadonlyArray<{
    readonly itemIdentifier: { readonly partition: string; readonly offset: number }
  }>
}

/** Writes the answer of a function; without any partition to be taken up again everything is done. */
export const encodeBatchResponse = (resume: ReadonlyArray<ResumeAt>): BatchResponse => ({
  batchItemFailures: resume.map(({ offset, ...place }) => ({
    itemIdentifier: { partition: topicPartitionName(place), offset }
  }))
})

/** Whether not one record of a batch is done, where these partitions are to be taken up again: then a function had better throw. */
export const isNothingDone = (batch: ReadonlyArray<PartitionRecords>, resume: ReadonlyArray<ResumeAt>): boolean =>
  batch.every(({ partition, records, topic }) =>
    resume.some((one) => one.topic === topic && one.partition === partition && one.offset === records[0]?.offset)
  )

/**
 * What a function's answer means to the mapping that has invoked it.
 *
 * - `Done`: all records are done
 * - `Resume`: those of each partition that is named are done up to the one before `offset`; all of the others are
 * - `Failed`: none counts as done, because the answer names what the event does not have, or cannot be read
 */
export type BatchVerdict =
  | { readonly _tag: "Done" }
  | { readonly _tag: "Resume"; readonly resume: ReadonlyArray<ResumeAt> }
  | { readonly _tag: "Failed"; readonly message: string }

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined

/**
 * Reads a function's answer as Lambda does where the mapping reports failures of records.
 *
 * **Details**
 *
 * No answer, one without `batchItemFailures`, and an empty list mean that everything is done. Of several failures of one partition the first
 * record counts.
 */
export const readBatchResponse = (answer: unknown, batch: ReadonlyArray<PartitionRecords>): BatchVerdict => {
  const failures = fieldOf(answer, "batchItemFailures")
  if (failures === undefined || failures === null) return { _tag: "Done" }
  if (!Array.isArray(failures)) return { _tag: "Failed", message: "batchItemFailures is no list" }
  const resume = new Map<string, ResumeAt>()
  for (const failure of failures) {
    const identifier = fieldOf(failure, "itemIdentifier")
    const name = fieldOf(identifier, "partition")
    const offset = fieldOf(identifier, "offset")
    if (typeof name !== "string" || typeof offset !== "number") {
      const given = JSON.stringify(failure)
      const message = `${given} in batchItemFailures is not {"itemIdentifier":{"partition":"TOPIC-PARTITION","offset":OFFSET}}`
      return { _tag: "Failed", message }
    }
    const named = batch.find((one) => topicPartitionName(one) === name)
    const record = named?.records.find((one) => one.offset === offset)
    if (named === undefined || record === undefined) {
      return { _tag: "Failed", message: `the event has no record ${JSON.stringify(identifier)}` }
    }
    const { partition, topic } = named
    const before = resume.get(topicPartitionName(named))
    if (before !== undefined && before.offset <= record.offset) continue
    resume.set(topicPartitionName(named), { topic, partition, offset: record.offset })
  }
  return resume.size === 0 ? { _tag: "Done" } : { _tag: "Resume", resume: [...resume.values()] }
}
