import { array, int16, int32, int8, string, struct } from "../Field.ts"
import { message } from "../Message.ts"

/**
 * Asks which broker coordinates a group (key type 0) or a transactional id (1).
 *
 * **Details**
 *
 * ```
 * request  v0   key:string
 *          v1-2 … keyType:int8
 *          v3   the same, flexible
 *          v4-6 keyType:int8 coordinatorKeys:[string]
 * response v0   errorCode:int16 nodeId:int32 host:string port:int32
 *          v1-2 throttleTimeMs:int32 errorCode errorMessage:string? …
 *          v3   the same, flexible
 *          v4-6 throttleTimeMs:int32
 *               coordinators:[key:string nodeId:int32 host:string port:int32 errorCode:int16 errorMessage:string?]
 * ```
 */
export const FindCoordinator = message({
  name: "FindCoordinator",
  apiKey: 10,
  advertised: [0, 6],
  flexibleSince: 3,
  request: struct({
    key: string.until(3).default(""),
    keyType: int8.since(1).default(0),
    coordinatorKeys: array(string).since(4).default([])
  }),
  response: struct({
    throttleTimeMs: int32.since(1).default(0),
    errorCode: int16.until(3).default(0),
    errorMessage: string.nullable().since(1).until(3).default(null),
    nodeId: int32.until(3).default(-1),
    host: string.until(3).default(""),
    port: int32.until(3).default(-1),
    coordinators: array(
      struct({
        key: string,
        nodeId: int32,
        host: string,
        port: int32,
        errorCode: int16,
        errorMessage: string.nullable().default(null)
      })
    )
      .since(4)
      .default([])
  })
})
