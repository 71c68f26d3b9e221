import { array, boolean, int16, int32, string, struct } from "../Field.ts"
import { message } from "../Message.ts"

/**
 * Adds partitions to topics.
 *
 * **Details**
 *
 * ```
 * request  v0-1 topics:[name:string count:int32 assignments:[brokerIds:[int32]]?] timeoutMs:int32 validateOnly:boolean
 *          v2-3 the same, flexible
 * response v0-1 throttleTimeMs:int32 results:[name:string errorCode:int16 errorMessage:string?]
 *          v2-3 the same, flexible
 * ```
 *
 * **Gotchas**
 *
 * `count` is how many partitions the topic has afterwards; `assignments` are those of the new ones alone.
 */
export const CreatePartitions = message({
  name: "CreatePartitions",
  apiKey: 37,
  advertised: [0, 3],
  flexibleSince: 2,
  request: struct({
    topics: array(
      struct({
        name: string,
        count: int32,
        assignments: array(struct({ brokerIds: array(int32) }))
          .nullable()
          .default(null)
      })
    ),
    timeoutMs: int32,
    validateOnly: boolean.default(false)
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    results: array(struct({ name: string, errorCode: int16, errorMessage: string.nullable().default(null) }))
  })
})
