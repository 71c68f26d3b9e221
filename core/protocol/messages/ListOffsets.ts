import { array, int16, int32, int64, int8, string, struct } from "../Field.ts"
import { message } from "../Message.ts"

/**
 * Finds the offsets that belong to timestamps, or to the ends of partitions.
 *
 * **Details**
 *
 * ```
 * request  v0   replicaId:int32 topics:[name:string
 *               partitions:[partitionIndex:int32 timestamp:int64 maxNumOffsets:int32]]
 *          v1   no maxNumOffsets
 *          v2-3 replicaId isolationLevel:int8 …
 *          v4-5 each partition partitionIndex currentLeaderEpoch:int32 …
 *          v6-9 the same, flexible
 * response v0   topics:[name:string partitions:[partitionIndex:int32 errorCode:int16 oldStyleOffsets:[int64]]]
 *          v1   … errorCode timestamp:int64 offset:int64, and no oldStyleOffsets
 *          v2-3 throttleTimeMs:int32 …
 *          v4-5 each partition … leaderEpoch:int32
 *          v6-9 the same, flexible
 * ```
 *
 * **Gotchas**
 *
 * Negative timestamps ask for special offsets: -1 the end, -2 the start, -3 the record with the largest timestamp (7 and
 * later), -4 the local start (8 and later), -5 the end of what is tiered (9 and later).
 */
export const ListOffsets = message({
  name: "ListOffsets",
  apiKey: 2,
  advertised: [0, 9],
  flexibleSince: 6,
  request: struct({
    replicaId: int32.default(-1),
    isolationLevel: int8.since(2).default(0),
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            currentLeaderEpoch: int32.since(4).default(-1),
            timestamp: int64,
            maxNumOffsets: int32.until(0).default(1)
          })
        )
      })
    )
  }),
  response: struct({
    throttleTimeMs: int32.since(2).default(0),
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            errorCode: int16,
            oldStyleOffsets: array(int64).until(0).default([]),
            timestamp: int64.since(1).default(-1),
            offset: int64.since(1).default(-1),
            leaderEpoch: int32.since(4).default(-1)
          })
        )
      })
    )
  })
})
