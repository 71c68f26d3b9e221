import { array, boolean, bytes, int16, int32, string, struct } from "../Field.ts"
import { message } from "../Message.ts"
import { authorizedOperations } from "./AuthorizedOperations.ts"

/**
 * Describes groups and their members.
 *
 * **Details**
 *
 * ```
 * request  v0-2 groups:[string]
 *          v3-4 … includeAuthorizedOperations:boolean
 *          v5   the same, flexible
 * response v0   groups:[errorCode:int16 groupId:string groupState:string protocolType:string protocolData:string
 *               members:[memberId:string clientId:string clientHost:string memberMetadata:bytes
 *               memberAssignment:bytes]]
 *          v1-2 throttleTimeMs:int32 …
 *          v3   each group … authorizedOperations:int32
 *          v4   each member memberId groupInstanceId:string? …
 *          v5   the same, flexible
 * ```
 */
export const DescribeGroups = message({
  name: "DescribeGroups",
  apiKey: 15,
  advertised: [0, 5],
  flexibleSince: 5,
  request: struct({
    groups: array(string),
    includeAuthorizedOperations: boolean.since(3).default(false)
  }),
  response: struct({
    throttleTimeMs: int32.since(1).default(0),
    groups: array(
      struct({
        errorCode: int16,
        groupId: string,
        groupState: string,
        protocolType: string,
        protocolData: string,
        members: array(
          struct({
            memberId: string,
            groupInstanceId: string.nullable().since(4).default(null),
            clientId: string,
            clientHost: string,
            memberMetadata: bytes,
            memberAssignment: bytes
          })
        ),
        authorizedOperations: authorizedOperations.since(3)
      })
    )
  })
})
