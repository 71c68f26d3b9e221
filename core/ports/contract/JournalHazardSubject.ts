import type { Effect } from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { CommitLog, JournalStore } from "../index.ts"

/**
 * What the cases work on: a store, and a log to replicate to it.
 *
 * **Details**
 *
 * `topic` exists in the log, is empty, keeps its writers' time stamps and records of any age, and the store knows nothing
 * of it. Everything happens in its partition 0; it may have more. `trim` removes what a partition has below an offset, as
 * retention does, and answers when a read of what was removed fails.
 *
 * `reopen` opens the same store once more, as another process does: a replicator that was replaced writes through it.
 * Without it, it writes through `store`.
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
  readonly fencesHeads?: boolean
  readonly widestGap?: number
}
