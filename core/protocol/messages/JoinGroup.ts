import { array, boolean, bytes, int16, int32, string, struct } from "../Field.ts"
import { message } from "../Message.ts"

/**
 * Makes a consumer a member of a group, and has it wait for the next generation.
 *
 * **Details**
 *
 * ```
 * request  v0   groupId:string sessionTimeoutMs:int32 memberId:string protocolType:string
 *               protocols:[name:string metadata:bytes]
 *          v1-4 … sessionTimeoutMs rebalanceTimeoutMs:int32 …
 *          v5   … memberId groupInstanceId:string? …
 *          v6-7 the same, flexible
 *          v8-9 … and at the end reason:string?
 * response v0-1 errorCode:int16 generationId:int32 protocolName:string leader:string memberId:string
 *               members:[memberId:string metadata:bytes]
 *          v2-4 throttleTimeMs:int32 …
 *          v5   each member memberId groupInstanceId:string? …
 *          v6   the same, flexible
 *          v7-8 … generationId protocolType:string? protocolName:string? …
 *          v9   … leader skipAssignment:boolean …
 * ```
 */
export const JoinGroup = message({
  name: "JoinGroup",
  apiKey: 11,
  advertised: [0, 9],
  flexibleSince: 6,
  request: struct({
    groupId: string,
    sessionTimeoutMs: int32,
    rebalanceTimeoutMs: int32.since(1).default(-1),
    memberId: string,
    groupInstanceId: string.nullable().since(5).default(null),
    protocolType: string,
    protocols: array(struct({ name: string, metadata: bytes })),
    reason: string.nullable().since(8).default(null)
  }),
  response: struct({
    throttleTimeMs: int32.since(2).default(0),
    errorCode: int16,
    generationId: int32.default(-1),
    protocolType: string.nullable().since(7).default(null),
    protocolName: string.nullable(7),
    leader: string,
    skipAssignment: boolean.since(9).default(false),
    memberId: string,
    members: array(
      struct({ memberId: string, groupInstanceId: string.nullable().since(5).default(null), metadata: bytes })
    )
  })
})
