import type { Effect } from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { CommitLog, JournalStore } from "../index.ts"

/**
 * A request of a store to its database: its kind, such as `PutItem` of a head, or the text of a statement, and whether it may
 * change something there.
 */
export interface StoreRequest {
  readonly kind: string
  readonly writes: boolean
}

/** What becomes of a request: `send` sends it, and answers what the database has answered. */
export type RequestPass = <A, E>(request: StoreRequest, send: Effect<A, E>) => Effect<A, E>

/**
 * What the cases work on: a store, and a log to replicate to it.
 *
 * **Details**
 *
 * `topic` exists in the log, is empty, keeps its writers' time stamps and records of any age, and the store knows nothing
 * of it, nor of any whose name begins so. Everything happens in its partition 0; it may have more. `trim` removes what a partition has below an offset, as
 * retention does, and answers when a read of what was removed fails.
 *
 * `reopen` opens the same store once more, as another process does: a replicator that was replaced writes through it.
 * Without it, it writes through `store`.
 *
 * `openThrough` opens it once more, with every request to the database going through a pass, which sends it, or holds it,
 * or never sends it. Interrupting a store whose request was never sent is what ends a process: it gives back what it has
 * locked. Without it, replicators die and sleep between rows, or between transactions, and not within them.
 *
 * `contents` is everything that the database holds, by topic, in any form in which two that hold the same are equal: without
 * the topic's name, the times at which something was written, and names that were drawn. Without it, rows that no read of the
 * port answers are not looked at.
 *
 * `fencesHeads` (true) says that a replicator which is out of date can spoil nothing that a reader sees. An atomic store
 * keeps that by its pointer. In one that does not, what such a replicator has written is not held against it: the
 * journal is forgotten and replicated again from its beginning, and looked at then.
 *
 * `widestGap` (2^53 - 1) is how many numbers in a row may have no event, for a store that has to look through them.
 */
export interface JournalHazardSubject {
  readonly store: JournalStore
  readonly log: CommitLog
  readonly topic: string
  readonly trim: (topic: string, partition: number, offset: number) => Effect<unknown, unknown>
  readonly reopen?: Effect<JournalStore, unknown, Scope>
  readonly openThrough?: (pass: RequestPass) => Effect<JournalStore, unknown, Scope>
  readonly contents?: Effect<ReadonlyMap<string, ReadonlyArray<string>>, unknown>
  readonly fencesHeads?: boolean
  readonly widestGap?: number
}
