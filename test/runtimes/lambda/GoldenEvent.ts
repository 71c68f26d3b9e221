import * as Effect from "effect/Effect"
import { MemoryLog, MemoryStore } from "../../../adapters/memory/index.ts"
import { replicate } from "../../../core/journal/index.ts"
import type { LogRecord, NewRecord } from "../../../core/log/index.ts"
import type { JournalHead, JournalStore } from "../../../core/ports/index.ts"
import wireRecords from "../../golden/wire-records.json" with { type: "json" }
import { eventOf } from "./Invocations.ts"

/** The topic of all events. */
export const topic = "my-orders-2"

const bytesOf = (hex: string | null): Uint8Array | null =>
  hex === null ? null : Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

/** The records of the golden vectors that can be read, each of a journal of its own. */
const golden: ReadonlyArray<NewRecord> = wireRecords.vectors
  .filter(({ name, readBack }) => readBack?.ok === true && !/2\^53|max in a binary/.test(name))
  .map(({ record }, at) => ({
    timestamp: record.timestamp,
    key: new TextEncoder().encode(`journal-${at}`),
    value: bytesOf(record.valueHex),
    headers: record.headers.map(({ name, valueHex }) => ({ name, value: bytesOf(valueHex) }))
  }))

const placed = (records: ReadonlyArray<NewRecord>): ReadonlyArray<LogRecord> =>
  records.map((record, offset) => ({ ...record, offset }))

const ids = golden.map((_, at) => `journal-${at}`)
const halves = [golden.filter((_, at) => at % 2 === 0), golden.filter((_, at) => at % 2 === 1)]

/** A head without the store's own note of where it is. */
const unnoted = (head: JournalHead | undefined) => (head === undefined ? undefined : { ...head, layout: undefined })

/** What a store has of journals: their heads and events. */
export const contentsOf = (store: JournalStore, some: ReadonlyArray<string> = ids) =>
  Effect.forEach(some, (id) =>
    Effect.all([
      Effect.map(store.head({ topic, id }), unnoted),
      store.events({ key: { topic, id }, from: 1, to: Number.MAX_SAFE_INTEGER, limit: 1000 })
    ])
  )

/** An event with all golden records, in two partitions. */
export const goldenEvent = eventOf(halves.map((half, partition) => ({ topic, partition, records: placed(half) })))

/** What a replicator that reads the log itself makes of the golden records. */
export const expectedContents = Effect.gen(function* () {
  const log = MemoryLog.make({ partitions: { [topic]: 2 } })
  const store = MemoryStore.make()
  for (const [partition, half] of halves.entries()) {
    for (const one of half) yield* log.append({ ...one, topic, partition })
  }
  yield* replicate({ log, store, topics: [topic] })
  const isDone = Effect.gen(function* () {
    const pointers = yield* Effect.forEach([0, 1], (partition) => store.pointer(topic, partition))
    return pointers.every((pointer, at) => pointer === (halves[at]?.length ?? 0) - 1)
  })
  while (!(yield* isDone)) yield* Effect.sleep(5)
  return yield* contentsOf(store)
}).pipe(Effect.scoped)
