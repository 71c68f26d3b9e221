import * as Effect from "effect/Effect"
import type { EventRecord, JournalKey, WriteStep } from "../../core/ports/index.ts"
import type { RequestFailure } from "./CassandraError.ts"
import { nextStamp } from "./Context.ts"
import type { Context } from "./Context.ts"
import type { Bound } from "./CqlRequests.ts"
import { eventValues } from "./EventRow.ts"
import { filledSegments, lookedAtOnce } from "./FilledSegments.ts"
import { incarnationOf } from "./HeadRow.ts"
import { layoutFor } from "./Heads.ts"
import { emptySegments, segmentOf } from "./Segments.ts"

type PutEvents = Extract<WriteStep, { readonly _tag: "PutEvents" }>

/** The most rows, and about the most bytes, that one request writes. Their partition is one, so that it takes them whole. */
const batchRows = 100
const batchBytes = 512 * 1024

/** How many requests of one write are under way at once. */
const atOnce = 8

/** A removal of more segments than this looks which of them have rows, from the last one down. */
const mostSegments = 10_000

const payloadBytes = ({ payload }: EventRecord): number => {
  if (payload === undefined) return 0
  return payload._tag === "Binary" ? payload.bytes.length : payload.text.length
}

/** About how many bytes a row takes: what a record says of itself is written with each of its events. */
const bytesOf = (event: EventRecord): number => {
  const { headers, metadata, tags } = event
  let bytes = payloadBytes(event) + (metadata.header?.length ?? 0) + (metadata.payload?.length ?? 0)
  for (const tag of tags) bytes += tag.length
  for (const [name, value] of headers) bytes += name.length + value.length
  return bytes
}

/** Events in batches, as many in one as a request may write. */
export const batchesOf = (events: ReadonlyArray<EventRecord>): ReadonlyArray<ReadonlyArray<EventRecord>> => {
  const batches: Array<Array<EventRecord>> = []
  let batch: Array<EventRecord> = []
  let bytes = 0
  for (const event of events) {
    const more = bytesOf(event)
    if (batch.length === batchRows || (batch.length > 0 && bytes + more > batchBytes)) {
      batches.push(batch)
      batch = []
      bytes = 0
    }
    batch.push(event)
    bytes += more
  }
  if (batch.length > 0) batches.push(batch)
  return batches
}

/** The events of each segment, each number once. */
const bySegment = (
  events: ReadonlyArray<EventRecord>,
  segmentSize: number
): ReadonlyMap<number, ReadonlyArray<EventRecord>> => {
  const segments = new Map<number, Array<EventRecord>>()
  const distinct = new Map(events.map((event) => [event.seqNr, event]))
  for (const event of distinct.values()) {
    const segment = segmentOf(event.seqNr, segmentSize)
    const those = segments.get(segment)
    if (those === undefined) segments.set(segment, [event])
    else those.push(event)
  }
  return segments
}

/** The statements that write events, those of each request together. */
const batchesFor = (
  context: Context,
  { events, head, key, previous }: PutEvents,
  stamp: number
): ReadonlyArray<ReadonlyArray<Bound>> => {
  const { statements } = context
  const { segmentSize } = layoutFor(context, head)
  const incarnation = incarnationOf(head)
  const requests: Array<ReadonlyArray<Bound>> = []
  for (const [segment, those] of bySegment(events, segmentSize)) {
    for (const batch of batchesOf(those)) {
      const bounds = batch.map((event): Bound => ({
        query: statements.insertEvent,
        params: eventValues(key, segment, event, incarnation)
      }))
      if (previous === undefined) {
        const numbers = batch.map(({ seqNr }) => seqNr)
        const range = [BigInt(Math.min(...numbers)), BigInt(Math.max(...numbers))]
        const params = [BigInt(stamp - 1), key.id, key.topic, BigInt(segment), ...range]
        bounds.push({ query: statements.deleteEventsBefore, params })
      }
      requests.push(bounds)
    }
  }
  return requests
}

/**
 * Writes events of some journals, those of a segment in as few requests as may be.
 *
 * **Details**
 *
 * The time of its record is a part of an event's key, so that an event of another time does not take the place of the
 * one that has its number. Where a journal begins, what a former life of it may have left in the range is therefore removed with the
 * same writes; later on there can be nothing, since the records of a log keep their times.
 */
export const putEvents = (context: Context, steps: ReadonlyArray<PutEvents>): Effect.Effect<void, RequestFailure> =>
  Effect.flatMap(nextStamp(context), (stamp) =>
    context.requests.write(
      "write",
      steps.flatMap((step) => batchesFor(context, step, stamp)),
      stamp
    )
  )

/** Segments of a journal, both ends inclusive, and the numbers that are meant in them. */
interface Removal {
  readonly key: JournalKey
  readonly segmentSize: number
  readonly from: number
  readonly to: number
}

const removeSegment = (
  { requests, statements }: Context,
  { from, key, segmentSize, to }: Removal,
  segment: number,
  stamp: number
): Effect.Effect<void, RequestFailure> => {
  const place = [key.id, key.topic, BigInt(segment)]
  const isWhole =
    (from === 1 || segmentOf(from - 1, segmentSize) < segment) &&
    (to === Number.MAX_SAFE_INTEGER || segmentOf(to + 1, segmentSize) > segment)
  const bound: Bound = isWhole
    ? { query: statements.deleteSegment, params: place }
    : { query: statements.deleteEvents, params: [...place, BigInt(from), BigInt(to)] }
  return requests.write("write", [[bound]], stamp)
}

/** Removes the segments from the last one down, until many of them in a row are empty. */
const removeMany = Effect.fnUntraced(function* (
  context: Context,
  removal: Removal,
  first: number,
  last: number,
  stamp: number
): Effect.fn.Return<void, RequestFailure> {
  let empty = 0
  for (let end = last; end >= first && empty < emptySegments; end -= lookedAtOnce) {
    const start = Math.max(first, end - lookedAtOnce + 1)
    const filled = yield* filledSegments(context, "write", removal.key, start, end - start + 1)
    empty = filled.length === 0 ? empty + lookedAtOnce : 0
    yield* Effect.forEach(filled, (segment) => removeSegment(context, removal, segment, stamp), {
      concurrency: atOnce,
      discard: true
    })
  }
})

/**
 * Removes a range of events, whosever they are: whole segments, and ranges of those that stay in part.
 *
 * **Details**
 *
 * A range of more than 10 000 segments is removed from its end downwards, as far as there are rows: a journal whose
 * numbers begin far up has none below.
 */
export const removeEvents = (
  context: Context,
  { from, head, key, to }: Extract<WriteStep, { readonly _tag: "RemoveEvents" }>
): Effect.Effect<void, RequestFailure> =>
  Effect.flatMap(nextStamp(context), (stamp) => {
    if (from > to) return Effect.void
    const { segmentSize } = layoutFor(context, head)
    const removal: Removal = { key, segmentSize, from, to }
    const first = segmentOf(from, segmentSize)
    const last = segmentOf(to, segmentSize)
    if (last - first >= mostSegments) return removeMany(context, removal, first, last, stamp)
    const segments = Array.from({ length: last - first + 1 }, (_, at) => first + at)
    return Effect.forEach(segments, (segment) => removeSegment(context, removal, segment, stamp), {
      concurrency: atOnce,
      discard: true
    })
  })
