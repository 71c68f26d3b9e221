import { nilUuid } from "../../bytes/index.ts"
import { array, int16, int32, string, struct, uuid } from "../Field.ts"
import { message } from "../Message.ts"

/**
 * Deletes topics.
 *
 * **Details**
 *
 * ```
 * request  v0-3 topicNames:[string] timeoutMs:int32
 *          v4-5 the same, flexible
 *          v6   topics:[name:string? topicId:uuid] timeoutMs:int32
 * response v0   responses:[name:string errorCode:int16]
 *          v1-3 throttleTimeMs:int32 …
 *          v4   the same, flexible
 *          v5   each topic … errorMessage:string?
 *          v6   each topic name:string? topicId:uuid …
 * ```
 *
 * **Gotchas**
 *
 * In version 6 a topic is meant by its name or by its id, never by both.
 */
export const DeleteTopics = message({
  name: "DeleteTopics",
  apiKey: 20,
  advertised: [0, 6],
  flexibleSince: 4,
  request: struct({
    topics: array(struct({ name: string.nullable().default(null), topicId: uuid.default(nilUuid) }))
      .since(6)
      .default([]),
    topicNames: array(string).until(5).default([]),
    timeoutMs: int32
  }),
  response: struct({
    throttleTimeMs: int32.since(1).default(0),
    responses: array(
      struct({
        name: string.nullable(6),
        topicId: uuid.since(6).default(nilUuid),
        errorCode: int16,
        errorMessage: string.nullable().since(5).default(null)
      })
    )
  })
})
