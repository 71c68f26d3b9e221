import type * as DynamoDbPackage from "@aws-sdk/client-dynamodb"
import * as Effect from "effect/Effect"
import { mayPass, persist } from "../../core/store/index.ts"
import { lateRequest, requestFailure, undoneBatch } from "./DynamoDbError.ts"
import type { RequestFailure, TablePlace } from "./DynamoDbError.ts"
import type { DynamoDb } from "./DynamoDbModule.ts"
import type { Item } from "./EventItems.ts"
import type { ItemKey } from "./Keys.ts"

/**
 * How long things may take, in milliseconds: one request (`requestMs`), and a request with all its repetitions
 * (`patienceMs`), to which the last repetition's own time is added.
 */
export interface RequestTimes {
  readonly requestMs: number
  readonly patienceMs: number
}

/** When a write is to be done: an expression of DynamoDB with the names and values that it mentions. */
export interface Condition {
  readonly expression: string
  readonly names?: Record<string, string>
  readonly values?: Item
}

/** Which items to read: those of `pk` whose sort keys fit `range`, an expression over `sk` and `values`. */
export interface PageRequest {
  readonly pk: string
  readonly range: string
  readonly values: Item
  readonly limit?: number | undefined
  /** The attributes that are wanted, of names that DynamoDB does not reserve; all, where it is absent. */
  readonly attributes?: string
  /** Which of these items to answer with, an expression over `values`; the others count for the limit, and cost the same. */
  readonly filter?: string | undefined
  readonly after?: Item | undefined
}

/** Items in the order of their sort keys. `next` is where to go on; without it these were the last. */
export interface ItemPage {
  readonly items: ReadonlyArray<Item>
  readonly next: Item | undefined
}

/** One item to write, or the key of one to remove. */
export type BatchEntry = { readonly put: Item } | { readonly remove: ItemKey }

/** DynamoDB counts in 32 bits. */
const greatestLimit = 2 ** 31 - 1

const keyItem = ({ pk, sk }: ItemKey): Item => ({ pk: { S: pk }, sk: { S: sk } })

const writeRequest = (entry: BatchEntry): DynamoDbPackage.WriteRequest =>
  "put" in entry ? { PutRequest: { Item: entry.put } } : { DeleteRequest: { Key: keyItem(entry.remove) } }

/**
 * Requests about the items of one table.
 *
 * **Details**
 *
 * All reads are consistent. A request that was throttled, lost or not answered in time is repeated; the driver repeats
 * nothing by itself. An interrupted request is aborted.
 */
export class TableRequests {
  readonly place: TablePlace
  readonly #client: DynamoDbPackage.DynamoDBClient
  readonly #module: DynamoDb
  readonly #times: RequestTimes

  constructor(module: DynamoDb, client: DynamoDbPackage.DynamoDBClient, place: TablePlace, times: RequestTimes) {
    this.#module = module
    this.#client = client
    this.#times = times
    this.place = place
  }

  get #table(): { readonly TableName: string } {
    return { TableName: this.place.table }
  }

  /** One request, not repeated. */
  #once<A>(
    operation: string,
    send: (client: DynamoDbPackage.DynamoDBClient, signal: AbortSignal) => Promise<A>
  ): Effect.Effect<A, RequestFailure> {
    const { requestMs } = this.#times
    return Effect.timeoutOrElse(
      Effect.tryPromise({
        try: (signal) => send(this.#client, signal),
        catch: (cause) => requestFailure(operation, this.place, cause)
      }),
      { duration: requestMs, orElse: () => Effect.fail(lateRequest(operation, this.place, requestMs)) }
    )
  }

  /** Repeats a request for as long as that may help. */
  persist<A>(
    request: Effect.Effect<A, RequestFailure>,
    patienceMs = this.#times.patienceMs,
    isRepeated = mayPass
  ): Effect.Effect<A, RequestFailure> {
    return persist(request, patienceMs, isRepeated)
  }

  get(operation: string, key: ItemKey, isRepeated = mayPass): Effect.Effect<Item | undefined, RequestFailure> {
    const command = new this.#module.GetItemCommand({ ...this.#table, Key: keyItem(key), ConsistentRead: true })
    const send = this.#once(operation, (client, abortSignal) => client.send(command, { abortSignal }))
    return this.persist(
      Effect.map(send, ({ Item }) => Item),
      this.#times.patienceMs,
      isRepeated
    )
  }

  page(operation: string, request: PageRequest): Effect.Effect<ItemPage, RequestFailure> {
    const { after, attributes, filter, limit, pk, range, values } = request
    const command = new this.#module.QueryCommand({
      ...this.#table,
      KeyConditionExpression: `pk = :pk AND ${range}`,
      ExpressionAttributeValues: { ...values, ":pk": { S: pk } },
      FilterExpression: filter,
      ConsistentRead: true,
      Limit: limit === undefined ? undefined : Math.min(limit, greatestLimit),
      ProjectionExpression: attributes,
      ExclusiveStartKey: after
    })
    const send = this.#once(operation, (client, abortSignal) => client.send(command, { abortSignal }))
    return this.persist(
      Effect.map(send, ({ Items, LastEvaluatedKey }) => ({ items: Items ?? [], next: LastEvaluatedKey }))
    )
  }

  /** Writes an item if the condition holds; otherwise fails with `Condition`. */
  put(operation: string, item: Item, condition: Condition): Effect.Effect<void, RequestFailure> {
    const command = new this.#module.PutItemCommand({
      ...this.#table,
      Item: item,
      ConditionExpression: condition.expression,
      ExpressionAttributeNames: condition.names,
      ExpressionAttributeValues: condition.values
    })
    const send = this.#once(operation, (client, abortSignal) => client.send(command, { abortSignal }))
    return this.persist(Effect.asVoid(send))
  }

  /** Writes and removes up to 25 items, in no order. What DynamoDB leaves undone is asked for again. */
  batch(operation: string, entries: ReadonlyArray<BatchEntry>): Effect.Effect<void, RequestFailure> {
    return Effect.suspend(() => {
      let rest: Array<DynamoDbPackage.WriteRequest> = entries.map(writeRequest)
      const send = Effect.suspend(() => {
        const command = new this.#module.BatchWriteItemCommand({ RequestItems: { [this.place.table]: rest } })
        return this.#once(operation, (client, abortSignal) => client.send(command, { abortSignal }))
      })
      const round = Effect.flatMap(send, ({ UnprocessedItems }) => {
        const undone = UnprocessedItems?.[this.place.table] ?? []
        if (undone.length === 0) return Effect.void
        rest = undone
        return Effect.fail(undoneBatch(operation, this.place))
      })
      return this.persist(round)
    })
  }

  /** The table as it is; not repeated where there is none. */
  describe(operation: string): Effect.Effect<DynamoDbPackage.TableDescription | undefined, RequestFailure> {
    const command = new this.#module.DescribeTableCommand(this.#table)
    const send = this.#once(operation, (client, abortSignal) => client.send(command, { abortSignal }))
    return this.persist(Effect.map(send, ({ Table }) => Table))
  }

  /** Asks for the table to be made, with the keys of `ItemKey` and billed by request. */
  create(operation: string): Effect.Effect<void, RequestFailure> {
    const command = new this.#module.CreateTableCommand({
      ...this.#table,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" }
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" }
      ]
    })
    const send = this.#once(operation, (client, abortSignal) => client.send(command, { abortSignal }))
    return this.persist(Effect.asVoid(send))
  }
}
