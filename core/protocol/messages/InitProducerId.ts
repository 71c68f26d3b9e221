import { int16, int32, int64, string, struct } from "../Field.ts"
import { message } from "../Message.ts"

/**
 * Gives a producer its id and epoch, and for a transactional id fences the producers before it.
 *
 * **Details**
 *
 * ```
 * request  v0-1 transactionalId:string? transactionTimeoutMs:int32
 *          v2   the same, flexible
 *          v3-5 … producerId:int64 producerEpoch:int16
 * response v0-1 throttleTimeMs:int32 errorCode:int16 producerId:int64 producerEpoch:int16
 *          v2-5 the same, flexible
 * ```
 */
export const InitProducerId = message({
  name: "InitProducerId",
  apiKey: 22,
  advertised: [0, 5],
  flexibleSince: 2,
  request: struct({
    transactionalId: string.nullable(),
    transactionTimeoutMs: int32,
    producerId: int64.since(3).default(-1),
    producerEpoch: int16.since(3).default(-1)
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    producerId: int64.default(-1),
    producerEpoch: int16
  })
})
