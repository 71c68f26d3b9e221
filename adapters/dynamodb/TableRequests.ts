import type * as DynamoDbPackage from "@aws-sdk/client-dynamodb"
import * as Effect from "effect/Effect"
import { mayPass, persist } from "../../core/store/index.ts"
import { lateRequest, requestFailure, undoneBatch } from "./DynamoDbError.ts"
import type { RequestFailure, TablePlace } from "./DynamoDbError.ts"
import type { DynamoDb } from "./DynamoDbModule.ts"
import type { FoundItem, Item } from "./Item.ts"
import { getInput, keyItem, keyOf, queryInput } from "./ItemReads.ts"
import type { ItemPage, ItemReads, PageRequest } from "./ItemReads.ts"
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

/** Does something else where a condition does not hold. */
export const unless = (
  request: Effect.Effect<void, RequestFailure>,
  failure: Effect.Effect<void, RequestFailure>
): Effect.Effect<void, RequestFailure> =>
  Effect.catchIf(
    request,
    ({ kind }) => kind === "Condition",
    () => failure
  )

/** One item to write, or the key of one to remove. */
export type BatchEntry = { readonly put: Item } | { readonly remove: ItemKey }

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
export class TableRequests implements ItemReads {
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
    isRepeated: (failure: RequestFailure) => boolean = mayPass
  ): Effect.Effect<A, RequestFailure> {
    return persist(request, patienceMs, isRepeated)
  }

  get(
    operation: string,
    key: ItemKey,
    isRepeated: (failure: RequestFailure) => boolean = mayPass
  ): Effect.Effect<FoundItem | undefined, RequestFailure> {
    const command = new this.#module.GetItemCommand(getInput(this.place.table, key))
    const send = this.#once(operation, (client, abortSignal) => client.send(command, { abortSignal }))
    return this.persist(
      Effect.map(send, ({ Item }) => Item),
      this.#times.patienceMs,
      isRepeated
    )
  }

  /** Reads up to 100 items, in no order; those that are not there are left out. What DynamoDB leaves unread is asked for again. */
  getAll(operation: string, keys: ReadonlyArray<ItemKey>): Effect.Effect<ReadonlyArray<FoundItem>, RequestFailure> {
    return Effect.suspend(() => {
      const { table } = this.place
      const items: Array<FoundItem> = []
      let rest: Array<Record<string, DynamoDbPackage.AttributeValue>> = keys.map(keyItem)
      const send = Effect.suspend(() => {
        const command = new this.#module.BatchGetItemCommand({
          RequestItems: { [table]: { Keys: rest, ConsistentRead: true } }
        })
        return this.#once(operation, (client, abortSignal) => client.send(command, { abortSignal }))
      })
      const round = Effect.flatMap(send, ({ Responses, UnprocessedKeys }) => {
        for (const item of Responses?.[table] ?? []) items.push(item)
        rest = UnprocessedKeys?.[table]?.Keys ?? []
        return rest.length === 0 ? Effect.succeed(items) : Effect.fail(undoneBatch(operation, this.place))
      })
      return this.persist(round)
    })
  }

  page(operation: string, request: PageRequest): Effect.Effect<ItemPage, RequestFailure> {
    const command = new this.#module.QueryCommand(queryInput(this.place.table, request))
    const send = this.#once(operation, (client, abortSignal) => client.send(command, { abortSignal }))
    return this.persist(
      Effect.map(send, ({ Items, LastEvaluatedKey }) => ({
        items: Items ?? [],
        next: LastEvaluatedKey === undefined ? undefined : keyOf(LastEvaluatedKey)
      }))
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
