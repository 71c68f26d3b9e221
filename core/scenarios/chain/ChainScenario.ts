import { fnvNumber } from "../../simulation/index.ts"
import type { Scenario, Simulation } from "../../simulation/index.ts"
import type { ChainModule } from "./ChainModule.ts"
import { beginFaults, beginNodes, foundingMembers } from "./Cluster.ts"
import { Echoes } from "./Echoes.ts"
import { History } from "./History.ts"
import { wanted } from "./Marks.ts"
import { Operations } from "./Operations.ts"
import { settle } from "./Settle.ts"
import { envelopeCodec } from "./Wire.ts"
import { makeWorkload } from "./Workload.ts"
import type { World } from "./World.ts"

/**
 * What a seed draws; the first value is the calm one.
 *
 * **Details**
 *
 * Bugs hide from middling values: what finds them are tiny blocks and windows, narrow election time-outs, crashes where
 * something is about to become durable, and short runs. Rare values are given by repeating the others.
 */
const knobs = {
  nodes: [3, 5, 3, 5, 3, 5, 3, 5, 7, 4, 2, 1],
  witnesses: [0, 0, 0, 1],
  learners: [0, 0, 0, 1],
  spares: [0, 0, 1, 2],
  priorities: [0, 0, 1],
  electionMs: [100, 50],
  spreadMs: [100, 2, 8, 60],
  heartbeatMs: [20, 10, 40],
  latencyMs: [1, 1, 3, 10],
  loss: [0, 0, 2, 10],
  duplicate: [0, 0, 5, 15],
  reorder: [0, 0, 5, 20],
  syncMs: [1, 0, 4, 15],
  crash: [0, 0, 0.2, 2],
  downMs: [50, 3, 15, 100],
  faultGapMs: [0, 120, 40, 15],
  lastMs: [200, 60, 400],
  focus: [0, 0, 1, 1, 2, 2, 3, 4],
  driftPerMille: [0, 50, 100],
  lease: [0, 0, 20],
  moves: [40, 20, 150],
  moveGapMs: [10, 2, 30],
  clients: [0, 1, 3],
  sessions: [100, 2],
  churn: [0, 0, 1, 4],
  echoes: [0, 0, 2, 10],
  strands: [0, 0, 1, 3, 6],
  transfers: [0, 0, 1, 3],
  snapshots: [0, 0, 2, 6],
  blockBytes: [1 << 20, 1, 16],
  blockCommands: [10_000, 10_000, 1, 3],
  windowBlocks: [64, 1, 2],
  windowBytes: [1 << 20, 1 << 20, 8],
  uncommittedBytes: [1 << 20, 1 << 20, 1000],
  snapshotBytes: [0, 0, 1500, 15_000],
  keepBlocks: [8, 0, 2],
  chunkBytes: [1 << 16, 7, 30],
  lazy: [0, 1],
  bytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  core: [0, 0, 1, 2],
  snapshotMs: [1, 30, 300]
}

/** What is on all disks, and what has come of it, for a search that tells states apart. */
const digestOfDisks = ({ history, operations, places }: World): number => {
  let mixed = fnvNumber(history.top, operations.open.size)
  for (const { disk, incarnation } of places) {
    const { blocks, commit, term, vote } = disk.kept
    for (const number of [incarnation, term, vote, commit.term, commit.counter]) mixed = fnvNumber(mixed, number)
    for (const { id } of blocks) mixed = fnvNumber(fnvNumber(mixed, id.term), id.counter)
  }
  return mixed
}

/** Begins a cluster as the knobs say, with nothing going wrong yet but what they say of links and disks. */
export const beginWorld = (module: ChainModule, simulation: Simulation): World => {
  const { knob } = simulation
  const members = foundingMembers(simulation)
  const world: World = {
    module,
    simulation,
    history: new History(simulation, { members }),
    operations: new Operations(simulation),
    places: [],
    maxSessions: knob("sessions"),
    codec: envelopeCodec(module),
    bytes: knob("bytes") !== 0,
    troubles: 0,
    echoes: new Echoes(),
    stranded: { id: 0, mate: 0, until: 0, deaf: false, mute: false }
  }
  simulation.network({
    minMs: 0,
    meanMs: knob("latencyMs"),
    loss: knob("loss"),
    duplicate: knob("duplicate"),
    reorder: knob("reorder")
  })
  simulation.tasks({ meanMs: knob("syncMs"), crash: knob("crash"), downMs: knob("downMs") })
  beginNodes(world, members)
  simulation.digest(() => digestOfDisks(world))
  return world
}

const run = (module: ChainModule, simulation: Simulation): void => {
  const { knob } = simulation
  const world = beginWorld(module, simulation)
  beginFaults(world)
  simulation.run({ moves: knob("moves"), gapMs: knob("moveGapMs") }, makeWorkload(world))
  settle(world)
}

/** A cluster of the chain's nodes under everything that can go wrong with it. */
export const makeChainScenario = (module: ChainModule): Scenario => ({
  name: "chain",
  knobs,
  seeds: 2000,
  marks: wanted,
  run: (simulation) => run(module, simulation)
})
