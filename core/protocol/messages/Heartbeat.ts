import { int16, int32, string, struct } from "../Field.ts"
import { message } from "../Message.ts"

/**
 * Tells a group's coordinator that a member is alive.
 *
 * **Details**
 *
 * ```
 * request  v0-2 groupId:string generationId:int32 memberId:string
 *          v3   … groupInstanceId:string?
 *          v4   the same, flexible
 * response v0   errorCode:int16
 *          v1-3 throttleTimeMs:int32 …
 *          v4   the same, flexible
 * ```
 */
export const Heartbeat = message({
  name: "Heartbeat",
  apiKey: 12,
  advertised: [0, 4],
  flexibleSince: 4,
  request: struct({
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: string.nullable().since(3).default(null)
  }),
  response: struct({
    throttleTimeMs: int32.since(1).default(0),
    errorCode: int16
  })
})
