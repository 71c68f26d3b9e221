import { ErrorCode, type OffsetFetch } from "../../protocol/index.ts"
import type { BrokerState } from "../BrokerState.ts"
import type { Call } from "../Call.ts"

type Asked = ReadonlyArray<{ readonly name: string; readonly partitionIndexes: ReadonlyArray<number> }>
type TopicAnswers = NonNullable<(typeof OffsetFetch)["response"]["Input"]["topics"]>

/**
 * Says how far groups have consumed.
 *
 * **Details**
 *
 * A group that nobody knows, and a partition that was never committed, have offset -1 and no error. When offsets cannot be
 * read that is said on each partition, too: a client that overlooked it would start from anywhere.
 */
export const handleOffsetFetch = (broker: BrokerState, call: Call<"OffsetFetch">): void => {
  const { body, version } = call
  const errorCode = broker.offsetsReadable() ? ErrorCode.NONE : ErrorCode.COORDINATOR_NOT_AVAILABLE
  const answer = (group: string, asked: Asked | null) => topicsOf(broker, group, asked, errorCode)
  if (version < 8) return broker.reply(call, { topics: answer(body.groupId, body.topics), errorCode })
  broker.reply(call, {
    groups: body.groups.map(({ groupId, topics }) => ({ groupId, topics: answer(groupId, topics), errorCode }))
  })
}

const topicsOf = (broker: BrokerState, group: string, asked: Asked | null, errorCode: number): TopicAnswers =>
  (asked ?? broker.offsets.partitionsOf(group)).map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => {
      const committed = errorCode === 0 ? broker.offsets.get(group, name, partitionIndex) : undefined
      return {
        partitionIndex,
        committedOffset: committed?.offset ?? -1,
        committedLeaderEpoch: committed?.leaderEpoch ?? -1,
        metadata: committed?.metadata ?? "",
        errorCode
      }
    })
  }))
