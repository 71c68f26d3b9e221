import * as Effect from "effect/Effect"
import type { EventRecord, EventsRequest, JournalHead } from "../../core/ports/index.ts"
import { journalName } from "../../core/store/index.ts"
import { refusal } from "./CassandraError.ts"
import type { RequestFailure } from "./CassandraError.ts"
import type { Context } from "./Context.ts"
import { decoding } from "./Decoding.ts"
import { eventOf, incarnationOf as incarnationOfRow } from "./EventRow.ts"
import { filledSegments, lookedAtOnce } from "./FilledSegments.ts"
import { incarnationOf } from "./HeadRow.ts"
import { layoutFor, readHead } from "./Heads.ts"
import { emptySegments, segmentOf } from "./Segments.ts"

/** How many rows one request reads at most. */
const pageRows = 1000

/** How many segments of a journal are read at once. */
const atOnce = 32

/** Adds an event; of two of one number the first in the log stays, as in core's fold. */
const addEvent = (events: Array<EventRecord>, event: EventRecord): void => {
  const last = events.at(-1)
  if (last?.seqNr !== event.seqNr) events.push(event)
  else if (event.offset < last.offset) events[events.length - 1] = event
}

/**
 * Reads the events of one segment, at most `limit` of them.
 *
 * **Details**
 *
 * One more is read than is wanted, since the last one may have a second row.
 */
const readSegment = Effect.fnUntraced(function* (
  { requests, statements }: Context,
  { from, key, to }: EventsRequest,
  incarnation: string | undefined,
  segment: number,
  limit: number
): Effect.fn.Return<ReadonlyArray<EventRecord>, RequestFailure> {
  const events: Array<EventRecord> = []
  const params = [key.id, key.topic, BigInt(segment), BigInt(from), BigInt(to)]
  let after: string | undefined
  do {
    const size = Math.min(limit - events.length, pageRows) + 1
    const page = yield* requests.page("events", { query: statements.selectEvents, params }, { size, after })
    yield* decoding("events", `An event of ${journalName(key)}`, () => {
      for (const row of page.rows) {
        if (incarnation === undefined || incarnationOfRow(row) === incarnation) addEvent(events, eventOf(row))
      }
    })
    after = page.next
  } while (after !== undefined && events.length <= limit)
  return events.slice(0, limit)
})

const tooWide = ({ from, key, to }: EventsRequest, head: JournalHead): RequestFailure =>
  refusal(
    "Failed",
    "events",
    `${emptySegments} segments in a row of ${journalName(key)} have no event, though its head promises some up to ` +
      `${Math.min(to, head.seqNr)}: read from a number beyond ${from}, or copy the journal with a greater segment size.`
  )

/**
 * The next segment from `first` to `last` that has rows, as far as is looked; `last + 1` where there is none.
 */
const nextFilled = Effect.fnUntraced(function* (
  context: Context,
  request: EventsRequest,
  head: JournalHead | undefined,
  first: number,
  last: number,
  segmentSize: number
): Effect.fn.Return<number, RequestFailure> {
  const end = Math.min(last, first + emptySegments - 1)
  for (let start = first; start <= end; start += lookedAtOnce) {
    const length = Math.min(lookedAtOnce, end - start + 1)
    const [found] = yield* filledSegments(context, "events", request.key, start, length)
    if (found !== undefined) return found
  }
  if (end < last && head !== undefined && segmentOf(Math.max(head.seqNr, 1), segmentSize) > end) {
    return yield* Effect.fail(tooWide(request, head))
  }
  return last + 1
})

/**
 * Reads events in the order of their numbers, segment by segment, several at once where each has few.
 *
 * **Details**
 *
 * Where the head has a record id, only rows of that incarnation count. Segments without an event are passed over, up to
 * 1000 in a row: beyond that the read fails where the head promises more, and ends where it does not.
 */
export const readEvents = Effect.fnUntraced(function* (
  context: Context,
  request: EventsRequest
): Effect.fn.Return<ReadonlyArray<EventRecord>, RequestFailure> {
  const events: Array<EventRecord> = []
  const { from, key, limit, to } = request
  if (from > to || limit <= 0) return events
  const head =
    request.head?.layout === undefined ? ((yield* readHead(context, "events", key)) ?? request.head) : request.head
  const incarnation = incarnationOf(head)
  const { segmentSize } = layoutFor(context, head)
  const last = segmentOf(to, segmentSize)
  let next = segmentOf(from, segmentSize)
  while (next <= last && events.length < limit) {
    const length = Math.min(Math.ceil((limit - events.length) / segmentSize), atOnce, last - next + 1)
    const first = next
    const found = yield* Effect.forEach(
      Array.from({ length }, (_, at) => first + at),
      (segment) => readSegment(context, request, incarnation, segment, limit - events.length),
      { concurrency: length }
    )
    next += length
    for (const each of found) for (const event of each) if (events.length < limit) events.push(event)
    if (next <= last && found.every((each) => each.length === 0)) {
      next = yield* nextFilled(context, request, head, next, last, segmentSize)
    }
  }
  return events
})
