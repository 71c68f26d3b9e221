import "./NodeConditions.ts"
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand
} from "@aws-sdk/client-dynamodb"
import type { AttributeValue } from "@aws-sdk/client-dynamodb"
import dynalite from "dynalite"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"

/** A DynamoDB to test against, which believes any credentials. */
export interface LocalDynamoDb {
  readonly endpoint: string
  readonly region: string
}

const start = async () => {
  const server = dynalite({ createTableMs: 20 })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return server
}

/** Starts a DynamoDB in this process, which ends with the scope. */
export const localDynamoDb: Effect.Effect<LocalDynamoDb, never, Scope> = Effect.map(
  Effect.acquireRelease(Effect.promise(start), (server) =>
    Effect.promise(async () => {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    })
  ),
  (server) => ({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, region: "eu-west-1" })
)

/** A client of it, for what a test looks at or interferes with. */
export const clientOf = ({ endpoint, region }: LocalDynamoDb): Effect.Effect<DynamoDBClient, never, Scope> =>
  Effect.acquireRelease(
    Effect.sync(
      () =>
        new DynamoDBClient({
          region,
          endpoint,
          maxAttempts: 1,
          credentials: { accessKeyId: "local", secretAccessKey: "local" }
        })
    ),
    (client) => Effect.sync(() => client.destroy())
  )

/** Everything that a table holds. */
export const scan = async (
  client: DynamoDBClient,
  table: string
): Promise<ReadonlyArray<Record<string, AttributeValue>>> => {
  const found: Array<Record<string, AttributeValue>> = []
  let next: Record<string, AttributeValue> | undefined
  do {
    const page = await client.send(new ScanCommand({ TableName: table, ExclusiveStartKey: next }))
    found.push(...(page.Items ?? []))
    next = page.LastEvaluatedKey
  } while (next !== undefined)
  return found
}

/** Makes a table with these keys, of texts. */
export const makeTable = async (
  client: DynamoDBClient,
  table: string,
  [hash, range]: readonly [string, string]
): Promise<void> => {
  await client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [hash, range].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
      KeySchema: [
        { AttributeName: hash, KeyType: "HASH" },
        { AttributeName: range, KeyType: "RANGE" }
      ]
    })
  )
  let status: string | undefined
  do status = (await client.send(new DescribeTableCommand({ TableName: table }))).Table?.TableStatus
  while (status !== "ACTIVE")
}

/** Writes an item past the store. */
export const putItem = async (
  client: DynamoDBClient,
  table: string,
  item: Record<string, AttributeValue>
): Promise<void> => {
  await client.send(new PutItemCommand({ TableName: table, Item: item }))
}
