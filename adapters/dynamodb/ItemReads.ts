import type { Effect } from "effect/Effect"
import type { RequestFailure, TablePlace } from "./DynamoDbError.ts"
import type { FoundItem, Item } from "./Item.ts"
import type { ItemKey } from "./Keys.ts"

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
  readonly after?: ItemKey | undefined
}

/** Items in the order of their sort keys. `next` is where to go on; without it these were the last. */
export interface ItemPage {
  readonly items: ReadonlyArray<FoundItem>
  readonly next: ItemKey | undefined
}

/**
 * Consistent reads of the items of one table.
 *
 * **Details**
 *
 * A request that was throttled, lost or not answered in time is repeated for as long as that may help. What `get` is told
 * to repeat (`isRepeated`) takes the place of that.
 */
export interface ItemReads {
  readonly place: TablePlace
  readonly get: (
    operation: string,
    key: ItemKey,
    isRepeated?: (failure: RequestFailure) => boolean
  ) => Effect<FoundItem | undefined, RequestFailure>
  readonly page: (operation: string, request: PageRequest) => Effect<ItemPage, RequestFailure>
}

/** DynamoDB counts in 32 bits. */
const greatestLimit = 2 ** 31 - 1

/** The key of an item as an item. */
export const keyItem = ({ pk, sk }: ItemKey): Item => ({ pk: { S: pk }, sk: { S: sk } })

/** The key of an item that was found. */
export const keyOf = ({ pk, sk }: FoundItem): ItemKey => ({ pk: pk?.S ?? "", sk: sk?.S ?? "" })

/** What a consistent read of one item asks of DynamoDB. */
export const getInput = (table: string, key: ItemKey) => ({
  TableName: table,
  Key: keyItem(key),
  ConsistentRead: true
})

/** What a consistent read of a page asks of DynamoDB. */
export const queryInput = (table: string, { after, attributes, filter, limit, pk, range, values }: PageRequest) => ({
  TableName: table,
  KeyConditionExpression: `pk = :pk AND ${range}`,
  ExpressionAttributeValues: { ...values, ":pk": { S: pk } },
  FilterExpression: filter,
  ConsistentRead: true,
  Limit: limit === undefined ? undefined : Math.min(limit, greatestLimit),
  ProjectionExpression: attributes,
  ExclusiveStartKey: after === undefined ? undefined : keyItem(after)
})
