import { array, int16, int32, string, struct } from "../Field.ts"
import { message } from "../Message.ts"

/**
 * Deletes groups without members, and what they have committed.
 *
 * **Details**
 *
 * ```
 * request  v0-1 groupsNames:[string]
 *          v2   the same, flexible
 * response v0-1 throttleTimeMs:int32 results:[groupId:string errorCode:int16]
 *          v2   the same, flexible
 * ```
 */
export const DeleteGroups = message({
  name: "DeleteGroups",
  apiKey: 42,
  advertised: [0, 2],
  flexibleSince: 2,
  request: struct({ groupsNames: array(string) }),
  response: struct({
    throttleTimeMs: int32.default(0),
    results: array(struct({ groupId: string, errorCode: int16 }))
  })
})
