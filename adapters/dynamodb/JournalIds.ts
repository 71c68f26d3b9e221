import * as Effect from "effect/Effect"
import { compareUtf8 } from "../../core/bytes/index.ts"
import { decoding } from "./Decoding.ts"
import type { RequestFailure } from "./DynamoDbError.ts"
import type { Item } from "./EventItems.ts"
import { idOf } from "./HeadItem.ts"
import { beginningOf, bucketOf, headSortKey } from "./Keys.ts"
import type { TableRequests } from "./TableRequests.ts"

/** The ids of one bucket, in their order, read page by page. */
class BucketCursor {
  readonly #requests: TableRequests
  readonly #pk: string
  readonly #after: string | undefined
  readonly #pageSize: number
  #ids: Array<string> = []
  /** Ids of one shortened beginning, which come in no order, until the last of them is read. */
  #group: Array<string> = []
  #next: Item | undefined
  #isOver = false

  constructor(requests: TableRequests, pk: string, after: string | undefined, pageSize: number) {
    this.#requests = requests
    this.#pk = pk
    this.#after = after
    this.#pageSize = pageSize
  }

  /** The next id, once `fill` has been run; `undefined` when there is none. */
  get first(): string | undefined {
    return this.#ids[0]
  }

  take(): void {
    this.#ids.shift()
  }

  get isEmpty(): boolean {
    return this.#ids.length === 0 && !this.#isOver
  }

  #add(ids: ReadonlyArray<string>): void {
    for (const id of ids) {
      if (this.#after !== undefined && compareUtf8(id, this.#after) <= 0) continue
      const beginning = beginningOf(id)
      const isInGroup = this.#group[0] !== undefined && beginning === beginningOf(this.#group[0])
      if (!isInGroup) this.#release()
      if (beginning === undefined) this.#ids.push(id)
      else this.#group.push(id)
    }
    if (this.#isOver) this.#release()
  }

  #release(): void {
    this.#ids.push(...this.#group.sort(compareUtf8))
    this.#group = []
  }

  /** Reads on until there is an id, or no page is left. */
  fill(): Effect.Effect<void, RequestFailure> {
    const after = this.#after === undefined ? "" : (beginningOf(this.#after) ?? this.#after)
    const range = this.#after === undefined ? "sk >= :after" : "sk > :after"
    const read = Effect.suspend(() =>
      this.#requests.page("ids", {
        pk: this.#pk,
        range,
        values: { ":after": { S: headSortKey(after) } },
        limit: this.#pageSize,
        attributes: "sk, id",
        after: this.#next
      })
    )
    const readOn = Effect.flatMap(read, ({ items, next }) =>
      decoding("ids", `An item of ${this.#pk}`, () => {
        this.#next = next
        this.#isOver = next === undefined
        this.#add(items.map(idOf))
      })
    )
    return Effect.whileLoop({ while: () => this.isEmpty, body: () => readOn, step: () => {} })
  }
}

/**
 * Reads the ids of a topic's journals, in the order of their UTF-8 bytes, from the buckets over which their heads are
 * spread.
 */
export const readIds = (
  requests: TableRequests,
  buckets: number,
  topic: string,
  after: string | undefined,
  limit: number
): Effect.Effect<ReadonlyArray<string>, RequestFailure> =>
  Effect.gen(function* () {
    const ids: Array<string> = []
    if (limit <= 0) return ids
    const pageSize = Math.min(1000, Math.ceil(limit / buckets) + 4)
    const cursors = Array.from(
      { length: buckets },
      (_, bucket) => new BucketCursor(requests, bucketOf(topic, bucket), after, pageSize)
    )
    while (ids.length < limit) {
      const empty = cursors.filter(({ isEmpty }) => isEmpty)
      if (empty.length > 0)
        yield* Effect.forEach(empty, (cursor) => cursor.fill(), { concurrency: "unbounded", discard: true })
      let least: BucketCursor | undefined
      for (const cursor of cursors) {
        if (cursor.first === undefined) continue
        if (least?.first === undefined || compareUtf8(cursor.first, least.first) < 0) least = cursor
      }
      if (least?.first === undefined) return ids
      ids.push(least.first)
      least.take()
    }
    return ids
  })
