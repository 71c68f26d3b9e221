import * as Data from "effect/Data"
import type { Effect } from "effect/Effect"
import type { EventRecord, JournalKey } from "./JournalValues.ts"

/**
 * Why a store operation failed.
 *
 * - `Unreachable`: the store does not answer, or is busy beyond the deadline
 * - `Schema`: the store's schema is missing, or of a version that this program does not know
 * - `Corrupt`: a row cannot be decoded
 * - `Fenced`: another replicator has moved the partition's pointer; this one is out of date and has written nothing
 * - `Failed`: the store refused for another reason
 */
export type JournalStoreErrorReason = "Unreachable" | "Schema" | "Corrupt" | "Fenced" | "Failed"

/** A store operation that failed. `message` is one sentence that says what to do. */
export class JournalStoreError extends Data.TaggedError("JournalStoreError")<{
  readonly reason: JournalStoreErrorReason
  readonly operation: string
  readonly message: string
  readonly cause?: unknown
}> {}

/**
 * What the store knows of one journal.
 *
 * **Details**
 *
 * `partition` and `offset` are the place of the last record that was applied to this journal; everything at or below it
 * is in the store. `seqNr` is the last sequence number ever appended (also when it is deleted by now), `deleteTo` the
 * one up to which there are no events: they are deleted, or the journal begins beyond it (0: none). `recordId` names
 * this incarnation: a journal that is purged and begun again has another. Times are milliseconds since the epoch;
 * `expireOn` is a UTC date, `2026-11-21`. `layout` is the store's own note of how it keeps this journal's rows, where it
 * keeps one: the store puts it on the heads that it answers with, and whoever makes another head from one of them takes it
 * along.
 */
export interface JournalHead {
  readonly partition: number
  readonly offset: number
  readonly seqNr: number
  readonly deleteTo: number
  readonly recordId: string
  readonly created: number
  readonly updated: number
  readonly expireAfter: string | undefined
  readonly expireOn: string | undefined
  readonly origin: string | undefined
  readonly layout?: string
}

/**
 * One write to the store, planned by the replicator machine; a store carries it out and decides nothing.
 *
 * **Details**
 *
 * - `PutEvents`: inserts or replaces the events of one journal, keyed by sequence number; `head` is the head that is to
 *   promise them, and is written after them; `previous` is as in `PutHead`
 * - `PutHead`: inserts or replaces the head; `previous` is the head that the plan was made from, `undefined` where the
 *   journal begins here
 * - `RemoveEvents`: removes the events from `from` to `to`, both inclusive; `head` is the head of the incarnation whose
 *   events they are
 * - `RemoveHead`: forgets the journal, which was purged at `offset` of `partition`; `previous` is the head that the plan was
 *   made from. It is `undefined` where there was none: then nothing is removed, and a store that holds replicators off which
 *   are late keeps in mind that the journal begins only beyond that place
 * - `PutPointer`: moves the partition's pointer from `previous` (`undefined`: there was none) to `offset`, and fails
 *   with `Fenced`, writing nothing, when the store has another pointer than `previous`
 */
export type WriteStep =
  | {
      readonly _tag: "PutEvents"
      readonly key: JournalKey
      readonly head: JournalHead
      readonly previous: JournalHead | undefined
      readonly events: ReadonlyArray<EventRecord>
    }
  | {
      readonly _tag: "PutHead"
      readonly key: JournalKey
      readonly head: JournalHead
      readonly previous: JournalHead | undefined
    }
  | {
      readonly _tag: "RemoveEvents"
      readonly key: JournalKey
      readonly head: JournalHead
      readonly from: number
      readonly to: number
    }
  | {
      readonly _tag: "RemoveHead"
      readonly key: JournalKey
      readonly previous: JournalHead | undefined
      readonly partition: number
      readonly offset: number
    }
  | {
      readonly _tag: "PutPointer"
      readonly topic: string
      readonly partition: number
      readonly offset: number
      readonly previous: number | undefined
    }

/**
 * How a store is.
 *
 * **Details**
 *
 * `schema` has the version of its tables and the one that this program works with; it is absent in a store that has no
 * schema. `now` is the store's clock in milliseconds since the epoch. `missingRights` are those that a replicator needs
 * there and its user has not, in the store's own words (none: it may do everything); both are absent where the store does
 * not tell.
 */
export interface StoreHealth {
  readonly schema: { readonly version: number; readonly expected: number } | undefined
  readonly now?: number
  readonly missingRights?: ReadonlyArray<string>
}

/**
 * Which events to read: those of `key` from `from` to `to`, both inclusive, at most `limit` of them.
 *
 * **Details**
 *
 * `head` is the journal's head where it was read before; it spares the store from looking for it. What was removed since,
 * or replaced by another incarnation's, is then not answered.
 */
export interface EventsRequest {
  readonly key: JournalKey
  readonly head?: JournalHead | undefined
  readonly from: number
  readonly to: number
  readonly limit: number
}

/** A journal whose last append says when it expires: the UTC date, `2026-11-21`. */
export interface ExpiringJournal {
  readonly id: string
  readonly expireOn: string
}

/**
 * Which journals to tell of: those of `topic` whose head has an `expireOn` that is `onOrBefore` or earlier, at most
 * `limit` of them, starting after `after`, the last one of the page before.
 */
export interface ExpiredRequest {
  readonly topic: string
  readonly onOrBefore: string
  readonly after?: ExpiringJournal | undefined
  readonly limit: number
}

/**
 * The journal's replicated side: where events live for ever.
 *
 * **Details**
 *
 * `pointer` is the last offset of a partition up to which *every* record's effect can be seen by reads that start after
 * it was answered. `events` answers in the order of sequence numbers. `ids` pages through the journals of a topic in an
 * order of the store's own, starting after `after`, the last one of the page before; `expired` does so through those that
 * have expired by a date, in an order that may be another, each once while none of their heads changes. `check` looks into the
 * store and changes nothing; a schema of another version is an answer, and no failure.
 *
 * `heads` answers with the heads of those of the journals that have one, by id, as `head` does for one of them. It is asked
 * for many at once, up to a thousand: in as few requests as the store can.
 *
 * `write` carries out the steps. Where `atomic` is true it does so in their order and in one transaction, all or nothing.
 * Where it is false, the steps of one journal are carried out in their order, and a `PutPointer` when all that come before it
 * are done; those of different journals may be carried out in any order, and beside one another. The replicator machine hands
 * over one step of each of some journals, in an order in which a crash that leaves any of them undone can be repaired by
 * doing them again.
 */
export interface JournalStore {
  readonly atomic: boolean
  readonly pointer: (topic: string, partition: number) => Effect<number | undefined, JournalStoreError>
  readonly head: (key: JournalKey) => Effect<JournalHead | undefined, JournalStoreError>
  readonly heads: (
    topic: string,
    ids: ReadonlyArray<string>
  ) => Effect<ReadonlyMap<string, JournalHead>, JournalStoreError>
  readonly events: (request: EventsRequest) => Effect<ReadonlyArray<EventRecord>, JournalStoreError>
  readonly ids: (
    topic: string,
    after: string | undefined,
    limit: number
  ) => Effect<ReadonlyArray<string>, JournalStoreError>
  readonly expired: (request: ExpiredRequest) => Effect<ReadonlyArray<ExpiringJournal>, JournalStoreError>
  readonly write: (steps: ReadonlyArray<WriteStep>) => Effect<void, JournalStoreError>
  readonly check: Effect<StoreHealth, JournalStoreError>
}
