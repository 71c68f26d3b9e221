import { array, int16, int32, int64, string, struct } from "../Field.ts"
import { message } from "../Message.ts"

/**
 * Stores how far a group has consumed.
 *
 * **Details**
 *
 * ```
 * request  v0   groupId:string topics:[name:string
 *               partitions:[partitionIndex:int32 committedOffset:int64 committedMetadata:string?]]
 *          v1   groupId generationIdOrMemberEpoch:int32 memberId:string …
 *               and each partition … committedOffset commitTimestamp:int64 …
 *          v2-4 … memberId retentionTimeMs:int64 …, no commitTimestamp
 *          v5   no retentionTimeMs
 *          v6   each partition … committedOffset committedLeaderEpoch:int32 …
 *          v7   … memberId groupInstanceId:string? …
 *          v8-9 the same, flexible
 * response v0-2 topics:[name:string partitions:[partitionIndex:int32 errorCode:int16]]
 *          v3-7 throttleTimeMs:int32 …
 *          v8-9 the same, flexible
 * ```
 */
export const OffsetCommit = message({
  name: "OffsetCommit",
  apiKey: 8,
  advertised: [0, 9],
  flexibleSince: 8,
  request: struct({
    groupId: string,
    generationIdOrMemberEpoch: int32.since(1).default(-1),
    memberId: string.since(1).default(""),
    groupInstanceId: string.nullable().since(7).default(null),
    retentionTimeMs: int64.since(2).until(4).default(-1),
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            committedOffset: int64,
            committedLeaderEpoch: int32.since(6).default(-1),
            commitTimestamp: int64.since(1).until(1).default(-1),
            committedMetadata: string.nullable()
          })
        )
      })
    )
  }),
  response: struct({
    throttleTimeMs: int32.since(3).default(0),
    topics: array(struct({ name: string, partitions: array(struct({ partitionIndex: int32, errorCode: int16 })) }))
  })
})
