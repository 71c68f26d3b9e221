import { isDeepStrictEqual } from "node:util"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { MemoryStore } from "../../adapters/memory/index.ts"
import { decodeUtf8 } from "../../core/bytes/index.ts"
import { decodeAction, decodeEvents, replicate } from "../../core/journal/index.ts"
import type { LogRecord } from "../../core/log/index.ts"
import type { CommitLog, JournalStore } from "../../core/ports/index.ts"

/** All records of a partition, read without a group. */
export const recordsOf = (log: CommitLog, topic: string, partition: number) =>
  Effect.gen(function* () {
    const records: Array<LogRecord> = []
    for (let offset = 0; ;) {
      const page = yield* log.read({ topic, partition, offset, maxBytes: 4 * 1024 * 1024, maxWaitMs: 0 })
      records.push(...page.records)
      if (page.nextOffset >= page.stableEnd) return records
      offset = page.nextOffset
    }
  })

/** The text of a record's value. */
export const valueText = ({ value }: LogRecord): string => (value === null ? "" : decodeUtf8(value))

/** The names of all events of each journal, in the order of the log, deleted ones included. */
export const eventNames = (records: ReadonlyArray<LogRecord>): ReadonlyMap<string, ReadonlyArray<string>> => {
  const names = new Map<string, Array<string>>()
  for (const record of records) {
    const action = Result.getOrThrow(decodeAction(record))
    if (action?._tag !== "Append") continue
    const { events } = Result.getOrThrow(decodeEvents(action.payloadType, action.value))
    const list = names.get(action.journalId) ?? []
    names.set(action.journalId, list)
    for (const { payload } of events) {
      if (payload?._tag !== "Json") throw new Error(`An event of ${action.journalId} at ${record.offset} has no JSON.`)
      list.push((JSON.parse(payload.text) as { readonly name: string }).name)
    }
  }
  return names
}

/** Waits until a store has everything that the log has. */
export const replicated = (log: CommitLog, store: JournalStore, topic: string, partitions: number) =>
  Effect.gen(function* () {
    for (let partition = 0; partition < partitions; partition++) {
      const { stableEnd } = yield* log.read({ topic, partition, offset: 0, maxBytes: 1, maxWaitMs: 0 })
      while (((yield* store.pointer(topic, partition)) ?? -1) < stableEnd - 1) yield* Effect.sleep(50)
    }
  }).pipe(Effect.timeout("60 seconds"))

/** The ids whose head or events differ between a store and a fold of the whole log into an empty one. */
export const differing = (
  log: CommitLog,
  store: JournalStore,
  topic: string,
  partitions: number,
  ids: ReadonlyArray<string>
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const fold = MemoryStore.make()
      yield* replicate({ log, store: fold, topics: [topic] })
      yield* replicated(log, fold, topic, partitions)
      return yield* Effect.filter(ids, (id) =>
        Effect.gen(function* () {
          const key = { topic, id }
          const all = { key, from: 1, to: Number.MAX_SAFE_INTEGER, limit: Number.MAX_SAFE_INTEGER }
          const [left, right] = yield* Effect.all([
            Effect.all([store.head(key), store.events(all)]),
            Effect.all([fold.head(key), fold.events(all)])
          ])
          return !isDeepStrictEqual(left, right)
        })
      )
    })
  )
