import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { shownText } from "../../bytes/index.ts"
import type { EventRecord, JournalHead, JournalKey, JournalStore } from "../../ports/index.ts"
import type { JournalState } from "../fold/Fold.ts"
import { JournalError } from "../model/JournalError.ts"
import { journalEvents } from "./JournalEvents.ts"
import type { JournalEvent, Pull } from "./JournalEvents.ts"
import { fromStoreError } from "../ports/JournalPorts.ts"
import type { ActionPlace } from "../ports/JournalPorts.ts"
import type { PayloadCodec } from "../codec/PayloadCodec.ts"
import { isStillOf, isWholePage, nextFrom } from "./StoredPage.ts"
import { wrongRange } from "../model/ReadRange.ts"
import type { ReadRange } from "../model/ReadRange.ts"
import { maxSeqNr, minSeqNr } from "../model/SeqNr.ts"

/** What a read of what is replicated needs of a store. */
export type ReplicatedStore = Pick<JournalStore, "pointer" | "head" | "events">

/**
 * Which events to read of what is replicated, from `from` (1) to `to`, both inclusive.
 *
 * **Details**
 *
 * `atLeast` is the place of an append, a delete or a purge, as it was answered: where the store has not come so far, the
 * answer is {@link Behind}.
 */
export interface ReplicatedRange extends ReadRange {
  readonly atLeast?: ActionPlace | undefined
}

/**
 * What the store had of a journal: an answer of the past.
 *
 * **Details**
 *
 * What was acknowledged to a writer may be missing: the store follows the log, and nobody asks the log here. Whatever
 * happened to the journal up to `replicatedTo`, in the log's partition, is in the answer; it is `undefined` where the
 * store knows of no record, and the journal's partition was not given. `state` is the journal as of then, `undefined`
 * where there is none. Reading `events` fails with `Changed` where events that were still to come are deleted meanwhile.
 */
export interface Replicated<A> {
  readonly _tag: "Replicated"
  readonly consistency: "eventual"
  readonly replicatedTo: ActionPlace | undefined
  readonly state: JournalState | undefined
  readonly events: Stream.Stream<JournalEvent<A>, JournalError>
}

/**
 * The store has not come to the place that was asked for: ask again in a moment, or ask who reads the log.
 *
 * **Details**
 *
 * `replicatedTo` is the offset of that partition that it has come to; `undefined` where it has none of its records.
 */
export interface Behind {
  readonly _tag: "Behind"
  readonly consistency: "eventual"
  readonly wanted: ActionPlace
  readonly replicatedTo: number | undefined
}

const pageEvents = 500

/** How often a read begins again because the journal changed under its first page. */
const mostBeginnings = 5

/** What a read stands on: the pointer was read before the head, so that the head has all that the pointer promises. */
interface Located {
  readonly head: JournalHead | undefined
  readonly replicatedTo: ActionPlace | undefined
}

/** A page of events, and the number that the next one begins with; `undefined` after the last. */
interface Page {
  readonly events: ReadonlyArray<EventRecord>
  readonly next: number | undefined
}

const changed = (key: JournalKey, message: string): JournalError =>
  new JournalError({ reason: "Changed", ...key, message })

const wrongPlace = (key: JournalKey, { offset, partition }: ActionPlace): JournalError | undefined =>
  Number.isSafeInteger(partition) && partition >= 0 && Number.isSafeInteger(offset) && offset >= 0
    ? undefined
    : new JournalError({
        reason: "Invalid",
        ...key,
        message: `Cannot read from partition ${partition} and offset ${offset} on: give the place that an append answered.`
      })

/** The later of what the pointer and the journal's own head promise of a partition. */
const laterOf = (partition: number, pointer: number | undefined, head: JournalHead | undefined): number | undefined => {
  if (head?.partition !== partition) return pointer
  return pointer === undefined ? head.offset : Math.max(pointer, head.offset)
}

const locate = Effect.fnUntraced(function* (
  store: ReplicatedStore,
  key: JournalKey,
  known: number | undefined
): Effect.fn.Return<Located, JournalError> {
  const failed = Effect.mapError((error: Parameters<typeof fromStoreError>[0]) => fromStoreError(error, key))
  const partition = known ?? (yield* failed(store.head(key)))?.partition
  if (partition === undefined) return { head: undefined, replicatedTo: undefined }
  const pointer = yield* failed(store.pointer(key.topic, partition))
  const head = yield* failed(store.head(key))
  const offset = laterOf(partition, pointer, head)
  return { head, replicatedTo: offset === undefined ? undefined : { partition, offset } }
})

/** Reads a page; `undefined` where the journal is another by now, and the page is none of this head's. */
const readPage = Effect.fnUntraced(function* (
  store: ReplicatedStore,
  key: JournalKey,
  head: JournalHead,
  from: number,
  to: number
): Effect.fn.Return<Page | undefined, JournalError> {
  const failed = Effect.mapError((error: Parameters<typeof fromStoreError>[0]) => fromStoreError(error, key))
  if (from > to) return { events: [], next: undefined }
  const asked = { head, from, to, limit: pageEvents }
  const events = yield* failed(store.events({ key, ...asked }))
  if (!isWholePage(asked, events) && !isStillOf(asked, yield* failed(store.head(key)))) return undefined
  return { events, next: nextFrom(asked, events) }
})

/** Pulls the pages after the first one, which is there. */
const pullFrom = (
  store: ReplicatedStore,
  key: JournalKey,
  head: JournalHead,
  to: number,
  first: Page
): Pull<EventRecord> => {
  let page: Page | undefined = first
  const pull: Pull<EventRecord> = Effect.suspend(() => {
    const { events, next }: Page = page ?? { events: [], next: undefined }
    page = undefined
    if (Arr.isReadonlyArrayNonEmpty(events)) {
      if (next !== undefined) page = { events: [], next }
      return Effect.succeed(events)
    }
    if (next === undefined) return Cause.done()
    return Effect.flatMap(readPage(store, key, head, next, to), (read) => {
      if (read === undefined) {
        const message = `Events from ${next} on were deleted or purged while journal ${shownText(key.id)} was read; read it again.`
        return Effect.fail(changed(key, message))
      }
      page = read
      return pull
    })
  })
  return pull
}

/**
 * Reads what a store has of a journal, and asks the log nothing.
 *
 * **When to use**
 *
 * Where no Kafka client can be, such as at the edge, and for those who can do with an answer of a moment ago. Everybody else
 * reads with `Journal.read`, which sees everything that was acknowledged before.
 *
 * **Details**
 *
 * The pointer is read before the head, and the head before the events: the answer has whatever happened up to
 * `replicatedTo`, and all of its events are of one incarnation of the journal. The first page is read with the answer, the
 * others as they are taken. A journal that is changed under the first page is read anew.
 *
 * **Gotchas**
 *
 * This holds for reads of the store that are consistent themselves. A copy of the store's that follows it, such as DynamoDB's
 * global tables have in other regions, may show a pointer before what it promises.
 */
export const readReplicated = <A>(
  store: ReplicatedStore,
  key: JournalKey,
  payload: PayloadCodec<A>,
  range: ReplicatedRange = {}
): Effect.Effect<Replicated<A> | Behind, JournalError> => {
  const { atLeast, from = minSeqNr, to = maxSeqNr } = range
  const wrong = wrongRange(key, { from, to }) ?? (atLeast === undefined ? undefined : wrongPlace(key, atLeast))
  if (wrong !== undefined) return Effect.fail(wrong)
  return Effect.gen(function* () {
    for (let begun = 1; begun <= mostBeginnings; begun++) {
      const { head, replicatedTo } = yield* locate(store, key, atLeast?.partition)
      if (atLeast !== undefined && (replicatedTo?.offset ?? -1) < atLeast.offset) {
        return { _tag: "Behind", consistency: "eventual", wanted: atLeast, replicatedTo: replicatedTo?.offset }
      }
      const answer = { _tag: "Replicated", consistency: "eventual", replicatedTo } as const
      if (head === undefined) return { ...answer, state: undefined, events: Stream.empty }
      const { deleteTo, seqNr } = head
      const last = Math.min(to, seqNr)
      const first = yield* readPage(store, key, head, Math.max(from, deleteTo + 1), last)
      if (first === undefined) continue
      const events = Stream.fromPull(
        Effect.sync(() => journalEvents(key, payload, pullFrom(store, key, head, last, first)))
      )
      return { ...answer, state: { seqNr, deleteTo }, events }
    }
    const message = `Journal ${shownText(key.id)} changed in the store under each of ${mostBeginnings} attempts to read it; read it again.`
    return yield* Effect.fail(changed(key, message))
  })
}
