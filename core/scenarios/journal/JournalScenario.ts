import type { Move, Prng, Scenario, Simulation } from "../../simulation/index.ts"
import { foreignRecord, nameOf, sameTruth, showTruth, truthAt } from "./JournalModel.ts"
import type { Deed, Truth } from "./JournalModel.ts"
import { runForeign } from "./ForeignStore.ts"
import type { JournalSubjects } from "./JournalSubjects.ts"
import { gap, JournalWorld } from "./JournalWorld.ts"
import { SimulatedCache } from "./SimulatedCache.ts"
import { startReader } from "./SimulatedReader.ts"
import type { ReaderNode } from "./SimulatedReader.ts"
import { SimulatedTrust } from "./SimulatedTrust.ts"
import { Succession } from "./Succession.ts"

/** What a seed draws; the first value is the calm one. */
const knobs = {
  faults: [0, 1, 1, 1, 1],
  atomic: [1, 0],
  losing: [0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  origin: [0, 0, 0, 0, 0, 0, 1, 4],
  journals: [3, 1, 2, 3],
  purges: [5, 10, 15],
  heads: [100, 1],
  fenceMs: [20, 5, 100],
  moves: [56, 28],
  gapMs: [8, 1, 3, 20],
  workMs: [1, 2, 4],
  crash: [0, 0.1, 0.5],
  downMs: [1, 20],
  timeOut: [0, 1, 5],
  repeat: [0, 1, 5],
  slow: [0, 1, 5],
  slowMs: [10, 100, 1000],
  linger: [0, 20, 80],
  faultGapMs: [0, 40, 150],
  restores: [0, 0, 1],
  cached: [0, 1, 1],
  cacheIds: [100, 1, 2, 2, 2],
  cacheWaiting: [100, 1],
  cacheTimeoutMs: [200, 20],
  cachePointerMs: [50, 5],
  cacheExpiryMs: [100_000, 300],
  lookBack: [64, 1, 4],
  foreign: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  journalsAtOnce: [1, 2, 3]
}

/** Within this time everything ends once no fault happens any more. */
const withinMs = 20_000

/** What a writer appends next; most often what a writer that knows the journal would. */
const nextDeed = ({ log, simulation }: JournalWorld, id: string, random: Prng): Deed => {
  const purges = simulation.knob("purges")
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

const write = (world: JournalWorld, random: Prng): void => {
  if (random.chance(5)) world.log.add(foreignRecord, gap(random))
  else {
    const id = random.pick(world.ids)
    world.log.append(id, nextDeed(world, id, random), gap(random))
  }
}

/** Retention takes what is in the store, at times all of it, and where this run loses records, more than that. */
const trim = (world: JournalWorld, random: Prng): void => {
  const { losing, store } = world
  if (store.pointer === undefined) return
  world.trim(losing && random.chance(30) ? store.pointer + 3 : store.pointer + 1 - random.below(3))
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
  if (sameTruth(kept, truth)) return
  world.fail(
    "J3 the store ends up as the log says",
    `the store has of ${id}\n${showTruth(kept)} and not\n${showTruth(truth)}`
  )
}

const run = (subjects: JournalSubjects, simulation: Simulation): void => {
  const world = new JournalWorld(simulation, subjects)
  const { faulty, log, losing, store } = world
  const cache = simulation.knob("cached") === 1 ? new SimulatedCache(world) : undefined
  const readers: Array<ReaderNode> = []
  const whenFaulty = (name: string): number => (faulty ? simulation.knob(name) : 0)
  simulation.tasks({
    meanMs: simulation.knob("workMs"),
    crash: whenFaulty("crash"),
    downMs: simulation.knob("downMs"),
    timeOut: whenFaulty("timeOut"),
    repeat: whenFaulty("repeat"),
    slow: whenFaulty("slow"),
    slowMs: simulation.knob("slowMs"),
    linger: whenFaulty("linger")
  })
  // Where a store has no transactions, or several replicators, these have to be stopped before it is restored.
  const restores = world.atomic && simulation.knob("restores") === 1
  const isReading = (name: string): boolean => readers.some((one) => one.name === name && one.alive())
  simulation.nemesis({
    nodes: ["replicator 1", "replicator 2", "cache", "reader 2", "reader 5", "reader 8"],
    kinds: ["crash", "crash at an effect", "crash at an output", "pause"],
    gapMs: whenFaulty("faultGapMs"),
    downMs: simulation.knob("downMs"),
    lastMs: 50,
    // A reader that crashes is a read that nobody hears of; one that stands still goes on with what has become old.
    allows: (fault) => {
      if (!("node" in fault) || !fault.node.startsWith("reader")) return true
      if (fault.kind !== "pause" || !isReading(fault.node)) return false
      simulation.mark("a reader stands still")
      return true
    }
  })

  if (simulation.knob("foreign") === 1) return runForeign(subjects, simulation, write, withinMs)
  const replicators = new Succession(world)
  const shared = new SimulatedTrust(world, "trust")
  const addReader = (random: Prng): ReaderNode => {
    const asks = random.chance(80)
    const name = `reader ${readers.length + 1}`
    const trust = random.chance(30) ? new SimulatedTrust(world, `trust of ${name}`) : shared
    const reader = startReader(world, name, random, trust, asks ? cache : undefined)
    readers.push(reader)
    return reader
  }
  /** The store is what it was, to somebody who reads at once; its replicator notices with the next record. */
  const restore = (random: Prng): void => {
    if (!world.restore()) return
    simulation.mark("a store was restored")
    addReader(random)
    write(world, random)
  }
  const workload: ReadonlyArray<Move> = [
    { name: "write", weight: 60, run: (random) => write(world, random) },
    { name: "read", weight: 20, run: addReader },
    { name: "trim", weight: 4, run: (random) => trim(world, random) },
    { name: "another replicator", weight: 3, run: () => (restores ? undefined : replicators.join()) },
    { name: "a replicator falls asleep", weight: 8, run: (random) => replicators.succeed(random.chance(20)) },
    { name: "those asleep go on", weight: 6, run: () => replicators.wake() },
    { name: "back up", weight: restores ? 5 : 0, run: () => world.backUp() },
    { name: "restore", weight: restores ? 5 : 0, run: restore }
  ]
  simulation.run({ moves: simulation.knob("moves"), gapMs: simulation.knob("gapMs") }, workload)
  replicators.rouse()
  const isLost = losing && (store.pointer ?? -1) + 1 < log.start
  addReader(simulation.random("last but one"))
  simulation.settle(
    isLost ? "every read ends" : "the store has the whole log, and every read ends",
    () => (isLost || store.pointer === log.end - 1) && readers.every((one) => !one.alive()),
    { withinMs }
  )
  if (isLost) return
  const last = addReader(simulation.random("last"))
  simulation.settle(
    "a read ends once the store has its pointer",
    () => !last.alive() && store.pointer === log.end - 1,
    { withinMs }
  )
  if (last.state().pointer === undefined && last.state().known === undefined) {
    world.fail("J2 the last reader sees the pointer", "the last reader does not see the pointer")
  }
  cache?.stop()
  replicators.stop()
  for (const id of world.ids) checkStore(world, id)
}

/**
 * Writers, replicators and readers of one partition.
 *
 * **Details**
 *
 * - J1: a read is the journal at one point of the log, its events in order, and each once
 * - J2: that point is not before what was written before the read
 * - J3: however often replicators crash, repeat, or sleep and are replaced, the pointer never goes back, and the store
 *   ends up as the log says
 * - J4: what retention has taken is in the store, or a read that lacks it says so
 * - J5: a read fails only where a delete or a purge overtakes it
 * - J6: of two writers who used one number, the first one wins
 * - J7: a read reads no more of the log than the store lacks
 * - J8: a read that begins after the store was restored knows that what was known of a tail is not true any more, and only
 *   such a read does
 * - J9: nothing is written to a store that was filled from another log
 * - J10: no read is answered from such a store, and none leaves a mark in the log; once the store is repaired, be it while
 *   it is compared, reads are answered again
 */
export const makeJournalScenario = (subjects: JournalSubjects): Scenario => ({
  name: "journal",
  knobs,
  seeds: 2000,
  marks: {
    "a read ended": 10_000,
    "a read began again": 1500,
    "a read asked for the pointer again": 500,
    "a read doubted a page": 1000,
    "a read found the store beyond its mark": 800,
    "a read read its tail twice": 3000,
    "a read came into a purge": 80,
    "a read failed because its journal changed": 150,
    "a read came before the first pointer": 80,
    "a read was told that records are lost": 30,
    "a read left a conflict out": 600,
    "a reader stands still": 40,
    "a read looked at the pointer twice": 200,
    "a read found an older store": 5,
    "a store was restored": 100,
    "a replicator was fenced": 3000,
    "a replicator that was replaced goes on": 300,
    "a write came too late": 1000,
    "a write was torn": 30,
    "another log's store was refused": 50,
    "a read refused another log's store": 50,
    "a read refused a store beyond its log": 50,
    "a read came before another log's store": 20,
    "a store was repaired while it was compared": 50,
    "a read followed a repair": 50,
    "nobody waited for a comparison any more": 100,
    "the pointer was looked at again": 3000,
    "a tail was known": 2000,
    "a read had no tail": 1000,
    "a tail was over its head": 100,
    "a tail was stored": 250,
    "a tail was stored in part": 400,
    "a tail was purged": 400,
    "a tail was unknown: limited": 500,
    "a tail was unknown: timeout": 400,
    "a tail was unknown: unavailable": 100,
    "a cache crashed": 200,
    crash: 1000,
    "crash at an effect": 150,
    "crash at an output": 150,
    pause: 200,
    "time out": 2000,
    repeat: 2000,
    slow: 3000,
    linger: 100
  },
  run: (simulation) => run(subjects, simulation)
})
