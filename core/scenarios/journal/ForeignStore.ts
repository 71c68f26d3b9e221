import type { Prng, Simulation } from "../../simulation/index.ts"
import type { JournalSubjects } from "./JournalSubjects.ts"
import { gap, JournalWorld } from "./JournalWorld.ts"
import { startReader } from "./SimulatedReader.ts"
import { startReplicator } from "./SimulatedReplicator.ts"
import { SimulatedTrust, unknownMs } from "./SimulatedTrust.ts"

/** A writer of this log appends an event, to a journal of any name. */
const append = ({ ids, log }: JournalWorld, random: Prng, last: Map<string, number>): void => {
  const id = random.chance(80) ? random.pick(ids) : "z"
  const seqNr = (last.get(id) ?? 0) + 1
  last.set(id, seqNr)
  log.append(id, { _tag: "Append", seqNrs: [seqNr] }, gap(random))
}

/** Whether the store has one of the journals as the log has it at the store's pointer. */
const agrees = ({ log, store }: JournalWorld): boolean => {
  const pointer = store.pointer ?? -1
  const told = log.deeds.filter(({ deed, offset }) => offset <= pointer && deed._tag !== "Mark")
  const last = new Map(told.map(({ id, offset }) => [id, offset]))
  return last.size === 0 || [...last].some(([id, offset]) => store.heads.get(id)?.offset === offset)
}

/**
 * Readers and replicators of one log that are given a store which was filled from another: while the log ends before the
 * store's pointer, when that is a place in it, and when the store is emptied and filled from this log, also while they look
 * whether it is this log's.
 */
export const runForeign = (
  subjects: JournalSubjects,
  simulation: Simulation,
  write: (world: JournalWorld, random: Prng) => void,
  withinMs: number
): void => {
  const random = simulation.random("another log")
  const other = new JournalWorld(simulation, subjects)
  for (let records = 2 + random.below(20); records > 0; records--) write(other, random)

  const world = new JournalWorld(simulation, subjects, other)
  const trust = new SimulatedTrust(world, "trust")
  let readers = 0
  /** Lets somebody read until they have an answer, and tells whether they have got one. */
  const reads = (): boolean => {
    let isAnswered = false
    const name = `reader ${++readers}`
    const node = startReader(world, name, random, trust, undefined, (error) => {
      isAnswered = error === undefined
    })
    simulation.settle("a read beside another log's store ends", () => !node.alive(), { withinMs })
    return isAnswered
  }
  const last = new Map<string, number>()
  if (random.chance(50)) {
    // The store is empty: nothing can be compared, and the log alone answers.
    append(world, random, last)
    reads()
    simulation.mark("a read came before another log's store")
  }

  const filler = startReplicator(other, "replicator of the other log", () => false)
  simulation.settle("a store is filled", () => other.store.pointer === other.log.end - 1, { withinMs })
  filler.stop()
  simulation.pass(2 * unknownMs)
  world.isForeign = true
  for (let reader = 0; reader < 3 && world.log.end <= (world.store.pointer ?? -1); reader++) {
    reads()
    append(world, random, last)
  }
  while (world.log.end <= other.log.end) append(world, random, last)
  if (agrees(world)) return
  let refused = 0
  const nodes = ["replicator 1", "replicator 2"].map((name) =>
    startReplicator(
      world,
      name,
      () => false,
      () => {
        refused++
      }
    )
  )
  simulation.run({ moves: simulation.knob("moves"), gapMs: simulation.knob("gapMs") }, [
    { name: "write", weight: 5, run: (each) => append(world, each, last) },
    { name: "read", weight: 1, run: (each) => void startReader(world, `reader ${++readers}`, each, trust, undefined) }
  ])
  const before = refused
  simulation.settle("a replicator refuses another log's store", () => refused > before, { withinMs })
  simulation.mark("another log's store was refused")
  reads()
  for (const node of nodes) node.stop()

  /** Readers that each look for themselves whether the store is this log's. */
  const beside = Array.from({ length: 3 }, () => {
    const name = `reader ${++readers}`
    const own = new SimulatedTrust(world, `trust of ${name}`)
    const node = startReader(world, name, random, own, undefined)
    simulation.pass(random.below(2 * simulation.knob("workMs") + 1))
    return { node, own }
  })
  if (beside.some(({ own }) => own.isComparing())) simulation.mark("a store was repaired while it was compared")
  world.emptyStore()
  const refill = random.chance(50) ? startReplicator(world, "replicator 3", () => false) : undefined
  simulation.settle("reads beside a repair end", () => beside.every(({ node }) => !node.alive()), { withinMs })
  refill?.stop()
  if (!reads() && world.origin === 0) {
    world.fail("J10 a store that was repaired is read again", "a reader is refused though the store was emptied")
  }
  simulation.mark("a read followed a repair")
}
