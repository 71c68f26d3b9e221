import { nilUuid } from "../../bytes/index.ts"
import { array, boolean, int16, int32, int8, string, struct, uuid } from "../Field.ts"
import { message } from "../Message.ts"

/**
 * Creates topics.
 *
 * **Details**
 *
 * ```
 * request  v0   topics:[name:string numPartitions:int32 replicationFactor:int16
 *               assignments:[partitionIndex:int32 brokerIds:[int32]] configs:[name:string value:string?]]
 *               timeoutMs:int32
 *          v1-4 … validateOnly:boolean
 *          v5-7 the same, flexible
 * response v0   topics:[name:string errorCode:int16]
 *          v1   each topic … errorMessage:string?
 *          v2-4 throttleTimeMs:int32 …
 *          v5-6 flexible; each topic … numPartitions:int32 replicationFactor:int16
 *               configs:[name:string value:string? readOnly:boolean configSource:int8 isSensitive:boolean]?
 *               <0 topicConfigErrorCode:int16>
 *          v7   each topic name topicId:uuid …
 * ```
 *
 * **Gotchas**
 *
 * The Java client reads `configs` without asking whether it is null where `topicConfigErrorCode` is 0. From version 4 on,
 * -1 partitions and replicas ask for the broker's defaults.
 */
export const CreateTopics = message({
  name: "CreateTopics",
  apiKey: 19,
  advertised: [0, 7],
  flexibleSince: 5,
  request: struct({
    topics: array(
      struct({
        name: string,
        numPartitions: int32,
        replicationFactor: int16,
        assignments: array(struct({ partitionIndex: int32, brokerIds: array(int32) })).default([]),
        configs: array(struct({ name: string, value: string.nullable() })).default([])
      })
    ),
    timeoutMs: int32.default(60_000),
    validateOnly: boolean.since(1).default(false)
  }),
  response: struct({
    throttleTimeMs: int32.since(2).default(0),
    topics: array(
      struct({
        name: string,
        topicId: uuid.since(7).default(nilUuid),
        errorCode: int16,
        errorMessage: string.nullable().since(1).default(null),
        topicConfigErrorCode: int16.since(5).tagged(0),
        numPartitions: int32.since(5).default(-1),
        replicationFactor: int16.since(5).default(-1),
        configs: array(
          struct({
            name: string,
            value: string.nullable(),
            readOnly: boolean,
            configSource: int8.default(-1),
            isSensitive: boolean
          })
        )
          .nullable()
          .since(5)
          .default([])
      })
    )
  })
})
