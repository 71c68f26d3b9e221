import { array, bytes, int16, int32, int64, string, struct } from "../Field.ts"
import { message } from "../Message.ts"
import { nodeEndpoints } from "./NodeEndpoints.ts"

/**
 * Appends record batches to partitions.
 *
 * **Details**
 *
 * ```
 * request  v0-2   acks:int16 timeoutMs:int32 topicData:[name:string partitionData:[index:int32 records:bytes?]]
 *          v3-8   transactionalId:string? …
 *          v9-11  the same, flexible
 * response v0     responses:[name:string partitionResponses:[index:int32 errorCode:int16 baseOffset:int64]]
 *          v1     … throttleTimeMs:int32
 *          v2-4   … each partition … logAppendTimeMs:int64
 *          v5-7   … each partition … logStartOffset:int64
 *          v8     … each partition … recordErrors:[batchIndex:int32 batchIndexErrorMessage:string?] errorMessage:string?
 *          v9     the same, flexible
 *          v10-11 … each partition … <0 currentLeader:(leaderId:int32 leaderEpoch:int32)>,
 *                 and at the end <0 nodeEndpoints:[nodeId:int32 host:string port:int32 rack:string?]>
 * ```
 *
 * **Gotchas**
 *
 * A request with `acks` 0 has no response. The batches of versions 0 to 2 are in older formats than magic 2.
 */
export const Produce = message({
  name: "Produce",
  apiKey: 0,
  advertised: [0, 11],
  served: [3, 11],
  flexibleSince: 9,
  request: struct({
    transactionalId: string.nullable().since(3).default(null),
    acks: int16,
    timeoutMs: int32,
    topicData: array(
      struct({
        name: string,
        partitionData: array(struct({ index: int32, records: bytes.nullable() }))
      })
    )
  }),
  response: struct({
    responses: array(
      struct({
        name: string,
        partitionResponses: array(
          struct({
            index: int32,
            errorCode: int16,
            baseOffset: int64,
            logAppendTimeMs: int64.since(2).default(-1),
            logStartOffset: int64.since(5).default(-1),
            recordErrors: array(struct({ batchIndex: int32, batchIndexErrorMessage: string.nullable().default(null) }))
              .since(8)
              .default([]),
            errorMessage: string.nullable().since(8).default(null),
            currentLeader: struct({ leaderId: int32.default(-1), leaderEpoch: int32.default(-1) })
              .since(10)
              .tagged(0)
          })
        )
      })
    ),
    throttleTimeMs: int32.since(1).default(0),
    nodeEndpoints: nodeEndpoints.since(10).tagged(0)
  })
})
