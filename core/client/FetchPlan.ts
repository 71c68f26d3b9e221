import type { Fetch } from "../protocol/index.ts"
import { type FetchedPartition, stableEndOf } from "./PageDecoder.ts"

/**
 * A read that waits for its part of a Fetch.
 *
 * **Details**
 *
 * `until` is when the read stops waiting for records, in milliseconds since the epoch. `empty` is what the last Fetch said
 * while there were none.
 */
export interface WaitingRead {
  readonly id: number
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly maxBytes: number
  readonly until: number
  readonly empty: FetchedPartition | undefined
}

/** Reads of one partition from one offset, which share their place in a Fetch. */
export interface PlannedPartition {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly maxBytes: number
  readonly reads: ReadonlyArray<WaitingRead>
}

/** One Fetch: what it asks, in order, and the bound on its whole answer in bytes. */
export interface FetchPlan {
  readonly partitions: ReadonlyArray<PlannedPartition>
  readonly maxBytes: number
}

/** By what a partition is told from others. A topic's name has no space. */
export const partitionKey = (topic: string, partition: number): string => `${topic} ${partition}`

/**
 * Puts as many of the reads as possible into one Fetch, in their order; the others are left for the next one.
 *
 * **Details**
 *
 * A Fetch names a partition once, so that reads of one partition from different offsets come one after the other. Its
 * answer is planned to stay below `budget` bytes, except that the first read is always in.
 */
export const planFetch = (
  reads: ReadonlyArray<WaitingRead>,
  budget: number
): { readonly plan: FetchPlan; readonly left: ReadonlyArray<WaitingRead> } => {
  const planned = new Map<string, PlannedPartition & { readonly reads: Array<WaitingRead> }>()
  const left: Array<WaitingRead> = []
  let maxBytes = 0
  for (const read of reads) {
    const key = partitionKey(read.topic, read.partition)
    const there = planned.get(key)
    const more = there === undefined ? read.maxBytes : Math.max(0, read.maxBytes - there.maxBytes)
    const shares = there === undefined || there.offset === read.offset
    if (!shares || (planned.size > 0 && maxBytes + more > budget)) {
      left.push(read)
      continue
    }
    maxBytes += more
    const { maxBytes: bytes, offset, partition, topic } = read
    if (there === undefined) planned.set(key, { topic, partition, offset, maxBytes: bytes, reads: [read] })
    else planned.set(key, { ...there, maxBytes: there.maxBytes + more, reads: [...there.reads, read] })
  }
  return { plan: { partitions: [...planned.values()], maxBytes: Math.max(1, maxBytes) }, left }
}

/** The body of the request that carries a plan out, reading committed records only. */
export const fetchBody = (plan: FetchPlan, maxWaitMs: number): (typeof Fetch)["request"]["Input"] => {
  type Asked = { partition: number; fetchOffset: number; partitionMaxBytes: number }
  const topics = new Map<string, Array<Asked>>()
  for (const { maxBytes, offset, partition, topic } of plan.partitions) {
    const asked = { partition, fetchOffset: offset, partitionMaxBytes: maxBytes }
    const known = topics.get(topic)
    if (known === undefined) topics.set(topic, [asked])
    else known.push(asked)
  }
  return {
    maxWaitMs,
    minBytes: 1,
    maxBytes: plan.maxBytes,
    isolationLevel: 1,
    topics: Array.from(topics, ([topic, partitions]) => ({ topic, partitions }))
  }
}

/** What became of a read's part in a Fetch that was answered. */
export type ReadFate =
  | { readonly _tag: "Answered"; readonly read: WaitingRead; readonly fetched: FetchedPartition }
  | { readonly _tag: "Missing"; readonly read: WaitingRead }
  | { readonly _tag: "Empty"; readonly read: WaitingRead; readonly fetched: FetchedPartition }
  | { readonly _tag: "Starved"; readonly read: WaitingRead }

/**
 * Says of each read in a Fetch what the answer means for it.
 *
 * **Details**
 *
 * `Empty` is a partition with nothing to read yet. `Starved` is one that has something for which the answer had no room:
 * a broker gives only the first partition a batch that is larger than the bound, so such a read goes first next time.
 */
export const fatesOf = (
  plan: FetchPlan,
  responses: (typeof Fetch)["response"]["Type"]["responses"]
): ReadonlyArray<ReadFate> => {
  const answers = new Map<string, FetchedPartition>()
  let filled = 0
  for (const { partitions, topic } of responses) {
    for (const fetched of partitions) {
      answers.set(partitionKey(topic, fetched.partitionIndex), fetched)
      if (hasRecords(fetched)) filled++
    }
  }
  return plan.partitions.flatMap(({ offset, partition, reads, topic }) => {
    const fetched = answers.get(partitionKey(topic, partition))
    return reads.map((read): ReadFate => {
      if (fetched === undefined) return { _tag: "Missing", read }
      if (fetched.errorCode !== 0 || hasRecords(fetched)) return { _tag: "Answered", read, fetched }
      if (filled > 0 && stableEndOf(fetched) > offset) return { _tag: "Starved", read }
      return { _tag: "Empty", read, fetched }
    })
  })
}

const hasRecords = (fetched: FetchedPartition): boolean => fetched.records !== null && fetched.records.length > 0
