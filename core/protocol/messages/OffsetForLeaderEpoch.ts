import { array, int16, int32, int64, string, struct } from "../Field.ts"
import { message } from "../Message.ts"

/**
 * Finds where the records of leader epochs end, so that a reader notices records that were cut off (KIP-320).
 *
 * **Details**
 *
 * ```
 * request  v0-1 topics:[topic:string partitions:[partition:int32 leaderEpoch:int32]]
 *          v2   each partition partition currentLeaderEpoch:int32 leaderEpoch
 *          v3   replicaId:int32 …
 *          v4   the same, flexible
 * response v0   topics:[topic:string partitions:[errorCode:int16 partition:int32 endOffset:int64]]
 *          v1   each partition errorCode partition leaderEpoch:int32 endOffset
 *          v2-3 throttleTimeMs:int32 …
 *          v4   the same, flexible
 * ```
 */
export const OffsetForLeaderEpoch = message({
  name: "OffsetForLeaderEpoch",
  apiKey: 23,
  advertised: [0, 4],
  flexibleSince: 4,
  request: struct({
    replicaId: int32.since(3).default(-2),
    topics: array(
      struct({
        topic: string,
        partitions: array(
          struct({ partition: int32, currentLeaderEpoch: int32.since(2).default(-1), leaderEpoch: int32 })
        )
      })
    )
  }),
  response: struct({
    throttleTimeMs: int32.since(2).default(0),
    topics: array(
      struct({
        topic: string,
        partitions: array(
          struct({
            errorCode: int16,
            partition: int32,
            leaderEpoch: int32.since(1).default(-1),
            endOffset: int64.default(-1)
          })
        )
      })
    )
  })
})
