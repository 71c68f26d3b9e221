import * as Effect from "effect/Effect"
import type { WriteStep } from "../../core/ports/index.ts"
import type { RequestFailure } from "./DynamoDbError.ts"
import { isFirst, itemsOf } from "./EventItems.ts"
import type { FoundItem } from "./Item.ts"
import { eventPlace, eventRange, eventsOf, incarnationOf } from "./Keys.ts"
import type { ItemKey } from "./Keys.ts"
import type { BatchEntry, TableRequests } from "./TableRequests.ts"

/** DynamoDB takes so many items in one batch. */
const batchItems = 25

/** More bytes than this are not asked for in one batch, so that each is answered in time. */
const batchBytes = 1024 * 1024

/** How many batches of one write are under way at once. */
const batchesAtOnce = 16

const bytesOf = (entry: BatchEntry): number => ("put" in entry ? (entry.put["body"]?.B?.length ?? 0) : 0)

const batchesOf = (entries: ReadonlyArray<BatchEntry>): ReadonlyArray<ReadonlyArray<BatchEntry>> => {
  const batches: Array<Array<BatchEntry>> = []
  let batch: Array<BatchEntry> = []
  let bytes = 0
  for (const entry of entries) {
    const more = bytesOf(entry)
    if (batch.length === batchItems || (batch.length > 0 && bytes + more > batchBytes)) {
      batches.push(batch)
      batch = []
      bytes = 0
    }
    batch.push(entry)
    bytes += more
  }
  if (batch.length > 0) batches.push(batch)
  return batches
}

const writeAll = (requests: TableRequests, entries: ReadonlyArray<BatchEntry>): Effect.Effect<void, RequestFailure> =>
  Effect.forEach(batchesOf(entries), (batch) => requests.batch("write", batch), {
    concurrency: batchesAtOnce,
    discard: true
  })

/**
 * Writes events of some journals, each in its items, the first item of each after its others.
 *
 * **Details**
 *
 * The requests of one write are in no order but that; a reader goes by the head, which is written after all of them.
 */
export const putEvents = (
  requests: TableRequests,
  steps: ReadonlyArray<Extract<WriteStep, { readonly _tag: "PutEvents" }>>
): Effect.Effect<void, RequestFailure> =>
  Effect.suspend(() => {
    const items = steps.flatMap(({ events, head, key }) => {
      const distinct = new Map(events.map((event) => [event.seqNr, event]))
      return [...distinct.values()].flatMap((event) => itemsOf(key, head.recordId, event))
    })
    const others = items.filter((item) => !isFirst(item))
    const firsts = items.filter(isFirst)
    return Effect.andThen(
      writeAll(
        requests,
        others.map((put) => ({ put }))
      ),
      writeAll(
        requests,
        firsts.map((put) => ({ put }))
      )
    )
  })

/** Removes events of one incarnation, the first item of each before its others. */
export const removeEvents = (
  requests: TableRequests,
  { from, head, key, to }: Extract<WriteStep, { readonly _tag: "RemoveEvents" }>
): Effect.Effect<void, RequestFailure> =>
  Effect.gen(function* () {
    if (from > to) return
    const pk = eventsOf(key)
    const [first, last] = eventRange(from, to)
    const incarnation = incarnationOf(head.recordId)
    const isMeant = ({ sk }: FoundItem): boolean => eventPlace(sk?.S ?? "")?.incarnation === incarnation
    let after: ItemKey | undefined
    do {
      const page = yield* requests.page("write", {
        pk,
        range: "sk BETWEEN :first AND :last",
        values: { ":first": { S: first }, ":last": { S: last } },
        attributes: "sk",
        after
      })
      const meant = page.items.filter(isMeant)
      const remove = (item: FoundItem): BatchEntry => ({ remove: { pk, sk: item["sk"]?.S ?? "" } })
      yield* writeAll(requests, meant.filter(isFirst).map(remove))
      yield* writeAll(requests, meant.filter((item) => !isFirst(item)).map(remove))
      after = page.next
    } while (after !== undefined)
  })
