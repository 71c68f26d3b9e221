import { nilUuid } from "../../bytes/index.ts"
import { array, bytes, int16, int32, int64, int8, string, struct, uuid } from "../Field.ts"
import { message } from "../Message.ts"
import { nodeEndpoints } from "./NodeEndpoints.ts"

/**
 * Reads record batches from partitions.
 *
 * **Details**
 *
 * ```
 * request  v0-2   replicaId:int32 maxWaitMs:int32 minBytes:int32
 *                 topics:[topic:string partitions:[partition:int32 fetchOffset:int64 partitionMaxBytes:int32]]
 *          v3     … minBytes maxBytes:int32 …
 *          v4     … maxBytes isolationLevel:int8 …
 *          v5-6   … each partition … fetchOffset logStartOffset:int64 …
 *          v7-8   … isolationLevel sessionId:int32 sessionEpoch:int32 …
 *                 and at the end forgottenTopicsData:[topic:string partitions:[int32]]
 *          v9-10  … each partition … partition currentLeaderEpoch:int32 …
 *          v11    … and at the end rackId:string
 *          v12    flexible; <0 clusterId:string?>, each partition … fetchOffset lastFetchedEpoch:int32 …
 *          v13-14 topicId:uuid in the place of topic, in both arrays
 *          v15-16 no replicaId, but <1 replicaState:(replicaId:int32 replicaEpoch:int64)>
 *          v17    … each partition … <0 replicaDirectoryId:uuid>
 * response v0     responses:[topic:string partitions:[partitionIndex:int32 errorCode:int16 highWatermark:int64 records:bytes?]]
 *          v1-3   throttleTimeMs:int32 …
 *          v4     … highWatermark lastStableOffset:int64 abortedTransactions:[producerId:int64 firstOffset:int64]? …
 *          v5-6   … lastStableOffset logStartOffset:int64 …
 *          v7-10  … throttleTimeMs errorCode:int16 sessionId:int32 …
 *          v11    … abortedTransactions preferredReadReplica:int32 …
 *          v12    flexible; each partition … <0 divergingEpoch:(epoch:int32 endOffset:int64)>
 *                 <1 currentLeader:(leaderId:int32 leaderEpoch:int32)> <2 snapshotId:(endOffset:int64 epoch:int32)>
 *          v13-15 topicId:uuid in the place of topic
 *          v16-17 … and at the end <0 nodeEndpoints:[nodeId:int32 host:string port:int32 rack:string?]>
 * ```
 *
 * **Gotchas**
 *
 * `records` holds whole batches; other brokers may cut the last one short. The batches of versions 0 to 3 are in older
 * formats than magic 2.
 */
export const Fetch = message({
  name: "Fetch",
  apiKey: 1,
  advertised: [0, 17],
  served: [4, 17],
  flexibleSince: 12,
  request: struct({
    clusterId: string.nullable().since(12).default(null).tagged(0),
    replicaId: int32.until(14).default(-1),
    replicaState: struct({ replicaId: int32.default(-1), replicaEpoch: int64.default(-1) })
      .since(15)
      .tagged(1),
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: int32.since(3).default(0x7fffffff),
    isolationLevel: int8.since(4).default(0),
    sessionId: int32.since(7).default(0),
    sessionEpoch: int32.since(7).default(-1),
    topics: array(
      struct({
        topic: string.until(12).default(""),
        topicId: uuid.since(13).default(nilUuid),
        partitions: array(
          struct({
            partition: int32,
            currentLeaderEpoch: int32.since(9).default(-1),
            fetchOffset: int64,
            lastFetchedEpoch: int32.since(12).default(-1),
            logStartOffset: int64.since(5).default(-1),
            partitionMaxBytes: int32,
            replicaDirectoryId: uuid.since(17).tagged(0)
          })
        )
      })
    ),
    forgottenTopicsData: array(
      struct({
        topic: string.until(12).default(""),
        topicId: uuid.since(13).default(nilUuid),
        partitions: array(int32)
      })
    )
      .since(7)
      .default([]),
    rackId: string.since(11).default("")
  }),
  response: struct({
    throttleTimeMs: int32.since(1).default(0),
    errorCode: int16.since(7).default(0),
    sessionId: int32.since(7).default(0),
    responses: array(
      struct({
        topic: string.until(12).default(""),
        topicId: uuid.since(13).default(nilUuid),
        partitions: array(
          struct({
            partitionIndex: int32,
            errorCode: int16,
            highWatermark: int64,
            lastStableOffset: int64.since(4).default(-1),
            logStartOffset: int64.since(5).default(-1),
            divergingEpoch: struct({ epoch: int32.default(-1), endOffset: int64.default(-1) })
              .since(12)
              .tagged(0),
            currentLeader: struct({ leaderId: int32.default(-1), leaderEpoch: int32.default(-1) })
              .since(12)
              .tagged(1),
            snapshotId: struct({ endOffset: int64.default(-1), epoch: int32.default(-1) })
              .since(12)
              .tagged(2),
            abortedTransactions: array(struct({ producerId: int64, firstOffset: int64 }))
              .nullable(4)
              .since(4)
              .default(null),
            preferredReadReplica: int32.since(11).default(-1),
            records: bytes.nullable()
          })
        )
      })
    ),
    nodeEndpoints: nodeEndpoints.since(16).tagged(0)
  })
})
