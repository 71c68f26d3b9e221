import type * as Effect from "effect/Effect"
import type { Message } from "../protocol/index.ts"
import type { ClientFailure } from "./ClientFailure.ts"

/** Sends a request to a broker, in the latest version that both know, and waits so many milliseconds for its answer. */
export type SendRequest = <M extends Message>(
  message: M,
  body: M["request"]["Input"],
  timeoutMs: number
) => Effect.Effect<M["response"]["Type"], ClientFailure>
