import * as Effect from "effect/Effect"
import { PartitionCache, Recovery, Replication } from "../../../core/journal/index.ts"
import type { ReadRange } from "../../../core/journal/index.ts"
import type { NewRecord } from "../../../core/log/index.ts"
import type { JournalStore } from "../../../core/ports/index.ts"
import { recordOf } from "../../../core/scenarios/journal/JournalModel.ts"
import type { Deed } from "../../../core/scenarios/journal/JournalModel.ts"
import type { Subject } from "./JournalClaims.ts"
import { numbers } from "./JournalWorld.ts"
import { PureCache, PureLog, recover, replicateTo } from "./PureJournal.ts"

/** All ways to split `size` events into records that follow one another. */
export const groupings = (size: number): ReadonlyArray<ReadonlyArray<number>> =>
  size === 0 ? [[]] : numbers(1, size).flatMap((first) => groupings(size - first).map((rest) => [first, ...rest]))

/** Every grouping of every size from 0 to 5. */
export const allGroupings = numbers(0, 5).flatMap(groupings)

/**
 * How the store stands to the log whenever the journal is looked at.
 *
 * **Details**
 *
 * `data` is how many of the last actions the store's heads and events do not have, `pointer` how many its pointer does
 * not cover; `empty` that it has nothing. With `marksOnly` readers are shown nothing of the log but marks.
 */
export interface StoreState {
  readonly name: string
  readonly data: number | "empty"
  readonly pointer: number
  readonly marksOnly: boolean
}

const storeState = (name: string, data: number | "empty", pointer: number, marksOnly = false): StoreState => ({
  name,
  data,
  pointer,
  marksOnly
})

/** The states of the store, from nothing to everything. */
export const storeStates: ReadonlyArray<StoreState> = [
  storeState("empty", "empty", 0),
  storeState("complete, and the log has only marks", 0, 0, true),
  storeState("consistent", 0, 0),
  ...[1, 2, 3].map((by) => storeState(`complete, and the pointer behind by ${by}`, 0, by)),
  ...[1, 2, 3, 4].map((by) => storeState(`behind by ${by}`, by, by)),
  ...[1, 2, 3].map((by) => storeState(`behind by ${by}, and the pointer by ${by + 1}`, by, by + 1))
]

/**
 * How actions come into the log: once each, or twice, as from a producer that tries again after a lost answer and is told
 * the second place.
 */
export const tails = ["once", "twice"] as const

/** How readers come to know the tail: each reads the log for itself, or asks a cache that has read it. */
export const readers = ["scan", "cache"] as const

/** One world of the matrix. */
export interface Cell {
  readonly store: StoreState
  readonly tail: (typeof tails)[number]
  readonly reader: (typeof readers)[number]
}

/** Every world. */
export const cells: ReadonlyArray<Cell> = storeStates.flatMap((store) =>
  tails.flatMap((tail) => readers.map((reader) => ({ store, tail, reader })))
)

const id = "order-1"

/** Records that were made before: the matrix writes the same ones over and over. */
const records = new Map<string, NewRecord>()
const recordFor = (deed: Deed, name: string): NewRecord => {
  const what = `${JSON.stringify(deed)} ${name}`
  const record = records.get(what) ?? recordOf(id, deed, name)
  records.set(what, record)
  return record
}

/** A journal in a world of the matrix, its machines stepped by hand over a store whose operations end at once. */
export const matrixSubject = (
  { reader, store: state, tail }: Cell,
  store: JournalStore,
  topic: string,
  grouping: ReadonlyArray<number>
): Subject => {
  const key = { topic, id }
  const log = new PureLog(3, state.marksOnly ? ({ value }) => value === null : undefined)
  /** The offsets of all records but marks. */
  const actions: Array<number> = []

  const write = (deed: Deed): number => {
    const record = recordFor(deed, `${log.end}`)
    const offsets = tail === "once" ? [log.append(record)] : [log.append(record), log.append(record)]
    if (deed._tag !== "Mark") actions.push(...offsets)
    return offsets.at(-1) ?? 0
  }
  /** Where the log ends without its last so many actions. */
  const endWithout = (count: number): number => (count === 0 ? log.end : (actions.at(-count) ?? 0))
  const settle = (): void => {
    if (state.data !== "empty") replicateTo(Replication.replication, log, store, topic, endWithout(state.data))
  }
  const pointer = (): number | undefined => {
    const last = state.data === "empty" ? -1 : endWithout(state.pointer) - 1
    return last < 0 ? undefined : last
  }
  const seen = { ...store, pointer: () => Effect.sync(pointer) }
  const cache = reader === "cache" ? new PureCache(PartitionCache.partitionCache, log, pointer) : undefined
  const mark = () => write({ _tag: "Mark" })
  const look = (events: boolean, range?: ReadRange) => {
    settle()
    return recover(Recovery.recovery, { log, store: seen, cache, mark }, key, events, range)
  }
  const writeEvents = (last: number, count: number): number =>
    write({ _tag: "Append", seqNrs: numbers(last + 1, last + count) })
  let size = 0
  for (const count of grouping) {
    writeEvents(size, count)
    size += count
  }
  return {
    size,
    append: (count) => Effect.sync(() => writeEvents(look(false).state?.seqNr ?? 0, count)),
    delete: (to) =>
      Effect.sync(() => {
        const seqNr = look(false).state?.seqNr
        return seqNr === undefined ? undefined : write({ _tag: "Delete", to: Math.min(to, seqNr) })
      }),
    purge: Effect.sync(() => write({ _tag: "Purge" })),
    mark: Effect.sync(() => write({ _tag: "Mark" })),
    read: (range) => Effect.sync(() => look(true, range).events.map(({ seqNr }) => seqNr)),
    pointer: Effect.sync(() => look(false).state?.seqNr)
  }
}
