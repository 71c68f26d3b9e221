import { bytes, int16, int64, string, struct } from "../Field.ts"
import { message } from "../Message.ts"

/**
 * Carries what a SASL mechanism says, in both directions (KIP-152).
 *
 * **Details**
 *
 * ```
 * request  v0-1 authBytes:bytes
 *          v2   the same, flexible
 * response v0   errorCode:int16 errorMessage:string? authBytes:bytes
 *          v1   … sessionLifetimeMs:int64
 *          v2   the same, flexible
 * ```
 *
 * After `sessionLifetimeMs` the broker takes nothing more on the connection, 0 for never (KIP-368).
 */
export const SaslAuthenticate = message({
  name: "SaslAuthenticate",
  apiKey: 36,
  advertised: [0, 2],
  flexibleSince: 2,
  request: struct({ authBytes: bytes }),
  response: struct({
    errorCode: int16,
    errorMessage: string.nullable().default(null),
    authBytes: bytes,
    sessionLifetimeMs: int64.since(1).default(0)
  })
})
