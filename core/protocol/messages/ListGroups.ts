import { array, int16, int32, string, struct } from "../Field.ts"
import { message } from "../Message.ts"

/**
 * Lists the groups that a broker coordinates.
 *
 * **Details**
 *
 * ```
 * request  v0-2 (nothing)
 *          v3   the same, flexible
 *          v4   statesFilter:[string]
 *          v5   … typesFilter:[string]
 * response v0   errorCode:int16 groups:[groupId:string protocolType:string]
 *          v1-2 throttleTimeMs:int32 …
 *          v3   the same, flexible
 *          v4   each group … groupState:string
 *          v5   each group … groupType:string
 * ```
 */
export const ListGroups = message({
  name: "ListGroups",
  apiKey: 16,
  advertised: [0, 5],
  flexibleSince: 3,
  request: struct({
    statesFilter: array(string).since(4).default([]),
    typesFilter: array(string).since(5).default([])
  }),
  response: struct({
    throttleTimeMs: int32.since(1).default(0),
    errorCode: int16,
    groups: array(
      struct({
        groupId: string,
        protocolType: string,
        groupState: string.since(4).default(""),
        groupType: string.since(5).default("")
      })
    )
  })
})
