import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { EventRecord, JournalHead, JournalKey, JournalStore, JournalStoreError, WriteStep } from "../index.ts"
import type { ContractCase } from "./ContractCase.ts"
import { greatest } from "./JournalStoreSamples.ts"

/**
 * What the cases work on: a store that knows nothing of the topics whose names begin with `topic`.
 *
 * **Details**
 *
 * `widestGap` (2^53 - 1) is how many numbers in a row may have no event, for a store that has to look through them.
 */
export interface JournalStoreSubject {
  readonly store: JournalStore
  readonly topic: string
  readonly widestGap?: number
}

/** Hands over the steps as a replicator does: all at once to an atomic store, one by one to another. */
export const write = (store: JournalStore, steps: ReadonlyArray<WriteStep>): Effect.Effect<void, JournalStoreError> =>
  store.atomic ? store.write(steps) : Effect.forEach(steps, (step) => store.write([step]), { discard: true })

export const read = (
  store: JournalStore,
  key: JournalKey,
  from = 1,
  to = greatest,
  limit = 10_000
): Effect.Effect<ReadonlyArray<EventRecord>, JournalStoreError> => store.events({ key, from, to, limit })

/** The head of a journal, without what the store has noted on it for itself. */
export const headOf = (
  store: JournalStore,
  key: JournalKey
): Effect.Effect<JournalHead | undefined, JournalStoreError> =>
  Effect.map(store.head(key), (found) => {
    if (found === undefined) return undefined
    const { layout: _, ...rest } = found
    return rest
  })

/** Makes a claim about a journal of a subject's store; `check` is told the subject's widest gap. */
export const claimOf =
  <E>(make: Effect.Effect<JournalStoreSubject, E, Scope>) =>
  (
    name: string,
    check: (store: JournalStore, key: JournalKey, widestGap: number) => Effect.Effect<void, unknown, Scope>
  ): ContractCase => ({
    name,
    run: Effect.flatMap(make, ({ store, topic, widestGap = greatest }) =>
      check(store, { topic, id: "journal" }, widestGap)
    )
  })
