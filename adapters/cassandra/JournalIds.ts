import * as Effect from "effect/Effect"
import { compareUtf8 } from "../../core/bytes/index.ts"
import type { ExpiredRequest, ExpiringJournal } from "../../core/ports/index.ts"
import type { RequestFailure } from "./CassandraError.ts"
import { integer, optionalShown, text } from "./Columns.ts"
import type { Context } from "./Context.ts"
import { decoding } from "./Decoding.ts"
import { headSegmentOf, headSegments, oldHeadSegments } from "./Segments.ts"

/** What is read of each head. */
interface Found {
  readonly id: string
  readonly segment: number
  readonly expireOn: string | undefined
}

/** Ids of a class in order, and where to go on; without `next` the class has no more. */
interface Round {
  readonly found: ReadonlyArray<Found>
  readonly next: string | undefined
}

/** How many classes are looked at together while nothing is found. */
const atOnce = 8

/** The most ids that are read at once of each partition. */
const mostIds = 1000

/** The partitions whose numbers have one remainder: an id is in one of them, in whichever of its two places it is. */
const segmentsOf = (remainder: number): Array<bigint> =>
  Array.from({ length: headSegments / oldHeadSegments }, (_, at) => BigInt(remainder + at * oldHeadSegments))

const readRound = (
  { requests, statements }: Context,
  operation: string,
  topic: string,
  remainder: number,
  after: string | undefined,
  perSegment: number
): Effect.Effect<Round, RequestFailure> => {
  const query = after === undefined ? statements.selectIdsFrom : statements.selectIdsAfter
  const rows = requests.rows(operation, { query, params: [topic, segmentsOf(remainder), after ?? "", perSegment] })
  return Effect.flatMap(rows, (all) =>
    decoding(operation, `A head of topic ${topic}`, () => {
      const heads = all.map((row): Found => ({
        id: text(row, "id"),
        segment: integer(row, "segment"),
        expireOn: optionalShown(row, "expire_on")
      }))
      const counts = new Map<number, { count: number; last: string }>()
      for (const { id, segment } of heads)
        counts.set(segment, { count: (counts.get(segment)?.count ?? 0) + 1, last: id })
      let bound: string | undefined
      for (const { count, last } of counts.values()) {
        if (count === perSegment && (bound === undefined || compareUtf8(last, bound) < 0)) bound = last
      }
      const within = bound === undefined ? heads : heads.filter(({ id }) => compareUtf8(id, bound) <= 0)
      return { found: distinct(within), next: bound }
    })
  )
}

/** In the order of ids; of two heads of one journal the one in the newer place counts. */
const distinct = (heads: ReadonlyArray<Found>): ReadonlyArray<Found> => {
  const byId = new Map<string, Found>()
  for (const head of heads) {
    if (!byId.has(head.id) || head.segment === headSegmentOf(head.id, headSegments)) byId.set(head.id, head)
  }
  return [...byId.values()].sort((one, other) => compareUtf8(one.id, other.id))
}

/**
 * Pages through the heads of a topic that `keep` makes something of.
 *
 * **Details**
 *
 * The order is that of the old place of the head, of which there are 100, and then of the UTF-8 bytes of the id: it
 * depends on the id alone, and each of the 100 has the heads of 100 partitions, which one request reads. A topic has at
 * least 100 requests from its beginning to its end.
 */
const pageHeads = Effect.fnUntraced(function* <A>(
  context: Context,
  operation: string,
  topic: string,
  after: string | undefined,
  limit: number,
  perSegment: number,
  keep: (found: Found) => A | undefined
): Effect.fn.Return<ReadonlyArray<A>, RequestFailure> {
  const kept: Array<A> = []
  if (limit <= 0) return kept
  let remainder = after === undefined ? 0 : headSegmentOf(after, oldHeadSegments)
  let from = after
  let width = 1
  while (remainder < oldHeadSegments) {
    const first = remainder
    const length = Math.min(width, oldHeadSegments - first)
    const rounds = yield* Effect.forEach(
      Array.from({ length }, (_, at) => first + at),
      (each) => readRound(context, operation, topic, each, each === first ? from : undefined, perSegment),
      { concurrency: length }
    )
    width = rounds.every(({ found }) => found.length === 0) ? Math.min(2 * width, atOnce) : 1
    from = undefined
    for (const { found, next } of rounds) {
      for (const each of found) {
        const one = keep(each)
        if (one !== undefined && kept.push(one) === limit) return kept
      }
      if (next !== undefined) {
        from = next
        break
      }
      remainder++
    }
  }
  return kept
})

/** Reads the ids of a topic's journals. */
export const readIds = (
  context: Context,
  topic: string,
  after: string | undefined,
  limit: number
): Effect.Effect<ReadonlyArray<string>, RequestFailure> => {
  const perSegment = Math.min(mostIds, Math.ceil(limit / (headSegments / oldHeadSegments)) + 4)
  return pageHeads(context, "ids", topic, after, limit, perSegment, ({ id }) => id)
}

/** Reads which of a topic's journals have expired; all heads of the topic are looked at. */
export const readExpired = (
  context: Context,
  { after, limit, onOrBefore, topic }: ExpiredRequest
): Effect.Effect<ReadonlyArray<ExpiringJournal>, RequestFailure> =>
  pageHeads(context, "expired", topic, after?.id, limit, 100, ({ expireOn, id }) =>
    expireOn !== undefined && expireOn <= onOrBefore ? { id, expireOn } : undefined
  )
