import * as Effect from "effect/Effect"
import type { EventRecord, EventsRequest, JournalHead } from "../../core/ports/index.ts"
import { refusal } from "./CassandraError.ts"
import type { RequestFailure } from "./CassandraError.ts"
import type { Context } from "./Context.ts"
import { decoding } from "./Decoding.ts"
import { eventOf, incarnationOf as incarnationOfRow } from "./EventRow.ts"
import { incarnationOf } from "./HeadRow.ts"
import { journalName, layoutFor, readHead } from "./Heads.ts"
import { segmentOf } from "./Segments.ts"

/** How many rows one request reads at most. */
const pageRows = 1000

/** How many segments of a journal are read at once. */
const atOnce = 32

/** How many segments in a row a read looks through that have no event of the journal. */
export const emptySegments = 1000

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

const tooWide = ({ key, to }: EventsRequest, head: JournalHead, from: number): RequestFailure =>
  refusal(
    "Failed",
    "events",
    `${emptySegments} segments in a row of ${journalName(key)} have no event, though its head promises some up to ` +
      `${Math.min(to, head.seqNr)}: read from a number beyond ${from}, or copy the journal with a greater segment size.`
  )

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
  let empty = 0
  while (next <= last && events.length < limit) {
    const wanted = Math.max(Math.ceil((limit - events.length) / segmentSize), 2 * empty)
    const length = Math.min(wanted, atOnce, last - next + 1)
    const first = next
    const segments = Array.from({ length }, (_, at) => first + at)
    const found = yield* Effect.forEach(
      segments,
      (segment) => readSegment(context, request, incarnation, segment, limit - events.length),
      { concurrency: length }
    )
    const before = events.length
    for (const each of found) for (const event of each) if (events.length < limit) events.push(event)
    empty = events.length > before ? 0 : empty + length
    next += length
    if (empty >= emptySegments && next <= last) {
      if (head !== undefined && segmentOf(Math.max(head.seqNr, 1), segmentSize) >= next) {
        return yield* Effect.fail(tooWide(request, head, from))
      }
      return events
    }
  }
  return events
})
