import { JournalError } from "../../../core/journal/index.ts"
import type { PartitionCache, Recovery, Replication } from "../../../core/journal/index.ts"
import type { LogFailure } from "../../../core/journal/LogFailure.ts"
import type { Machine } from "../../../core/machine/index.ts"
import { makeSimulation, swarmRates } from "../driver/index.ts"
import type { Simulation, TraceEvent } from "../driver/index.ts"
import { commandOf } from "../Scenario.ts"
import { ModelLog, ModelStore, topic } from "./JournalModel.ts"

export type RecoveryMachine = Machine<Recovery.RecoveryState, Recovery.RecoveryInput, Recovery.RecoveryOutput>
export type ReplicationMachine = Machine<
  Replication.ReplicationState,
  Replication.ReplicationInput,
  Replication.ReplicationOutput
>
export type CacheMachine = Machine<
  PartitionCache.PartitionCacheState,
  PartitionCache.PartitionCacheInput,
  PartitionCache.PartitionCacheOutput
>

/** The machines under test, fresh for each replicator, reader or cache; a test of the simulation plants its bugs here. */
export interface Subjects {
  readonly recovery: () => RecoveryMachine
  readonly replication: () => ReplicationMachine
  readonly cache: () => CacheMachine
}

/** The journals that all take part in one partition. */
export const ids: ReadonlyArray<string> = ["a", "b", "c"]

export const place = { topic, partition: 0 }

export const storeDown = new JournalError({ reason: "Unavailable", ...place, message: "The store is down." })
export const logDown = new JournalError({ reason: "Unavailable", ...place, message: "The log is down." })
const lost = new JournalError({ reason: "Lost", ...place, message: "The records are gone." })

/** A log and a store, both of which fail at times, and how this run is to be. */
export class JournalWorld {
  readonly simulation: Simulation
  readonly subjects: Subjects
  readonly log = new ModelLog()
  readonly store = new ModelStore()
  /** Whether the store has transactions. */
  readonly atomic: boolean
  /** Whether retention may take records that are not in the store yet. */
  readonly losing: boolean
  /** In how many of a hundred writes a journal is purged. */
  readonly purges: number
  /** Where the log begins at first: a store without a pointer has never had what was below that. */
  readonly origin: number

  constructor(seed: number, subjects: Subjects, watch: ((event: TraceEvent) => void) | undefined) {
    this.simulation = makeSimulation({ seed, faults: swarmRates(seed), rerun: commandOf("journal"), watch })
    this.subjects = subjects
    const random = this.simulation.random("setup")
    this.atomic = random.chance(50)
    this.losing = random.chance(10)
    this.purges = random.pick([5, 10, 15])
    if (random.chance(20)) {
      this.log.end = random.below(5)
      this.log.start = this.log.end
    }
    this.origin = this.log.start
  }

  /** Offsets that stay empty behind a record, as after a transaction's end. */
  gap(): number {
    const random = this.simulation.random("gaps")
    return random.chance(10) ? 1 + random.below(2) : 0
  }

  readLog(
    offset: number
  ):
    | { readonly _tag: "LogRead"; readonly page: NonNullable<ReturnType<ModelLog["read"]>> }
    | { readonly _tag: "LogFailed"; readonly failure: LogFailure } {
    const limit = 1 + this.simulation.random("pages").below(5)
    const page = this.simulation.fault("log down", 4) ? undefined : this.log.read(offset, limit)
    if (page !== undefined) return { _tag: "LogRead", page }
    if (offset >= this.log.start) return { _tag: "LogFailed", failure: { _tag: "Retry", error: logDown } }
    return { _tag: "LogFailed", failure: { _tag: "Trimmed", error: lost, logStart: this.log.start } }
  }

  fail(what: string): never {
    const story = this.log.deeds.map(({ deed, id, offset }) => `${offset}:${id}:${JSON.stringify(deed)}`).join("\n")
    const { atomic, log, store } = this
    return this.simulation.fail(
      `${what}\nthe log from ${log.start} to ${log.end} had\n${story}\npointer ${store.pointer}, atomic ${atomic}`
    )
  }
}
