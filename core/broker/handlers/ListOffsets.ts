import type { ErrorName, ListOffsets } from "../../protocol/index.ts"
import type { BrokerState } from "../BrokerState.ts"
import type { Call } from "../Call.ts"
import { codeIn } from "../KnownErrors.ts"

type TopicAnswer = (typeof ListOffsets)["response"]["Input"]["topics"][number]
type PartitionAnswer = TopicAnswer["partitions"][number]
type Wanted = Call<"ListOffsets">["body"]["topics"][number]["partitions"][number]

/** A request for offsets in hand: it asks its partitions one after the other, so that it has one read under way at most. */
export interface ListOffsetsJob {
  readonly call: Call<"ListOffsets">
  readonly questions: ReadonlyArray<{ readonly topic: number; readonly name: string; readonly wanted: Wanted }>
  readonly answers: ReadonlyArray<Array<PartitionAnswer>>
  cursor: number
}

/** What a partition says of the offset that it was asked for. */
interface Found {
  readonly error?: ErrorName | undefined
  readonly offset?: number
  readonly timestamp?: number
  readonly leaderEpoch?: number
}

/** What negative timestamps stand for; nothing is tiered here, so the local start is the start. */
const special = { latest: -1, earliest: -2, maxTimestamp: -3, earliestLocal: -4, latestTiered: -5 } as const

/** Finds the offsets that belong to timestamps, per record, and those of the log's ends. */
export const handleListOffsets = (broker: BrokerState, call: Call<"ListOffsets">): void => {
  const { topics } = call.body
  const job: ListOffsetsJob = {
    call,
    questions: topics.flatMap(({ name, partitions }, topic) => partitions.map((wanted) => ({ topic, name, wanted }))),
    answers: topics.map(() => []),
    cursor: 0
  }
  broker.lookups.set(call.id, job)
  advance(broker, job)
}

/** Takes down what one partition said, and goes on to the next, unless nobody waits for the answer any more. */
export const listed = (broker: BrokerState, job: ListOffsetsJob, found: Found): void => {
  if (!broker.lookups.has(job.call.id)) return
  answer(job, found)
  advance(broker, job)
}

/** Asks partitions in turn until one has to look; after the last, replies. */
const advance = (broker: BrokerState, job: ListOffsetsJob): void => {
  const { isolationLevel } = job.call.body
  for (let asked = job.questions[job.cursor]; asked !== undefined; asked = job.questions[job.cursor]) {
    const { currentLeaderEpoch, partitionIndex, timestamp } = asked.wanted
    const partition = broker.partition(asked.name, partitionIndex)
    const isKnown = timestamp >= special.latestTiered && (isolationLevel === 0 || isolationLevel === 1)
    const error = isKnown ? broker.partitionFault(partition, currentLeaderEpoch) : "INVALID_REQUEST"
    if (error === undefined && partition !== undefined && timestamp !== special.latestTiered) {
      return broker.toPartition(partition, {
        _tag: "ListOffset",
        id: broker.ticket({ _tag: "ListOffsets", job }),
        timestamp: timestamp === special.earliestLocal ? special.earliest : timestamp,
        isolation: isolationLevel === 1 ? "committed" : "uncommitted"
      })
    }
    answer(job, { error })
  }
  broker.lookups.delete(job.call.id)
  const topics = job.call.body.topics.map(({ name }, topic) => ({ name, partitions: job.answers[topic] ?? [] }))
  broker.reply(job.call, { topics })
}

/** Takes down the answer to the question at the cursor. */
const answer = (
  job: ListOffsetsJob,
  { error = "NONE", leaderEpoch = -1, offset = -1, timestamp = -1 }: Found
): void => {
  const asked = job.questions[job.cursor]
  job.cursor += 1
  if (asked === undefined) return
  job.answers[asked.topic]?.push({
    partitionIndex: asked.wanted.partitionIndex,
    errorCode: codeIn(job.call, error),
    oldStyleOffsets: offset === -1 ? [] : [offset],
    timestamp,
    offset,
    leaderEpoch
  })
}
