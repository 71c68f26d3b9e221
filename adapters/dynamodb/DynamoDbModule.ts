import * as Effect from "effect/Effect"
import type { JournalStoreError } from "../../core/ports/index.ts"
import { missingDriver } from "../../core/store/index.ts"
import type * as Driver from "./DynamoDbDriver.ts"

/** What this adapter uses of DynamoDB's driver. */
export type DynamoDb = typeof Driver

/** Loads the driver when a store is opened, so that a program without such a store needs none. */
export const loadDynamoDb: Effect.Effect<DynamoDb, JournalStoreError> = Effect.tryPromise({
  try: () => import("./DynamoDbDriver.ts"),
  catch: (cause) => missingDriver("@aws-sdk/client-dynamodb", cause)
})
