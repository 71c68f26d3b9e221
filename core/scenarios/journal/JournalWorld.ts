import { JournalError } from "../../journal/index.ts"
import type { LogFailure } from "../../journal/index.ts"
import type { LogPage } from "../../ports/index.ts"
import type { Prng, Simulation } from "../../simulation/index.ts"
import { ModelLog, ModelStore, topic } from "./JournalModel.ts"
import type { JournalSubjects } from "./JournalSubjects.ts"

export const place = { topic, partition: 0 }

export const storeDown = new JournalError({ reason: "Unavailable", ...place, message: "The store is down." })
export const logDown = new JournalError({ reason: "Unavailable", ...place, message: "The log is down." })
const ahead = new JournalError({ reason: "Lost", ...place, message: "The log ends before that." })
const lost = new JournalError({ reason: "Lost", ...place, message: "The records are gone." })

/** Offsets that stay empty behind a record, as after a transaction's end. */
export const gap = (random: Prng): number => Math.max(0, random.below(20) - 17)

/** A log and a store, both of which fail at times, and how this run is to be. */
export class JournalWorld {
  readonly simulation: Simulation
  readonly subjects: JournalSubjects
  readonly log = new ModelLog()
  readonly store: ModelStore
  /** Whether the store was filled from another log. */
  isForeign = false
  /** The journals that all take part in one partition. */
  readonly ids: ReadonlyArray<string>
  /** Whether anything goes wrong by itself. */
  readonly faulty: boolean
  /** Whether the store has transactions. */
  readonly atomic: boolean
  /** Whether retention may take records that are not in the store yet. */
  readonly losing: boolean
  /** Where the log begins at first: a store without a pointer has never had what was below that. */
  readonly origin: number
  /** How often the store was restored from a backup. */
  restores = 0
  /** What the store can be restored to, and the pointer that it then has. */
  private backup: { readonly restore: () => void; readonly pointer: number } | undefined

  /** A world of its own, or one that is given the store of another. */
  constructor(simulation: Simulation, subjects: JournalSubjects, other?: JournalWorld) {
    this.store = other?.store ?? new ModelStore()
    this.simulation = simulation
    this.subjects = subjects
    this.ids = ["a", "b", "c"].slice(0, simulation.knob("journals"))
    this.faulty = simulation.knob("faults") === 1
    this.atomic = simulation.knob("atomic") === 1
    this.losing = simulation.knob("losing") === 1
    this.origin = simulation.knob("origin")
    this.log.end = this.origin
    this.log.start = this.origin
  }

  /** A fault of the log or the store, in so many of a hundred cases. */
  fault(name: string, percent: number): boolean {
    return this.simulation.chance(name, this.faulty ? percent : 0)
  }

  /** Makes a backup of a store that has its pointer, in place of the one before. */
  backUp(): void {
    const { pointer } = this.store
    if (pointer !== undefined) this.backup = { restore: this.store.backUp(), pointer }
  }

  /** Restores the store from its backup, and tells whether there is one. */
  restore(): boolean {
    if (this.backup === undefined) return false
    this.backup.restore()
    this.restores++
    return true
  }

  /** Retention takes records before an offset, but none that a store lacks which is restored from its backup. */
  trim(to: number): void {
    this.log.trim(Math.min(to, (this.backup?.pointer ?? Infinity) + 1))
  }

  /** The store is empty again, and to be filled from this log. */
  emptyStore(): void {
    this.store.clear()
    this.isForeign = false
  }

  /** A page of so many records at most, or why there is none. */
  readLog(
    offset: number,
    limit: number
  ):
    | { readonly _tag: "LogRead"; readonly page: LogPage }
    | { readonly _tag: "LogFailed"; readonly failure: LogFailure } {
    if (offset > this.log.end) return { _tag: "LogFailed", failure: { _tag: "Final", error: ahead } }
    const page = this.fault("log down", 4) ? undefined : this.log.read(offset, limit)
    if (page !== undefined) return { _tag: "LogRead", page }
    if (offset >= this.log.start) return { _tag: "LogFailed", failure: { _tag: "Retry", error: logDown } }
    return { _tag: "LogFailed", failure: { _tag: "Trimmed", error: lost, logStart: this.log.start } }
  }

  fail(invariant: string, what: string): never {
    const { atomic, log, simulation, store } = this
    const story = log.deeds.map(({ deed, id, offset }) => `${offset}:${id}:${JSON.stringify(deed)}`).join("\n")
    return simulation.fail(
      invariant,
      `${what}\nthe log from ${log.start} to ${log.end} had\n${story}\npointer ${store.pointer}, atomic ${atomic}`
    )
  }
}
