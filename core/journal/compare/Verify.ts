import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { encodeUtf8 } from "../../bytes/index.ts"
import { partitionFor } from "../../log/index.ts"
import type { EventRecord, JournalStoreError, LogPage } from "../../ports/index.ts"
import { decodeAction } from "../codec/ActionCodec.ts"
import type { Difference, JournalDifference } from "../fold/Difference.ts"
import { compareEvents, compareHead } from "../fold/Difference.ts"
import { expectedJournals } from "../fold/ExpectedJournals.ts"
import type { ExpectedEvents, ExpectedJournal } from "../fold/ExpectedJournals.ts"
import { JournalError } from "../model/JournalError.ts"
import { fromStoreError } from "../ports/JournalPorts.ts"
import type { JournalPorts } from "../ports/JournalPorts.ts"
import { logFailure } from "../ports/LogFailure.ts"
import { logBounds, logPages } from "../ports/LogRange.ts"
import { maxSeqNr } from "../model/SeqNr.ts"

/**
 * What to compare with what.
 *
 * **Details**
 *
 * Of a topic all partitions are compared, or the one that is named, and of each all that the log has, or the records from
 * offset `from` to `to`, both inclusive. Fields that `ignored` names may differ, such as what another replicator counts by
 * its own clock. `requestsAtOnce` bounds the requests to the store that are under way (16).
 * `onDifference` takes each difference, and holds the comparison up until it has ended; `onProgress` is told how far it is.
 */
export interface VerifyOptions extends JournalPorts {
  readonly topic: string
  readonly partition?: number
  readonly from?: number
  readonly to?: number
  readonly ignored?: ReadonlyArray<string>
  readonly requestsAtOnce?: number
  readonly onDifference: (difference: Difference) => Effect.Effect<void>
  readonly onProgress?: (progress: VerifyProgress) => void
}

/** Which partition is being compared, what is done with it, and how far that is. */
export interface VerifyProgress {
  readonly partition: number
  readonly doing: "reading" | "events" | "heads" | "ids"
  readonly done: number
  readonly of: number
}

/**
 * What was compared of one partition.
 *
 * **Details**
 *
 * Records from `from` to `to`, both inclusive; `to` is below `from` where there was nothing to compare. `isWhole` is false
 * where journals may have begun before `from`, so that less can be known of them. `unreadable` records cannot be decoded
 * and count for nothing. `moved` journals were written to meanwhile and may differ because of that: what was found of them
 * is left out.
 */
export interface VerifiedPartition {
  readonly topic: string
  readonly partition: number
  readonly from: number
  readonly to: number
  readonly isWhole: boolean
  readonly records: number
  readonly journals: number
  readonly events: number
  readonly unreadable: number
  readonly moved: number
  readonly differences: number
}

const pageEvents = 1000
const idsPerPage = 1000
/** How many of a journal's events that should not be there are told one by one. */
const mostUnexpected = 100

/** What the log loses while it is compared is no difference. */
const trimmed = (error: JournalError): JournalError =>
  error.reason === "Lost"
    ? new JournalError({
        ...error,
        reason: "Changed",
        message: `The log has deleted records of ${error.topic}-${error.partition} while they were compared; compare again.`
      })
    : error

type Found = readonly [id: string, difference: JournalDifference]

/** A difference without the fields that may differ; `undefined` where nothing else does. */
const without = (difference: JournalDifference, ignored: ReadonlyArray<string>): JournalDifference | undefined => {
  if (!("fields" in difference)) return difference
  const fields = difference.fields.filter(({ field }) => !ignored.includes(field))
  return fields.length === 0 ? undefined : { ...difference, fields }
}

const verifyPartition = Effect.fnUntraced(function* (
  options: VerifyOptions,
  partition: number,
  partitions: number
): Effect.fn.Return<VerifiedPartition, JournalError> {
  const { ignored = [], log, onDifference, onProgress, requestsAtOnce: concurrency = 16, store, topic } = options
  const place = { topic, partition }
  let [differences, compared] = [0, 0]
  const report = (difference: Difference) =>
    Effect.suspend(() => {
      differences++
      return onDifference(difference)
    })
  const tell = (doing: VerifyProgress["doing"], done: number, of: number) =>
    onProgress?.({ partition, doing, done, of })
  const inStore = <A>(effect: Effect.Effect<A, JournalStoreError>) =>
    Effect.mapError(effect, (error) => fromStoreError(error, place))
  const keyOf = (id: string) => ({ topic, id })

  // What is replicated after the pointer was read is the affair of the next comparison.
  const pointer = yield* inStore(store.pointer(topic, partition))
  const bounds = yield* logBounds(log, place)
  const next = (pointer ?? -1) + 1
  if (next > bounds.end) {
    yield* report({ _tag: "PointerBeyondLog", ...place, pointer: next - 1, logEnd: bounds.end })
  }
  if (next < bounds.start) {
    yield* report({ _tag: "PointerBelowLog", ...place, from: next, to: bounds.start - 1 })
  }
  const from = Math.max(options.from ?? 0, bounds.start)
  const end = Math.min(next, bounds.end)
  const to = Math.min(options.to ?? Infinity, end - 1)
  const isWhole = from === 0

  const pages = (upTo: number, each: (page: LogPage) => Effect.Effect<void, JournalError>) =>
    Effect.mapError(Stream.runForEach(logPages(log, place, from, upTo), each), trimmed)

  /** Journals that were written to after the pointer was read, as far as the log was read for that. */
  const moved = new Set<string>()
  const suspects = new Set<string>()
  let seen = end
  const lookOn = Effect.gen(function* () {
    const now = (yield* logBounds(log, place)).end
    yield* Stream.runForEach(logPages(log, place, seen, now), ({ records }) =>
      Effect.sync(() => {
        for (const record of records) {
          const action = Result.getOrUndefined(decodeAction(record))
          if (action !== undefined && action._tag !== "Mark") moved.add(action.journalId)
        }
      })
    )
    seen = Math.max(seen, now)
  })
  /** Tells of what was found, unless the journal was written to meanwhile. */
  const settle = Effect.fnUntraced(function* (all: ReadonlyArray<Found>) {
    const found = all.flatMap(([id, one]): ReadonlyArray<Found> => {
      const rest = without(one, ignored)
      return rest === undefined ? [] : [[id, rest]]
    })
    if (found.length === 0) return
    yield* lookOn
    for (const [id, difference] of found) {
      if (moved.has(id)) suspects.add(id)
      else yield* report({ ...place, id, ...difference })
    }
  })

  const expected = expectedJournals({ ...place, isWhole })
  yield* pages(end, (page) =>
    Effect.sync(() => {
      expected.absorb(page)
      tell("reading", Math.min(page.nextOffset, end) - from, end - from)
    })
  )

  const rows = Effect.fnUntraced(function* (id: string, least: number, most: number, limit: number) {
    const all: Array<EventRecord> = []
    let at = least
    while (at <= most && all.length < limit) {
      const page = yield* inStore(store.events({ key: keyOf(id), from: at, to: most, limit: pageEvents }))
      for (const event of page) all.push(event)
      const last = page.at(-1)
      if (last === undefined || page.length < pageEvents) break
      at = last.seqNr + 1
    }
    return all
  })

  const eventsOf = Effect.fnUntraced(function* (added: ExpectedEvents) {
    const { above, events, id, offset, to: last } = added
    const journal = expected.journals.get(id)
    if (journal?.head === undefined || offset <= journal.purgedAt) return []
    const { deleteTo } = journal.head
    const least = Math.max(above, deleteTo) + 1
    if (least > last) return []
    compared += events.length
    const stored = yield* rows(id, least, last, Infinity)
    const found = compareEvents(added, stored, { deleteTo, from: journal.isWhole ? 0 : from })
    return found.map((difference): Found => [id, difference])
  })
  const again = expectedJournals({ ...place, isWhole })
  yield* pages(to + 1, (page) => {
    tell("events", Math.min(page.nextOffset, to + 1) - from, to + 1 - from)
    const found = Effect.forEach(again.absorb(page), eventsOf, { concurrency })
    return Effect.flatMap(found, (some) => settle(some.flat()))
  })

  const journalOf = Effect.fnUntraced(function* ([id, journal]: readonly [string, ExpectedJournal]) {
    const { head } = journal
    const stored = yield* inStore(store.head(keyOf(id)))
    const wrong = compareHead(journal, stored)
    const found: Array<Found> = wrong === undefined ? [] : [[id, wrong]]
    const unexpected = Effect.fnUntraced(function* (least: number, most: number, why: "deleted" | "purged" | "beyond") {
      if (least > most) return
      const some = yield* rows(id, least, most, mostUnexpected)
      for (const { offset, seqNr } of some) {
        if (journal.isWhole || offset >= from) found.push([id, { _tag: "EventUnexpected", seqNr, offset, why }])
      }
    })
    if (head === undefined) yield* unexpected(1, maxSeqNr, "purged")
    else {
      yield* unexpected(1, head.deleteTo, "deleted")
      const last = journal.isWhole || journal.first !== undefined ? head.seqNr : maxSeqNr
      yield* unexpected(last + 1, maxSeqNr, "beyond")
    }
    return found
  })
  const journals = [...expected.journals].filter(([, { offsets }]) => offsets[0] <= to)
  for (let at = 0; at < journals.length; at += idsPerPage) {
    const some = journals.slice(at, at + idsPerPage)
    yield* settle((yield* Effect.forEach(some, journalOf, { concurrency })).flat())
    tell("heads", at + some.length, journals.length)
  }

  const unknown = Effect.fnUntraced(function* (id: string) {
    if (expected.journals.has(id) || partitionFor(encodeUtf8(id), partitions) !== partition) return []
    const head = yield* inStore(store.head(keyOf(id)))
    return head === undefined ? [] : [[id, { _tag: "JournalUnexpected", offset: head.offset }] satisfies Found]
  })
  if (isWhole && options.to === undefined) {
    let [after, listed, more]: [string | undefined, number, boolean] = [undefined, 0, true]
    while (more) {
      const ids: ReadonlyArray<string> = yield* inStore(store.ids(topic, after, idsPerPage))
      yield* settle((yield* Effect.forEach(ids, unknown, { concurrency })).flat())
      more = ids.length === idsPerPage
      after = ids.at(-1)
      listed += ids.length
      tell("ids", listed, listed)
    }
  }
  return {
    ...place,
    from,
    to,
    isWhole,
    records: expected.records(),
    journals: journals.length,
    events: compared,
    unreadable: expected.unreadable(),
    moved: suspects.size,
    differences
  }
})

/**
 * Compares a store with the log, and tells of each difference.
 *
 * **When to use**
 *
 * After a store was restored or filled anew, after a replicator had to be helped over a record, or every now and then: what
 * a store says is what the log says, or one of the two is damaged.
 *
 * **Details**
 *
 * The log's range is folded as a replicator does it, up to the pointer that the store had at the beginning; it is read
 * twice, so that memory grows with the journals in the range and not with their events. The store may be replicated to
 * meanwhile: a difference counts only when the log has nothing of its journal behind the pointer.
 *
 * A range that begins at offset 0 is compared whole: each field of each head, each event, what was deleted and purged, and
 * journals of the store that the log never had. A head need not tell where its journal begins, as long as nothing is deleted
 * of it: it is read the same. Where retention has taken the log's beginning, or `from` is above 0,
 * journals may have begun before the range. Of these are compared the events from the first number that the range has,
 * and of the head its place, its times, its last number, and the deletes of numbers that the range has.
 *
 * **Gotchas**
 *
 * It compares what the log and the store say, and both may be wrong alike. The journals of a range are in memory together.
 */
export const verify = Effect.fnUntraced(function* (
  options: VerifyOptions
): Effect.fn.Return<ReadonlyArray<VerifiedPartition>, JournalError> {
  const { log, partition, topic } = options
  const count = yield* Effect.mapError(log.partitions(topic), (error) => logFailure(error, { topic }).error)
  if (partition !== undefined && partition >= count) {
    const message = `Topic ${topic} has partitions 0 to ${count - 1}: name one of them, and not ${partition}.`
    return yield* new JournalError({ reason: "Invalid", topic, partition, message })
  }
  const chosen = partition === undefined ? Array.from({ length: count }, (_, at) => at) : [partition]
  return yield* Effect.forEach(chosen, (one) => verifyPartition(options, one, count))
})
