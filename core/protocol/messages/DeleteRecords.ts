import { array, int16, int32, int64, string, struct } from "../Field.ts"
import { message } from "../Message.ts"

/**
 * Deletes the records of partitions up to an offset.
 *
 * **Details**
 *
 * ```
 * request  v0-1 topics:[name:string partitions:[partitionIndex:int32 offset:int64]] timeoutMs:int32
 *          v2   the same, flexible
 * response v0-1 throttleTimeMs:int32 topics:[name:string
 *               partitions:[partitionIndex:int32 lowWatermark:int64 errorCode:int16]]
 *          v2   the same, flexible
 * ```
 *
 * **Gotchas**
 *
 * The offset is that of the first record which stays; -1 stands for the high watermark.
 */
export const DeleteRecords = message({
  name: "DeleteRecords",
  apiKey: 21,
  advertised: [0, 2],
  flexibleSince: 2,
  request: struct({
    topics: array(struct({ name: string, partitions: array(struct({ partitionIndex: int32, offset: int64 })) })),
    timeoutMs: int32
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    topics: array(
      struct({
        name: string,
        partitions: array(struct({ partitionIndex: int32, lowWatermark: int64, errorCode: int16 }))
      })
    )
  })
})
