import { PartitionCache, Recovery, Replication } from "../../../core/journal/index.ts"
import type { Move, Report, TraceEvent } from "../driver/index.ts"
import type { Scenario } from "../Scenario.ts"
import { foreignRecord, nameOf, sameTruth, showTruth, truthAt } from "./JournalModel.ts"
import type { Deed, Truth } from "./JournalModel.ts"
import { ids, JournalWorld } from "./JournalWorld.ts"
import type { Subjects } from "./JournalWorld.ts"
import { SimulatedCache } from "./SimulatedCache.ts"
import { startReader } from "./SimulatedReader.ts"
import type { ReaderActor } from "./SimulatedReader.ts"
import { startReplicator } from "./SimulatedReplicator.ts"
import type { ReplicatorActor } from "./SimulatedReplicator.ts"

const moves = 50

/** What a writer appends next; most often what a writer that knows the journal would. */
const nextDeed = (world: JournalWorld, id: string): Deed => {
  const { log, purges, simulation } = world
  const random = simulation.random("writes")
  const last = truthAt(log, id, log.end).state?.seqNr ?? 0
  const roll = random.below(100)
  if (roll < 62) {
    const first = random.chance(80) ? last + 1 : random.chance(50) ? 1 + random.below(last + 1) : last + 2
    const seqNrs = Array.from({ length: 1 + random.below(3) }, (_, at) => first + at)
    const odd = random.chance(4) ? { upTo: first + random.below(5) } : {}
    return { _tag: "Append", seqNrs, ...odd }
  }
  if (roll < 100 - 2 * purges) {
    return { _tag: "Delete", to: random.chance(80) ? 1 + random.below(last + 1) : last + 1 + random.below(5) }
  }
  return roll < 100 - purges ? { _tag: "Purge" } : { _tag: "Mark" }
}

const write = (world: JournalWorld): void => {
  const random = world.simulation.random("writes")
  if (random.chance(5)) world.log.add(foreignRecord, world.gap())
  else {
    const id = random.pick(ids)
    world.log.append(id, nextDeed(world, id), world.gap())
  }
}

/** Retention takes what is in the store, at times all of it, and where this run loses records, more than that. */
const trim = ({ log, losing, simulation, store }: JournalWorld): void => {
  const random = simulation.random("retention")
  if (store.pointer === undefined) return
  log.trim(losing && random.chance(30) ? store.pointer + 3 : store.pointer + 1 - random.below(3))
}

/** Fails where the store has another journal than the log. */
const checkStore = (world: JournalWorld, id: string): void => {
  const { log, store } = world
  const truth = truthAt(log, id, log.end)
  const head = store.heads.get(id)
  const kept: Truth = {
    state: head === undefined ? undefined : { seqNr: head.seqNr, deleteTo: head.deleteTo },
    events: store.events(id, 1, Number.MAX_SAFE_INTEGER, 1000).map(nameOf)
  }
  if (!sameTruth(kept, truth)) world.fail(`the store has of ${id}\n${showTruth(kept)} and not\n${showTruth(truth)}`)
}

/**
 * Runs writers, replicators and readers of one partition from a seed, and throws where a reader is told what no reader
 * may be told, or where the store ends up as no store may.
 */
export const simulateJournal = (seed: number, subjects: Subjects, watch?: (event: TraceEvent) => void): Report => {
  const world = new JournalWorld(seed, subjects, watch)
  const { atomic, log, losing, simulation, store } = world
  let started = 0
  let replicators: Array<ReplicatorActor> = []
  const readers: Array<ReaderActor> = []
  const cache = simulation.random("setup").chance(50) ? new SimulatedCache(world) : undefined

  const addReplicator = (): void => {
    const replicator = startReplicator(world, `replicator ${++started}`, restart)
    if (replicator.alive()) replicators.push(replicator)
  }
  /** Where the last replicator has crashed, another one begins. */
  const restart = (): void => {
    replicators = replicators.filter((one) => one.alive())
    if (replicators.length === 0) addReplicator()
  }
  const addReader = (): ReaderActor => {
    const asks = simulation.random("reads").chance(80)
    const reader = startReader(world, `reader ${readers.length + 1}`, asks ? cache : undefined)
    readers.push(reader)
    return reader
  }
  const workload: ReadonlyArray<Move> = [
    { name: "write", weight: 60, run: () => write(world) },
    { name: "read", weight: 20, run: addReader },
    { name: "trim", weight: 3, run: () => trim(world) },
    {
      name: "crash",
      weight: 2,
      run: () => {
        if (simulation.fault("crash a replicator", 90)) simulation.random("replicators").pick(replicators).crash()
      }
    },
    {
      name: "crash the cache",
      weight: 1,
      run: () => {
        if (simulation.fault("crash the cache", 90)) cache?.crash()
      }
    },
    {
      name: "second replicator",
      weight: 2,
      run: () => {
        if (atomic && replicators.length < 3) addReplicator()
      }
    }
  ]
  addReplicator()
  simulation.run(moves, workload)
  const isLost = losing && (store.pointer ?? -1) + 1 < log.start
  addReader()
  simulation.settle(
    `${isLost ? "" : "the store has the whole log and "}every read has ended`,
    () => (isLost || store.pointer === log.end - 1) && readers.every((one) => !one.alive())
  )
  if (isLost) return simulation.report()
  const last = addReader()
  simulation.settle("a read ends once the store has its pointer", () => !last.alive() && store.pointer === log.end - 1)
  if (last.state().pointer === undefined && last.state().known === undefined) {
    world.fail("the last reader does not see the pointer")
  }
  cache?.stop()
  for (const replicator of replicators) replicator.stop()
  for (const id of ids) checkStore(world, id)
  return simulation.report()
}

/** The machines of this package. */
export const realSubjects: Subjects = {
  recovery: () => Recovery.recovery,
  replication: () => Replication.replication,
  cache: () => PartitionCache.partitionCache
}

/** Writers, replicators and readers of one partition. */
export const journal: Scenario = {
  seeds: 2000,
  marks: {
    "a read ended": 10_000,
    "a read began again": 500,
    "a read asked for the pointer again": 300,
    "a read doubted a page": 500,
    "a read found the store beyond its mark": 500,
    "a read read its tail twice": 1000,
    "a read came into a purge": 30,
    "a read failed because its journal changed": 50,
    "a read came before the first pointer": 20,
    "a read was told that records are lost": 5,
    "a replicator was fenced": 500,
    "a tail was known": 4000,
    "a read had no tail": 1500,
    "a tail was over its head": 200,
    "a tail was stored": 400,
    "a tail was stored in part": 600,
    "a tail was purged": 400,
    "a tail was unknown: limited": 1000,
    "a tail was unknown: timeout": 200,
    "a tail was unknown: unavailable": 100,
    "a cache crashed": 400,
    crash: 1000,
    "time out": 1000,
    repeat: 1000,
    delay: 1000,
    linger: 50
  },
  run: (seed, watch) => simulateJournal(seed, realSubjects, watch)
}
