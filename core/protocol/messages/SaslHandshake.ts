import { array, int16, string, struct } from "../Field.ts"
import { message } from "../Message.ts"

/**
 * Names the mechanism by which the client will say who it is (KIP-43).
 *
 * **Details**
 *
 * ```
 * request  v0-1 mechanism:string
 * response v0-1 errorCode:int16 mechanisms:[string]
 * ```
 *
 * `mechanisms` are those that the broker offers on this listener. After version 0 what the mechanisms say follows without
 * any protocol around it, after version 1 in `SaslAuthenticate` (KIP-152).
 */
export const SaslHandshake = message({
  name: "SaslHandshake",
  apiKey: 17,
  advertised: [0, 1],
  flexibleSince: Number.POSITIVE_INFINITY,
  request: struct({ mechanism: string }),
  response: struct({ errorCode: int16, mechanisms: array(string) })
})
