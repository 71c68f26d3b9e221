import type { Apis } from "../../protocol/index.ts"
import { epochOf, metadataOf } from "./OffsetsModel.ts"
import { groupId, topic } from "./GroupWorld.ts"
import type { GroupWorld } from "./GroupWorld.ts"

/** Where a client stands that is in its group and has its share. */
export interface Settled {
  readonly memberId: string
  readonly generation: number
}

/** A process that is a member of the group, or wants to be. */
export interface SimulatedClient {
  readonly name: string
  readonly instance: string | null
  readonly alive: () => boolean
  /** Until when it stands still. */
  readonly stalledUntil: () => number
  readonly settled: () => Settled | undefined
  /** Partitions that it takes for its own. */
  readonly owned: () => ReadonlyArray<number>
  readonly commit: () => void
  readonly leave: () => void
  readonly crash: () => void
  readonly stall: (ms: number) => void
}

/** Who commits. */
export interface Committer extends Settled {
  readonly instance: string | null
}

/** A commit of the next offset for some partitions. */
export const commitBody = (
  world: GroupWorld,
  { generation, instance, memberId }: Committer,
  partitions: ReadonlyArray<number>
): Apis["OffsetCommit"]["request"]["Input"] => {
  const offset = world.nextOffset()
  return {
    groupId,
    generationIdOrMemberEpoch: generation,
    memberId,
    groupInstanceId: instance,
    topics: [
      {
        name: topic,
        partitions: partitions.map((partitionIndex) => ({
          partitionIndex,
          committedOffset: offset,
          committedLeaderEpoch: epochOf(offset),
          committedMetadata: metadataOf(offset)
        }))
      }
    ]
  }
}

/** A question for what is committed of some partitions. */
export const fetchBody = (partitions: ReadonlyArray<number>): Apis["OffsetFetch"]["request"]["Input"] => {
  const topics = [{ name: topic, partitionIndexes: partitions }]
  return { groupId, topics, groups: [{ groupId, topics }] }
}
