import { isDeepStrictEqual } from "node:util"
import * as Effect from "effect/Effect"
import type { CommitLog, JournalStore } from "../../../core/ports/index.ts"
import { recordsOf } from "../../kills/Audit.ts"
import { both, spotless } from "../../kills/Tally.ts"
import type { Verdict } from "../../kills/Tally.ts"
import { Oracle } from "../Oracle.ts"
import { storedEvents } from "../StoredEvents.ts"
import { until } from "../Until.ts"
import type { Found, KeyBook } from "./KeyBook.ts"

/** What the log of a topic amounts to. */
export const oracleOf = (log: CommitLog, topic: string) =>
  Effect.gen(function* () {
    const oracle = new Oracle()
    const partitions = yield* log.partitions(topic)
    for (let partition = 0; partition < partitions; partition++) {
      for (const record of yield* recordsOf(log, topic, partition)) oracle.take(record)
    }
    return oracle
  })

const nameIn = (json: string): string => (JSON.parse(json) as { readonly name: string }).name

/** What the log has, against what the writers were told. */
export const judgeLog = (oracle: Oracle, books: ReadonlyArray<KeyBook>): Verdict =>
  books.reduce((sum, book) => {
    const events = oracle.truth(book.id)?.events ?? []
    const found = events.map(({ json, seqNr }): Found => [seqNr, nameIn(json)])
    return both(sum, book.judge(found, book.certain))
  }, spotless)

const catchUpSeconds = 300

/** Waits until a store has everything, and tells of each journal in which it differs from the log. */
export const judgeStore = (log: CommitLog, store: JournalStore, topic: string, oracle: Oracle) =>
  Effect.gen(function* () {
    const partitions = yield* log.partitions(topic)
    for (let partition = 0; partition < partitions; partition++) {
      const { stableEnd } = yield* log.read({ topic, partition, offset: 0, maxBytes: 1, maxWaitMs: 0 })
      const there = Effect.map(
        Effect.orElseSucceed(store.pointer(topic, partition), () => undefined),
        (pointer) => (pointer ?? -1) >= stableEnd - 1
      )
      yield* until(`the store has ${topic}-${partition} up to ${stableEnd - 1}`, there, catchUpSeconds)
    }
    const told = yield* Effect.forEach(
      oracle.ids,
      (id) =>
        Effect.gen(function* () {
          const truth = oracle.truth(id)
          const head = yield* store.head({ topic, id })
          const events = yield* storedEvents(store, topic, id)
          const isSame =
            head?.seqNr === truth?.seqNr &&
            head?.deleteTo === truth?.deleteTo &&
            isDeepStrictEqual(events, truth?.events ?? [])
          if (isSame) return []
          const inStore = new Set(events.map(({ seqNr }) => seqNr))
          const missing = truth?.events.filter(({ seqNr }) => !inStore.has(seqNr)).map(({ seqNr }) => seqNr) ?? []
          const what = missing.length === 0 ? "" : ` It lacks ${missing.slice(0, 5).join(", ")}.`
          return [`The store has another ${id} than the log.${what}`]
        }),
      { concurrency: 8 }
    )
    return told.flat()
  })
