import { ErrorCode, type ErrorName, type Fetch } from "../../protocol/index.ts"
import type { BrokerState } from "../BrokerState.ts"
import type { Call } from "../Call.ts"
import { codeIn, errorOf } from "../KnownErrors.ts"
import type { Partition } from "../Partition.ts"
import type { Fetched } from "../PartitionLogIo.ts"

type TopicAnswer = (typeof Fetch)["response"]["Input"]["responses"][number]
type PartitionAnswer = TopicAnswer["partitions"][number]
type Wanted = Call<"Fetch">["body"]["topics"][number]["partitions"][number]

/** One partition of a fetch. */
interface Slot {
  readonly topic: number
  readonly name: string | undefined
  readonly wanted: Wanted
  answer: PartitionAnswer | undefined
}

/**
 * A fetch in hand: it asks its partitions one after the other, so that it never holds more than it may answer with.
 *
 * **Details**
 *
 * It stands among the `parked` of all its partitions from the beginning: `woken` says that one of them has advanced since
 * the present round began, so that nothing is missed between the reading and the waiting.
 */
export interface FetchJob {
  readonly call: Call<"Fetch">
  readonly slots: ReadonlyArray<Slot>
  readonly deadline: number
  readonly maxBytes: number
  cursor: number
  bytes: number
  failed: boolean
  woken: boolean
  phase: "Reading" | "Parked" | "Over"
}

/** The first version that is served; older ones want batches in older formats. */
const firstServed = 4

const topicIdsSince = 13
const noRecords = new Uint8Array(0)

/**
 * Reads whole batches from partitions; waits for `minBytes` of them until `maxWaitMs` have passed.
 *
 * **Details**
 *
 * Fetch sessions (KIP-227) are not kept: every answer says session 0, and clients then always send all their partitions.
 */
export const handleFetch = (broker: BrokerState, call: Call<"Fetch">): void => {
  const { body, version } = call
  const slots = body.topics.flatMap(({ partitions, topic: name, topicId }, topic): ReadonlyArray<Slot> => {
    const known = version >= topicIdsSince ? broker.topics.byId(topicId)?.name : name
    return partitions.map((wanted) => ({ topic, name: known, wanted, answer: undefined }))
  })
  const job: FetchJob = {
    call,
    slots,
    deadline: broker.now + Math.max(0, body.maxWaitMs),
    maxBytes: Math.min(Math.max(0, body.maxBytes), broker.config.fetchMaxBytes),
    cursor: 0,
    bytes: 0,
    failed: false,
    woken: false,
    phase: "Reading"
  }
  if (body.sessionId !== 0) return refuse(broker, job, "FETCH_SESSION_ID_NOT_FOUND")
  if (body.isolationLevel !== 0 && body.isolationLevel !== 1) return refuse(broker, job, "INVALID_REQUEST")
  broker.fetches.set(call.id, job)
  for (const slot of slots) partitionOf(broker, slot)?.parked.add(job)
  advance(broker, job)
}

/** Takes in what one partition gave, and goes on to the next. */
export const fetched = (broker: BrokerState, job: FetchJob, index: number, output: Fetched): void => {
  if (job.phase === "Over") return
  const slot = job.slots[index]
  if (slot === undefined) return
  const { errorCode, highWatermark, lastStableOffset, logStart } = output
  const records = job.bytes > 0 && output.records.length > job.maxBytes - job.bytes ? noRecords : output.records
  job.bytes += records.length
  if (errorCode !== ErrorCode.NONE) job.failed = true
  const code = codeIn(job.call, errorOf(errorCode))
  slot.answer = answerOf(job, slot, { errorCode: code, highWatermark, lastStableOffset, logStart, records })
  job.cursor = index + 1
  advance(broker, job)
}

/** One of the partitions has advanced, or is gone. */
export const wakeFetch = (broker: BrokerState, job: FetchJob): void => {
  if (job.phase !== "Parked") {
    job.woken = true
    return
  }
  job.phase = "Reading"
  startRound(job)
  advance(broker, job)
}

/** The wait is over: what is there is answered. */
export const fetchTimedOut = (broker: BrokerState, job: FetchJob): void => {
  if (job.phase === "Parked") finish(broker, job)
}

/** Forgets a fetch that nobody waits for any more. */
export const dropFetch = (broker: BrokerState, job: FetchJob): void => {
  job.phase = "Over"
  broker.fetches.delete(job.call.id)
  broker.alarms.set(`f ${job.call.id}`, undefined)
  for (const slot of job.slots) partitionOf(broker, slot)?.parked.delete(job)
}

const startRound = (job: FetchJob): void => {
  job.cursor = 0
  job.bytes = 0
  job.failed = false
  job.woken = false
}

const partitionOf = (broker: BrokerState, { name, wanted }: Slot): Partition | undefined =>
  name === undefined ? undefined : broker.partition(name, wanted.partition)

/** Asks partitions in turn until one has to read; after the last, answers or parks. */
const advance = (broker: BrokerState, job: FetchJob): void => {
  for (let slot = job.slots[job.cursor]; slot !== undefined; slot = job.slots[job.cursor]) {
    const partition = partitionOf(broker, slot)
    const fault = faultOf(broker, job, slot, partition)
    if (fault === undefined && partition !== undefined && job.bytes < Math.max(1, job.maxBytes)) {
      const isolation = job.call.body.isolationLevel === 1 ? "committed" : "uncommitted"
      const maxBytes = Math.max(1, Math.min(slot.wanted.partitionMaxBytes, job.maxBytes - job.bytes))
      const ticket = { _tag: "Fetch", job, slot: job.cursor } as const
      return broker.fetch(partition, { offset: slot.wanted.fetchOffset, maxBytes, isolation }, ticket)
    }
    if (fault !== undefined) job.failed = true
    const marks = fault === undefined ? marksOf(partition) : nowhere
    const errorCode = codeIn(job.call, fault ?? "NONE")
    slot.answer = answerOf(job, slot, { errorCode, ...marks, records: noRecords })
    job.cursor += 1
  }
  const enough = job.failed || job.bytes >= job.call.body.minBytes || job.slots.length === 0
  if (enough || broker.now >= job.deadline) return finish(broker, job)
  if (job.woken) {
    startRound(job)
    return broker.later({ _tag: "FetchRound", job })
  }
  job.phase = "Parked"
  broker.alarms.set(`f ${job.call.id}`, job.deadline)
}

/** Begins another round of a fetch whose partitions advanced while it read. */
export const fetchRound = (broker: BrokerState, job: FetchJob): void => {
  if (job.phase === "Reading") advance(broker, job)
}

const nowhere = { highWatermark: -1, lastStableOffset: -1, logStart: -1 }

/** Where a partition stands that is not read because the answer is full. */
const marksOf = (partition: Partition | undefined): typeof nowhere => {
  const { highWatermark = -1, logStart = -1 } = partition?.log ?? {}
  return { highWatermark, lastStableOffset: highWatermark, logStart }
}

const faultOf = (
  broker: BrokerState,
  job: FetchJob,
  slot: Slot,
  partition: Partition | undefined
): ErrorName | undefined => {
  if (job.call.version < firstServed) return "UNSUPPORTED_VERSION"
  if (slot.name === undefined) return "UNKNOWN_TOPIC_ID"
  return broker.partitionFault(partition, slot.wanted.currentLeaderEpoch)
}

const answerOf = (
  job: FetchJob,
  slot: Slot,
  found: {
    readonly errorCode: number
    readonly highWatermark: number
    readonly lastStableOffset: number
    readonly logStart: number
    readonly records: Uint8Array
  }
): PartitionAnswer => ({
  partitionIndex: slot.wanted.partition,
  errorCode: found.errorCode,
  highWatermark: found.highWatermark,
  lastStableOffset: found.lastStableOffset,
  logStartOffset: found.logStart,
  abortedTransactions: job.call.body.isolationLevel === 1 ? [] : null,
  records: found.records
})

const finish = (broker: BrokerState, job: FetchJob): void => {
  dropFetch(broker, job)
  const partitions = job.call.body.topics.map((): Array<PartitionAnswer> => [])
  for (const { answer, topic } of job.slots) if (answer !== undefined) partitions[topic]?.push(answer)
  const responses = job.call.body.topics.map(({ topic, topicId }, index) => ({
    topic,
    topicId,
    partitions: partitions[index] ?? []
  }))
  broker.reply(job.call, { responses })
}

/** Refuses the whole request: from version 7 on in one place, before that in every partition. */
const refuse = (broker: BrokerState, job: FetchJob, error: ErrorName): void => {
  const errorCode = ErrorCode[error]
  if (job.call.version >= 7) return broker.reply(job.call, { errorCode, responses: [] })
  for (const slot of job.slots) slot.answer = answerOf(job, slot, { errorCode, records: noRecords, ...nowhere })
  finish(broker, job)
}
