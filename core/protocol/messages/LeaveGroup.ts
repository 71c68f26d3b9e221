import { array, int16, int32, string, struct } from "../Field.ts"
import { message } from "../Message.ts"

/**
 * Takes members out of a group.
 *
 * **Details**
 *
 * ```
 * request  v0-2 groupId:string memberId:string
 *          v3   groupId:string members:[memberId:string groupInstanceId:string?]
 *          v4   the same, flexible
 *          v5   each member … reason:string?
 * response v0   errorCode:int16
 *          v1-2 throttleTimeMs:int32 …
 *          v3   … members:[memberId:string groupInstanceId:string? errorCode:int16]
 *          v4-5 the same, flexible
 * ```
 */
export const LeaveGroup = message({
  name: "LeaveGroup",
  apiKey: 13,
  advertised: [0, 5],
  flexibleSince: 4,
  request: struct({
    groupId: string,
    memberId: string.until(2).default(""),
    members: array(
      struct({
        memberId: string,
        groupInstanceId: string.nullable().default(null),
        reason: string.nullable().since(5).default(null)
      })
    )
      .since(3)
      .default([])
  }),
  response: struct({
    throttleTimeMs: int32.since(1).default(0),
    errorCode: int16,
    members: array(struct({ memberId: string, groupInstanceId: string.nullable(), errorCode: int16 }))
      .since(3)
      .default([])
  })
})
