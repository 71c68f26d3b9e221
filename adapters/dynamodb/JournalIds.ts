import * as Effect from "effect/Effect"
import { compareUtf8 } from "../../core/bytes/index.ts"
import type { ExpiredRequest, ExpiringJournal } from "../../core/ports/index.ts"
import { decoding } from "./Decoding.ts"
import type { RequestFailure } from "./DynamoDbError.ts"
import { expiringOf, idOf } from "./HeadItem.ts"
import type { FoundItem, Item } from "./Item.ts"
import type { ItemReads } from "./ItemReads.ts"
import type { ItemKey } from "./Keys.ts"
import { bucketOf, headSortKey, sharedBeginningOf } from "./Keys.ts"

/** A journal, as far as is asked for. */
interface Found {
  readonly id: string
}

/**
 * What to read of each head, and which heads to tell of: `filter` is an expression over `values`. `pageSize` bounds how
 * many heads of a bucket are read at once.
 */
interface Question<A extends Found> {
  readonly operation: string
  readonly after: string | undefined
  readonly pageSize: number
  readonly attributes: string
  readonly filter?: string
  readonly values: Item
  readonly decode: (item: FoundItem) => A
}

const compareFound = (one: Found, other: Found): number => compareUtf8(one.id, other.id)

/** The journals of one bucket that are asked for, in the order of their ids, read page by page. */
class BucketCursor<A extends Found> {
  readonly #requests: ItemReads
  readonly #pk: string
  readonly #question: Question<A>
  #found: Array<A> = []
  /** Those whose ids have one shortened beginning, which come in no order, until the last of them is read. */
  #group: Array<A> = []
  #next: ItemKey | undefined
  #isOver = false

  constructor(requests: ItemReads, pk: string, question: Question<A>) {
    this.#requests = requests
    this.#pk = pk
    this.#question = question
  }

  /** The next one, once `fill` has been run; `undefined` when there is none. */
  get first(): A | undefined {
    return this.#found[0]
  }

  take(): void {
    this.#found.shift()
  }

  get isEmpty(): boolean {
    return this.#found.length === 0 && !this.#isOver
  }

  #add(page: ReadonlyArray<A>): void {
    const { after } = this.#question
    for (const found of page) {
      if (after !== undefined && compareUtf8(found.id, after) <= 0) continue
      const beginning = sharedBeginningOf(found.id)
      const isInGroup = this.#group[0] !== undefined && beginning === sharedBeginningOf(this.#group[0].id)
      if (!isInGroup) this.#release()
      if (beginning === undefined) this.#found.push(found)
      else this.#group.push(found)
    }
    if (this.#isOver) this.#release()
  }

  #release(): void {
    this.#found.push(...this.#group.sort(compareFound))
    this.#group = []
  }

  /** Reads on until there is one, or no page is left. */
  fill(): Effect.Effect<void, RequestFailure> {
    const { after, attributes, decode, filter, operation, pageSize, values } = this.#question
    const beginning = after === undefined ? "" : (sharedBeginningOf(after) ?? after)
    const read = Effect.suspend(() =>
      this.#requests.page(operation, {
        pk: this.#pk,
        range: after === undefined ? "sk >= :after" : "sk > :after",
        values: { ...values, ":after": { S: headSortKey(beginning) } },
        limit: pageSize,
        attributes,
        filter,
        after: this.#next
      })
    )
    const readOn = Effect.flatMap(read, ({ items, next }) =>
      decoding(operation, `An item of ${this.#pk}`, () => {
        this.#next = next
        this.#isOver = next === undefined
        this.#add(items.map(decode))
      })
    )
    return Effect.whileLoop({ while: () => this.isEmpty, body: () => readOn, step: () => {} })
  }
}

/** Merges the buckets over which the heads of a topic are spread. */
const readHeads = <A extends Found>(
  requests: ItemReads,
  buckets: number,
  topic: string,
  limit: number,
  question: Question<A>
): Effect.Effect<ReadonlyArray<A>, RequestFailure> =>
  Effect.gen(function* () {
    const found: Array<A> = []
    if (limit <= 0) return found
    const cursors = Array.from(
      { length: buckets },
      (_, bucket) => new BucketCursor(requests, bucketOf(topic, bucket), question)
    )
    while (found.length < limit) {
      const empty = cursors.filter(({ isEmpty }) => isEmpty)
      if (empty.length > 0)
        yield* Effect.forEach(empty, (cursor) => cursor.fill(), { concurrency: "unbounded", discard: true })
      let least: BucketCursor<A> | undefined
      for (const cursor of cursors) {
        if (cursor.first === undefined) continue
        if (least?.first === undefined || compareFound(cursor.first, least.first) < 0) least = cursor
      }
      if (least?.first === undefined) return found
      found.push(least.first)
      least.take()
    }
    return found
  })

/** The most heads that are read at once from a bucket. */
const longestPage = 1000

/** Reads the ids of a topic's journals, in the order of their UTF-8 bytes. */
export const readIds = (
  requests: ItemReads,
  buckets: number,
  topic: string,
  after: string | undefined,
  limit: number
): Effect.Effect<ReadonlyArray<string>, RequestFailure> => {
  const heads = readHeads(requests, buckets, topic, limit, {
    operation: "ids",
    after,
    pageSize: Math.min(longestPage, Math.ceil(limit / buckets) + 4),
    attributes: "sk, id",
    filter: "attribute_not_exists(purged)",
    values: {},
    decode: (item) => ({ id: idOf(item) })
  })
  return Effect.map(heads, (found) => found.map(({ id }) => id))
}

/**
 * Reads which of a topic's journals have expired, in the order of their ids.
 *
 * **Details**
 *
 * DynamoDB passes over the heads that do not fit, and counts them as read: an index over dates would cost a write
 * whenever a journal that expires is appended to, which is many times for each time that this is asked.
 */
export const readExpired = (
  requests: ItemReads,
  buckets: number,
  { after, limit, onOrBefore, topic }: ExpiredRequest
): Effect.Effect<ReadonlyArray<ExpiringJournal>, RequestFailure> =>
  readHeads(requests, buckets, topic, limit, {
    operation: "expired",
    after: after?.id,
    pageSize: longestPage,
    attributes: "sk, id, expireOn",
    filter: "expireOn <= :onOrBefore",
    values: { ":onOrBefore": { S: onOrBefore } },
    decode: expiringOf
  })
