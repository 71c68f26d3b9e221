import { isDeepStrictEqual } from "node:util"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { CommitLog, JournalStore } from "../../../core/ports/index.ts"
import { recordsOf } from "../../kills/Audit.ts"
import { both, spotless } from "../../kills/Tally.ts"
import type { Verdict } from "../../kills/Tally.ts"
import { Oracle } from "../Oracle.ts"
import { storedEvents } from "../StoredEvents.ts"
import type { Found, KeyBook } from "./KeyBook.ts"

/** What was down a moment ago is asked again, for five minutes. */
const asLongAsUnreachable = {
  while: ({ reason }: { readonly reason: string }) => reason === "Unreachable",
  schedule: Schedule.spaced("1 second"),
  times: 300
}

/** A log that is waited for where it is out of reach. */
export const patientLog = (log: CommitLog): CommitLog => ({
  ...log,
  partitions: (topic) => Effect.retry(log.partitions(topic), asLongAsUnreachable),
  read: (request) => Effect.retry(log.read(request), asLongAsUnreachable)
})

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

const patienceSeconds = 300
const pollMs = 200

/** Waits until a store has a partition up to an offset, as long as it comes on. */
const caughtUp = (store: JournalStore, topic: string, partition: number, last: number): Effect.Effect<void, Error> =>
  Effect.gen(function* () {
    const pointer = Effect.orElseSucceed(store.pointer(topic, partition), () => undefined)
    let reached = -1
    let since = performance.now()
    for (;;) {
      const now = (yield* pointer) ?? -1
      if (now >= last) return
      if (now > reached) {
        reached = now
        since = performance.now()
      }
      if (performance.now() - since > patienceSeconds * 1000) {
        const where = `${topic}-${partition} up to ${reached} and not to ${last}`
        return yield* Effect.fail(new Error(`The store has ${where}, and has not come on for ${patienceSeconds} s.`))
      }
      yield* Effect.sleep(pollMs)
    }
  })

/**
 * What a store has that the log has not, or the other way round, a sentence for each journal.
 *
 * **Details**
 *
 * `leftovers` are rows that no reader is shown: of events that were deleted, or of a journal that was purged. Where a write is
 * not one transaction, a replicator that slept may leave some.
 */
export interface Differences {
  readonly sentences: ReadonlyArray<string>
  readonly leftovers: number
}

/** Waits until a store has everything, and compares it with the log. */
export const judgeStore = (log: CommitLog, store: JournalStore, topic: string, oracle: Oracle) =>
  Effect.gen(function* () {
    const partitions = yield* log.partitions(topic)
    for (let partition = 0; partition < partitions; partition++) {
      const { stableEnd } = yield* log.read({ topic, partition, offset: 0, maxBytes: 1, maxWaitMs: 0 })
      yield* caughtUp(store, topic, partition, stableEnd - 1)
    }
    const differenceOf = Effect.fnUntraced(function* (id: string) {
      const truth = oracle.truth(id)
      const head = yield* store.head({ topic, id })
      const rows = yield* storedEvents(store, topic, id)
      const events = store.atomic ? rows : rows.filter(({ seqNr }) => head !== undefined && seqNr > head.deleteTo)
      const leftovers = rows.length - events.length
      const isSame =
        head?.seqNr === truth?.seqNr &&
        head?.deleteTo === truth?.deleteTo &&
        isDeepStrictEqual(events, truth?.events ?? [])
      if (isSame) return { sentences: [], leftovers }
      const inStore = new Set(events.map(({ seqNr }) => seqNr))
      const missing = truth?.events.filter(({ seqNr }) => !inStore.has(seqNr)).map(({ seqNr }) => seqNr) ?? []
      const what = missing.length === 0 ? "" : ` It lacks ${missing.slice(0, 5).join(", ")}.`
      return { sentences: [`The store has another ${id} than the log.${what}`], leftovers }
    })
    const all = yield* Effect.forEach(oracle.ids, (id) => Effect.retry(differenceOf(id), asLongAsUnreachable), {
      concurrency: 8
    })
    return {
      sentences: all.flatMap(({ sentences }) => sentences),
      leftovers: all.reduce((sum, { leftovers }) => sum + leftovers, 0)
    } satisfies Differences as Differences
  })
