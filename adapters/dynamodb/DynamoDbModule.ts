import type * as DynamoDbPackage from "@aws-sdk/client-dynamodb"
import * as Effect from "effect/Effect"
import type { JournalStoreError } from "../../core/ports/index.ts"
import { missingDriver } from "../../core/store/index.ts"

/** What this adapter uses of DynamoDB's driver. */
export type DynamoDb = Pick<
  typeof DynamoDbPackage,
  | "BatchWriteItemCommand"
  | "CreateTableCommand"
  | "DescribeTableCommand"
  | "DynamoDBClient"
  | "GetItemCommand"
  | "PutItemCommand"
  | "QueryCommand"
>

/** Loads the driver when a store is opened, so that a program without such a store needs none. */
export const loadDynamoDb: Effect.Effect<DynamoDb, JournalStoreError> = Effect.tryPromise({
  try: () => import("@aws-sdk/client-dynamodb"),
  catch: (cause) => missingDriver("@aws-sdk/client-dynamodb", cause)
})
