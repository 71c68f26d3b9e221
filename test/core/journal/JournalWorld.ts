import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { MemoryLog, MemoryStore } from "../../../adapters/memory/index.ts"
import { jsonPayload, makeJournals, replicate } from "../../../core/journal/index.ts"
import { logBounds } from "../../../core/journal/ports/LogRange.ts"
import type { HeadCache, Journal, ReadRange, ReplicatorEvent } from "../../../core/journal/index.ts"
import type { CommitLog, JournalStore } from "../../../core/ports/index.ts"

/** A log with one partition for each topic, and a store, with or without a head cache over them. */
export interface World {
  readonly log: MemoryLog
  readonly store: JournalStore
  readonly heads?: HeadCache
}

export const memoryWorld = (options?: { readonly atomic: boolean }): World => ({
  log: MemoryLog.make(),
  store: MemoryStore.make(options)
})

/** The offset after the last record of a topic's only partition. */
export const logEnd = (log: CommitLog, topic: string) =>
  Effect.map(logBounds(log, { topic, partition: 0 }), ({ end }) => end)

/** The log as it was when it ended at `end`. */
const cutOff = (log: CommitLog, end: number): CommitLog => ({
  ...log,
  read: (request) =>
    request.offset >= end
      ? Effect.never
      : Effect.map(log.read(request), (page) => ({
          ...page,
          records: page.records.filter(({ offset }) => offset < end),
          nextOffset: Math.min(page.nextOffset, end)
        }))
})

/** Replicates a topic's only partition, all but the last `behind` records, and stops. */
export const sync = Effect.fnUntraced(function* ({ log, store }: World, topic: string, behind = 0) {
  const end = (yield* logEnd(log, topic)) - behind
  if (((yield* store.pointer(topic, 0)) ?? -1) >= end - 1) return
  const done = yield* Deferred.make<void>()
  const onEvent = (event: ReplicatorEvent) => {
    if (event._tag === "Replicated" && event.nextOffset >= end) Deferred.doneUnsafe(done, Effect.void)
  }
  yield* replicate({ log: cutOff(log, end), store, topics: [topic], onEvent })
  yield* Deferred.await(done)
}, Effect.scoped)

/** A journal of plain JSON payloads. */
export const openJournal = (world: World, topic: string, id = "order-1"): Journal<unknown> =>
  makeJournals({ ...world, topic, payload: jsonPayload }).journal(id)

/** What a read gives. */
export const read = <A>(journal: Journal<A>, range?: ReadRange) => Stream.runCollect(journal.read(range))

/** The sequence numbers that a read gives. */
export const seqNrs = <A>(journal: Journal<A>, range?: ReadRange) =>
  Effect.map(read(journal, range), (events) => events.map(({ seqNr }) => seqNr))

/** Whole numbers, both ends inclusive. */
export const numbers = (from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at)
