import type { Prng, Simulation } from "../../simulation/index.ts"
import type { JournalSubjects } from "./JournalSubjects.ts"
import { gap, JournalWorld } from "./JournalWorld.ts"
import { startReplicator } from "./SimulatedReplicator.ts"

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
  const last = new Map(log.deeds.filter(({ offset }) => offset <= pointer).map(({ id, offset }) => [id, offset]))
  return last.size === 0 || [...last].some(([id, offset]) => store.heads.get(id)?.offset === offset)
}

/**
 * Replicators of one log that are given a store which was filled from another, and whose pointer is a place in their log:
 * nothing is written to it.
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
  const filler = startReplicator(other, "replicator of the other log", () => false)
  simulation.settle("a store is filled", () => other.store.pointer === other.log.end - 1, { withinMs })
  filler.stop()

  const world = new JournalWorld(simulation, subjects, other)
  const last = new Map<string, number>()
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
    { name: "write", weight: 1, run: (each) => append(world, each, last) }
  ])
  const before = refused
  simulation.settle("a replicator refuses another log's store", () => refused > before, { withinMs })
  simulation.mark("another log's store was refused")
  for (const node of nodes) node.stop()
}
