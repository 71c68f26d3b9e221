import type { PartitionRecords } from "../../lambda/index.ts"
import type { Prng, Simulation } from "../../simulation/index.ts"
import { ModelStore } from "../journal/JournalModel.ts"
import { gap } from "../journal/JournalWorld.ts"
import { FencingStore } from "./FencingStore.ts"
import { LambdaPartition } from "./LambdaPartition.ts"
import type { LambdaSubjects } from "./LambdaSubjects.ts"

/** The partitions of a topic and their stores, and how this run is to be. */
export class LambdaWorld {
  readonly simulation: Simulation
  readonly subjects: LambdaSubjects
  readonly partitions: ReadonlyArray<LambdaPartition>
  /** Whether anything goes wrong by itself. */
  readonly faulty: boolean
  /** Whether the store has transactions. */
  readonly atomic: boolean
  /** Whether the store refuses whoever is behind: only such a one may have two functions at the same records. */
  readonly fences: boolean
  /** Whether functions reach the log. */
  readonly hasLog: boolean
  /** How many offsets in a row may stay empty. */
  readonly largestGap: number
  /** Whether records may be lost on their way: where offsets may stay empty nobody can tell those from others. */
  readonly loses: boolean
  /** Polls that wait for something to be written. */
  private waiting: Array<() => void> = []

  constructor(simulation: Simulation, subjects: LambdaSubjects) {
    this.simulation = simulation
    this.subjects = subjects
    this.faulty = simulation.knob("faults") === 1
    this.atomic = simulation.knob("atomic") === 1
    this.fences = this.atomic || simulation.knob("fencesHeads") === 1
    this.partitions = Array.from({ length: simulation.knob("partitions") }, (_, partition) => {
      const store = this.atomic || !this.fences ? new ModelStore() : new FencingStore()
      return new LambdaPartition(partition, store)
    })
    this.hasLog = simulation.knob("hasLog") === 1
    this.largestGap = simulation.knob("gaps") === 1 ? 2 : 0
    this.loses = this.largestGap === 0
  }

  /** A fault of the log, the store or the network, in so many of a hundred cases. */
  fault(name: string, percent: number): boolean {
    return this.simulation.chance(name, this.faulty ? percent : 0)
  }

  at(partition: number): LambdaPartition {
    const found = this.partitions[partition]
    if (found === undefined) throw new Error(`There is no partition ${partition}.`)
    return found
  }

  write(random: Prng): void {
    const partition = random.pick(this.partitions)
    if (random.chance(this.simulation.knob("poison"))) partition.writePoison(this.simulation.now())
    else partition.write(random, this.simulation.now(), Math.min(gap(random), this.largestGap))
    if (this.loses && random.chance(this.simulation.knob("filtered"))) {
      // At once, so that an event has records before it and behind it.
      partition.write(random, this.simulation.now(), 0)
      partition.filterLast()
      partition.write(random, this.simulation.now(), 0)
      this.simulation.mark("a record was filtered out")
    }
    const waiting = this.waiting.splice(0)
    for (const poll of waiting) poll()
  }

  /** Calls back once something was written. */
  whenWritten(poll: () => void): void {
    this.waiting.push(poll)
  }

  /** The mapping puts records where given up ones go. */
  giveUp(given: ReadonlyArray<PartitionRecords>): void {
    for (const { partition, records } of given) {
      for (const { offset } of records) this.at(partition).givenUp.add(offset)
    }
    this.simulation.mark("records were given up")
  }

  /** The mapping commits, and what it passes over is in the store, or given up. */
  commit(partition: number, offset: number): void {
    const at = this.at(partition)
    const from = (at.store.pointer ?? -1) + 1
    const lost = at.records(from, offset).find((record) => !at.givenUp.has(record.offset))
    if (lost !== undefined && !at.isLate && at.restores === 0) {
      this.fail("E1 what is committed is stored", at, `${offset} is committed, and ${lost.offset} is not in the store`)
    }
    at.committed = Math.max(at.committed, offset)
  }

  /** A store was written to: look at it. */
  checkStored(at: LambdaPartition, before: number | undefined): void {
    const { log, store } = at
    const after = store.pointer ?? -1
    if (after < (before ?? -1))
      this.fail("E3 the pointer never goes back", at, `it goes back from ${before} to ${after}`)
    if (after >= log.end) this.fail("E3 the pointer never goes back", at, `it is ${after}, beyond the log's end`)
    if (this.atomic && after !== (before ?? -1)) this.checkStore(at)
  }

  /** Fails where the store has anything else than the log has up to its pointer. */
  checkStore(at: LambdaPartition): void {
    const difference = at.difference()
    if (difference !== undefined) this.fail("E2 nothing is lost, doubled or out of order", at, difference)
  }

  /** Whether the partition is as far as it can come. */
  isDone(at: LambdaPartition): boolean {
    const { committed, givenUp, isLate, log, missing, poison, restores } = at
    if (missing === undefined || missing === poison) return true
    const isLost = givenUp.has(missing) || (missing < committed && (isLate || restores > 0))
    // A function that reaches the log makes up for it with the next record.
    const isLast = at.records(committed, log.end).every(({ offset }) => givenUp.has(offset))
    return isLost && (!this.hasLog || isLast)
  }

  fail(invariant: string, at: LambdaPartition, what: string): never {
    const { committed, givenUp, log, partition, poison, store } = at
    const story = log.deeds.map(({ deed, id, offset }) => `${offset}:${id}:${JSON.stringify(deed)}`).join("\n")
    return this.simulation.fail(
      invariant,
      `${what}\nthe log of ${partition} had\n${story}\nup to ${log.end}, poison ${poison}, given up ${[...givenUp].join(" ")}, pointer ${store.pointer}, committed ${committed}, atomic ${this.atomic}`
    )
  }
}
