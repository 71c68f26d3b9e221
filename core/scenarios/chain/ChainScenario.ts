import type { Configuration, Member } from "../../chain/index.ts"
import { chainDefaults } from "../../chain/index.ts"
import type { NodeDisk } from "./NodeDisk.ts"
import type { Scenario, Simulation } from "../../simulation/index.ts"
import type { ChainModule } from "./ChainModule.ts"
import { History } from "./History.ts"
import { ModelDisk } from "./ModelDisk.ts"
import { Operations } from "./Operations.ts"
import { Replica } from "./Replica.ts"
import type { Envelope } from "./Replica.ts"
import { settle } from "./Settle.ts"
import { nameOf, newMember } from "./World.ts"
import type { LooseSettings, Place, World } from "./World.ts"
import { makeWorkload } from "./Workload.ts"
import type { ChainInput, ChainOutput, ChainState } from "../../chain/index.ts"

/** What a seed draws; the first value is the calm one. Narrow, tiny and huge values find what middling ones hide. */
const knobs = {
  nodes: [3, 5, 3, 5, 3],
  electionMs: [100, 50],
  spreadMs: [100, 2, 8, 60],
  heartbeatMs: [20, 10],
  latencyMs: [1, 3, 10],
  loss: [0, 0, 2, 10],
  duplicate: [0, 0, 5, 15],
  reorder: [0, 0, 5, 20],
  syncMs: [1, 0, 4, 15],
  crash: [0, 0, 0.2, 2],
  downMs: [50, 3, 15, 100],
  faultGapMs: [0, 120, 40, 15],
  moves: [40, 150],
  moveGapMs: [10, 2, 30],
  blockBytes: [1 << 20, 1, 16],
  windowBlocks: [64, 1, 2]
}

const initialMembers = (simulation: Simulation): ReadonlyArray<Member> =>
  Array.from({ length: simulation.knob("nodes") }, (_, at) => newMember(at + 1, "Voter", 0))

const settingsOf = (simulation: Simulation, id: number): LooseSettings => ({
  ...chainDefaults,
  id,
  electionMs: simulation.knob("electionMs"),
  spreadMs: simulation.knob("spreadMs"),
  heartbeatMs: simulation.knob("heartbeatMs"),
  maxBlockBytes: simulation.knob("blockBytes"),
  windowBlocks: simulation.knob("windowBlocks")
})

const begin = (world: World, id: number, initial: Configuration): void => {
  const { history, module, simulation } = world
  const disk: NodeDisk = new ModelDisk(simulation.random(`disk ${id}`), true)
  const place: Place = {
    id,
    name: nameOf(id),
    disk,
    settings: settingsOf(simulation, id),
    initial,
    incarnation: 1000 * id,
    trouble: undefined,
    node: undefined
  }
  const random = simulation.random(`seeds ${id}`)
  history.nodes[id] = place
  place.node = simulation.node<ChainState, ChainInput, ChainOutput, Envelope>({
    name: place.name,
    boot: () => {
      const durable = disk.open(place.incarnation, initial)
      if (typeof durable === "string") return simulation.fail("damaged", durable)
      place.trouble = undefined
      const state = module.start(place.settings, durable, random.below(2 ** 32))
      return new Replica(world, place, state).life()
    },
    crashed: () => world.operations.lost(id)
  })
}

const run = (module: ChainModule, simulation: Simulation): void => {
  const initial: Configuration = { members: initialMembers(simulation) }
  const world: World = {
    module,
    simulation,
    history: new History(simulation, initial),
    operations: new Operations(simulation),
    initial,
    maxSessions: 100,
    bytes: false
  }
  simulation.network({
    minMs: 0,
    meanMs: simulation.knob("latencyMs"),
    loss: simulation.knob("loss"),
    duplicate: simulation.knob("duplicate"),
    reorder: simulation.knob("reorder")
  })
  simulation.tasks({
    meanMs: simulation.knob("syncMs"),
    crash: simulation.knob("crash"),
    downMs: simulation.knob("downMs")
  })
  for (const { id } of initial.members) begin(world, id, initial)
  const places = world.history.nodes.filter((place) => place !== undefined)
  simulation.nemesis({
    nodes: places.map(({ name }) => name),
    kinds: ["crash", "crash the leader", "crash at an effect", "crash at an output", "pause", "halves", "one way", "isolate", "bridge", "ring", "swizzle", "slow", "loss", "duplicate", "reorder"],
    gapMs: simulation.knob("faultGapMs"),
    downMs: simulation.knob("downMs"),
    leader: () => places.find(({ node }) => node?.alive() === true && node.state().lead !== undefined)?.name,
    disks: Object.fromEntries(places.map(({ disk, name }) => [name, { crash: (kind) => disk.crash(kind) }]))
  })
  simulation.run({ moves: simulation.knob("moves"), gapMs: simulation.knob("moveGapMs") }, makeWorkload(world))
  settle(world)
}

/** A cluster of the chain's nodes under everything that can go wrong with it. */
export const makeChainScenario = (module: ChainModule): Scenario => ({
  name: "chain",
  knobs,
  seeds: 2000,
  marks: { fork: 1, "leader with an uncommitted tail of an older term": 1 },
  run: (simulation) => run(module, simulation)
})
