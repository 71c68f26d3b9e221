import * as Effect from "effect/Effect"
import { MemoryStore } from "../../../adapters/memory/index.ts"
import { PartitionCache, Recovery, Replication } from "../../../core/journal/index.ts"
import type { JournalState } from "../../../core/journal/index.ts"
import type { NewRecord } from "../../../core/log/index.ts"
import type { JournalStore, WriteStep } from "../../../core/ports/index.ts"
import { recordOf, topic } from "../../../core/scenarios/journal/JournalModel.ts"
import { PureCache, PureLog, recover, replicateTo } from "./PureJournal.ts"
import type { CacheMachine, Recovered, RecoveryMachine, ReplicationMachine } from "./PureJournal.ts"
import { deedsOf } from "./Words.ts"

/** What a journal is run by; `view` is what readers see of the store. */
export interface Parts {
  readonly recovery: RecoveryMachine
  readonly replication: ReplicationMachine
  readonly cache: CacheMachine
  readonly view: (store: JournalStore) => JournalStore
}

/** What journals are run by. */
export const realParts: Parts = {
  recovery: Recovery.recovery,
  replication: Replication.replication,
  cache: PartitionCache.partitionCache,
  view: (store) => store
}

/** How readers come to know the tail of the log. */
export type Reader = "scan" | "cache"

/** What a reader was told: events as `number@offset`. */
export interface Told {
  readonly events: ReadonlyArray<string>
  readonly state: JournalState | undefined
}

const id = "order-1"

class Killed extends Error {}

/** A store that is written row by row, until the writer is killed. */
const mortal = (store: JournalStore, writes: number): JournalStore => {
  let left = writes
  const write = (step: WriteStep) =>
    Effect.suspend(() => {
      if (left === 0) throw new Killed()
      left--
      return store.write([step])
    })
  const single = (step: WriteStep): ReadonlyArray<WriteStep> =>
    step._tag === "PutEvents" ? step.events.map((event) => ({ ...step, events: [event] })) : [step]
  return { ...store, write: (steps) => Effect.forEach(steps.flatMap(single), write, { discard: true }) }
}

/** One journal whose log, store and readers a check moves by hand. */
export class HazardStory {
  readonly key = { topic, id }
  readonly log: PureLog
  readonly store = MemoryStore.make({ atomic: false })
  readonly #parts: Parts

  constructor(parts: Parts, recordsPerPage?: number) {
    this.#parts = parts
    this.log = new PureLog(recordsPerPage)
  }

  /** Appends records, told in words such as `a1-3 d2 purge a1`. */
  write(story: string): this {
    for (const deed of deedsOf(story)) this.log.append(recordOf(id, deed, `${this.log.end}`))
    return this
  }

  /** Appends a record as it is. */
  writeRecord(record: NewRecord): this {
    this.log.append(record)
    return this
  }

  /** Replicates up to an offset, by a replicator that knows nothing but the store. */
  replicate(end = this.log.end): this {
    replicateTo(this.#parts.replication, this.log, this.store, topic, end)
    return this
  }

  /**
   * Likewise, by one that is killed after so many rows and other writes; false where it had come to its end before.
   */
  replicateAndDie(writes: number): boolean {
    try {
      replicateTo(this.#parts.replication, this.log, mortal(this.store, writes), topic, this.log.end)
      return false
    } catch (error) {
      if (error instanceof Killed) return true
      throw error
    }
  }

  /** The number up to which the store's head says that events are deleted. */
  get deleteTo(): number | undefined {
    return Effect.runSync(this.store.head(this.key))?.deleteTo
  }

  /** Reads the journal; `mark` writes the mark and answers with its offset. */
  read(reader: Reader, mark = () => this.#mark()): Told {
    const { events, state } = this.#recover(reader, true, mark)
    return { events: events.map(({ offset, seqNr }) => `${seqNr}@${offset}`), state }
  }

  /** Likewise the journal's state alone, for which no event is read. */
  state(reader: Reader): JournalState | undefined {
    return this.#recover(reader, false, () => this.#mark()).state
  }

  #mark(): number {
    return this.log.append(recordOf(id, { _tag: "Mark" }, "mark"))
  }

  #recover(reader: Reader, events: boolean, mark: () => number): Recovered {
    const store = this.#parts.view(this.store)
    const pointer = () => Effect.runSync(store.pointer(topic, 0))
    const cache = reader === "cache" ? new PureCache(this.#parts.cache, this.log, pointer) : undefined
    return recover(this.#parts.recovery, { log: this.log, store, cache, mark }, this.key, events)
  }
}
