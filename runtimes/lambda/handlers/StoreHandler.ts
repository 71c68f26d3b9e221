import type * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { BatchResponse } from "../../../core/lambda/index.ts"
import type { JournalStore } from "../../../core/ports/index.ts"
import type { LambdaContext } from "../LambdaContext.ts"
import { makeReplicatorHandler } from "../ReplicatorHandler.ts"
import type { ReplicatorHandlerOptions } from "../ReplicatorHandler.ts"
import type { Environment } from "./Environment.ts"
import { numberOf, switchOf } from "./Environment.ts"

/** A function of AWS Lambda whose settings were read from its environment. */
export type DeployedHandler = (event: unknown, context: LambdaContext) => Promise<BatchResponse>

const settingsOf = (env: Environment): Omit<ReplicatorHandlerOptions, "store"> => {
  const numbers = {
    largestGap: numberOf(env, "ODRADEK_LARGEST_GAP", 0),
    patienceMs: numberOf(env, "ODRADEK_PATIENCE_MS", 0),
    requestsAtOnce: numberOf(env, "ODRADEK_REQUESTS_AT_ONCE", 1),
    stopBeforeMs: numberOf(env, "ODRADEK_STOP_BEFORE_MS", 0)
  }
  return {
    ...Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined)),
    partialResponses: switchOf(env, "ODRADEK_PARTIAL_RESPONSES", true)
  }
}

/**
 * Makes a function that replicates to a store, with what all stores have in common read from the environment.
 *
 * **Details**
 *
 * `ODRADEK_LARGEST_GAP`, `ODRADEK_PATIENCE_MS`, `ODRADEK_REQUESTS_AT_ONCE`, `ODRADEK_STOP_BEFORE_MS` and
 * `ODRADEK_PARTIAL_RESPONSES` are the options of `makeReplicatorHandler`. After an invocation that threw, the next one opens
 * the store anew, and so finds a password that was changed.
 */
export const storeHandler = (
  env: Environment,
  store: Effect.Effect<JournalStore, unknown, Scope>,
  storeName: string
): DeployedHandler => {
  const handler = makeReplicatorHandler({ ...settingsOf(env), store, storeName })
  return (event, context) =>
    handler(event, context).catch(async (cause: unknown) => {
      await handler.close()
      throw cause
    })
}
