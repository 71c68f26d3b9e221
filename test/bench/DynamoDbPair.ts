import {
  type AttributeValue,
  BatchWriteItemCommand,
  DeleteTableCommand,
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ScanCommand
} from "@aws-sdk/client-dynamodb"
import * as Effect from "effect/Effect"
import { openStore } from "../../runtimes/node/index.ts"
import { service } from "../services/index.ts"
import { batchesOfRows, type PairKind, type RowWriter, type RowWriters } from "./StorePair.ts"

type Item = Record<string, AttributeValue>

/** DynamoDB takes so many items in one request; so many requests are on their way. */
const batchItems = 25
const inFlight = 16

const scan = async (client: DynamoDBClient, table: string, topic: string): Promise<ReadonlyArray<Item>> => {
  const items: Array<Item> = []
  let next: Item | undefined
  do {
    const page = await client.send(new ScanCommand({ TableName: table, ExclusiveStartKey: next }))
    for (const item of page.Items ?? []) if (item["pk"]?.S?.split("/")[1] === topic) items.push(item)
    next = page.LastEvaluatedKey
  } while (next !== undefined)
  return items
}

/** Puts items with one request. */
type Put = (client: DynamoDBClient, table: string, items: ReadonlyArray<Item>) => Promise<void>

const putTogether: Put = async (client, table, items) => {
  const requests = items.map((item) => ({ PutRequest: { Item: item } }))
  const command = new BatchWriteItemCommand({ RequestItems: { [table]: requests } })
  const { UnprocessedItems } = await client.send(command)
  if (Object.keys(UnprocessedItems ?? {}).length > 0) throw new Error("DynamoDB has left items undone")
}

const putOne: Put = async (client, table, [item]) => {
  await client.send(new PutItemCommand({ TableName: table, Item: item }))
}

/** Puts items, so many with one request, and as many requests on their way as are sensible. */
const putAll = async (items: ReadonlyArray<Item>, size: number, put: (batch: ReadonlyArray<Item>) => Promise<void>) => {
  let at = 0
  const lane = async (): Promise<void> => {
    while (at < items.length) {
      const batch = items.slice(at, at + size)
      at += batch.length
      await put(batch)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
}

/** What the body of an event holds, behind a byte and the length of the first: its JSON, and its payload. */
const bodyOf = (item: Item): { readonly about: string; readonly payload: string } => {
  const body = Buffer.from(item["body"]?.B ?? [])
  const end = 5 + body.readUInt32BE(1)
  return { about: body.toString("utf8", 5, end), payload: body.toString("utf8", end) }
}

const offsetOf = (item: Item): number => Number(JSON.parse(bodyOf(item).about).offset)

const kindOf = (item: Item): string => item["pk"]?.S?.split("/")[0] ?? ""

const writerOf = async (
  client: DynamoDBClient,
  table: string,
  topic: string,
  ends: ReadonlyArray<number>
): Promise<RowWriters> => {
  const items = await scan(client, table, topic)
  const of = (kind: string): ReadonlyArray<Item> => items.filter((item) => kindOf(item) === kind)
  const id = (item: Item) => (kindOf(item) === "event" ? item["pk"]?.S?.split("/")[2] : item["sk"]?.S?.slice(1))
  const batches = batchesOfRows(of("event"), of("head"), ends, { id, offset: offsetOf })
  const pointers = of("pointer")
  const writer =
    (size: number, put: Put): RowWriter =>
    async (name) => {
      const renamed = (rows: ReadonlyArray<Item>): ReadonlyArray<Item> =>
        rows.map((item) => ({ ...item, pk: { S: (item["pk"]?.S ?? "").replace(topic, name) } }))
      for (const { events, heads } of batches) {
        for (const rows of [events, heads, pointers]) {
          await putAll(renamed(rows), size, (batch) => put(client, table, batch))
        }
      }
    }
  return { together: writer(batchItems, putTogether), byRow: writer(1, putOne) }
}

const queryItems = async (client: DynamoDBClient, table: string, pk: string): Promise<number> => {
  let count = 0
  let next: Item | undefined
  do {
    const { Items, LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: pk } },
        ConsistentRead: true,
        ExclusiveStartKey: next
      })
    )
    for (const item of Items ?? []) JSON.parse(bodyOf(item).payload)
    count += Items?.length ?? 0
    next = LastEvaluatedKey
  } while (next !== undefined)
  return count
}

/** A table of its own in the DynamoDB Local that runs for tests. */
export const dynamoDbPair: PairKind = {
  name: "DynamoDB Local",
  part: 0.1,
  open: Effect.fnUntraced(function* (place: string) {
    const { credentials, endpoint, region } = service("dynamodb")
    const table = `bench_${process.pid}_${place}`
    const address = `dynamodb://${region}/${table}?endpoint=${endpoint}`
    const environment = {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey
    }
    Object.assign(process.env, environment)
    const client = yield* Effect.acquireRelease(
      Effect.sync(() => new DynamoDBClient({ region, endpoint, credentials, maxAttempts: 1 })),
      (made) => Effect.promise(() => made.send(new DeleteTableCommand({ TableName: table })).then(() => made.destroy()))
    )
    return {
      store: yield* openStore(address),
      address,
      environment,
      rowsOf: (topic, ends) => writerOf(client, table, topic, ends),
      query: ({ id, topic }) => queryItems(client, table, `event/${topic}/${id}`)
    }
  })
}
