import { array, bytes, int16, int32, string, struct } from "../Field.ts"
import { message } from "../Message.ts"

/**
 * Brings the leader's assignment to the coordinator and each member's part of it back.
 *
 * **Details**
 *
 * ```
 * request  v0-2 groupId:string generationId:int32 memberId:string assignments:[memberId:string assignment:bytes]
 *          v3   … memberId groupInstanceId:string? …
 *          v4   the same, flexible
 *          v5   … groupInstanceId protocolType:string? protocolName:string? …
 * response v0   errorCode:int16 assignment:bytes
 *          v1-3 throttleTimeMs:int32 …
 *          v4   the same, flexible
 *          v5   … errorCode protocolType:string? protocolName:string? …
 * ```
 */
export const SyncGroup = message({
  name: "SyncGroup",
  apiKey: 14,
  advertised: [0, 5],
  flexibleSince: 4,
  request: struct({
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: string.nullable().since(3).default(null),
    protocolType: string.nullable().since(5).default(null),
    protocolName: string.nullable().since(5).default(null),
    assignments: array(struct({ memberId: string, assignment: bytes }))
  }),
  response: struct({
    throttleTimeMs: int32.since(1).default(0),
    errorCode: int16,
    protocolType: string.nullable().since(5).default(null),
    protocolName: string.nullable().since(5).default(null),
    assignment: bytes
  })
})
