import type { Move, Prng, Scenario, Simulation } from "../../simulation/index.ts"
import { commitAlone, look } from "./Asking.ts"
import { Clients } from "./Clients.ts"
import type { GroupsSubjects } from "./GroupsSubjects.ts"
import { GroupWorld } from "./GroupWorld.ts"
import { checkOwners, rest } from "./Rest.ts"

/**
 * What a seed draws; the first value is the calm one. In a gentle run nothing is late or lost and nobody stands still;
 * `stalls`, `cuts`, `crashes` and `brokerCrashes` say in how many of a hundred cases such a move does what its name says.
 */
const knobs = {
  faults: [0, 1, 1, 1, 1],
  gentle: [1, 0, 0, 0],
  sessionMs: [1200, 600],
  rebalanceMs: [3000, 900],
  partitions: [3, 1, 2, 4, 5],
  cooperative: [100, 0, 50],
  grows: [0, 1],
  sticks: [0, 0, 0, 0, 0, 1],
  initialDelayMs: [0, 0, 100],
  newMemberMs: [300_000, 2000],
  maxSize: [20, 20, 20, 3],
  losses: [0, 0, 2, 5],
  stalls: [0, 30, 90],
  cuts: [0, 0, 30, 90],
  crashes: [0, 30, 90],
  brokerCrashes: [0, 50],
  moves: [34, 60],
  gapMs: [100, 30, 250, 8],
  workMs: [1, 3],
  crash: [0, 0.1, 0.5],
  timeOut: [0, 1, 5],
  repeat: [0, 1, 5],
  slow: [0, 1, 5],
  slowMs: [10, 100, 600],
  faultGapMs: [0, 0, 500, 2000]
}

const run = (subjects: GroupsSubjects, simulation: Simulation): void => {
  const world = new GroupWorld(simulation, subjects)
  const { faulty, gentle, model, sessionMs } = world
  const clients = new Clients(world)
  const whenFaulty = (name: string): number => (faulty ? simulation.knob(name) : 0)
  const whenRough = (name: string): number => (gentle ? 0 : whenFaulty(name))
  simulation.tasks({
    meanMs: simulation.knob("workMs"),
    crash: whenFaulty("crash"),
    timeOut: whenRough("timeOut"),
    repeat: whenRough("repeat"),
    slow: whenRough("slow"),
    slowMs: simulation.knob("slowMs")
  })
  simulation.nemesis({
    nodes: ["broker", "client 1", "client 2", "client 3"],
    kinds: ["crash", "crash at an effect", "crash at an output"],
    gapMs: whenFaulty("faultGapMs")
  })
  const doing = (act: (random: Prng) => void) => (random: Prng) => {
    world.restart()
    model.checkWaits()
    if (random.chance(25)) world.letGo.shift()?.()
    act(random)
  }
  const workload: ReadonlyArray<Move> = [
    { name: "start", weight: 12, run: doing((random) => clients.start(random)) },
    { name: "commit", weight: 30, run: doing((random) => clients.pick(random, (client) => client.commit())) },
    { name: "commit alone", weight: 2, run: doing((random) => commitAlone(world, random)) },
    { name: "look", weight: 8, run: doing(() => look(world)) },
    { name: "leave", weight: 3, run: doing((random) => clients.pick(random, (client) => client.leave())) },
    {
      name: "crash",
      weight: 4,
      run: doing((random) => {
        if (!random.chance(whenFaulty("crashes"))) return
        clients.pick(random, (client) => {
          client.crash()
          if (client.instance !== null && random.chance(70)) clients.start(random, client.instance)
        })
      })
    },
    {
      name: "stall",
      weight: 5,
      run: doing((random) => {
        const ms = random.pick([sessionMs / 2, sessionMs + 200, 2 * sessionMs])
        if (!random.chance(whenRough("stalls"))) return
        simulation.mark("a client stands still")
        clients.pick(random, (client) => {
          client.stall(ms)
          if (client.instance !== null && random.chance(50)) clients.start(random, client.instance)
        })
      })
    },
    {
      name: "cut off",
      weight: 4,
      run: doing((random) => {
        const ms = random.pick([sessionMs / 2, sessionMs + 200, 3 * sessionMs])
        if (!random.chance(whenRough("cuts"))) return
        simulation.mark("a client is cut off")
        clients.pick(random, ({ name }) => world.network.isolate(name, ms))
      })
    },
    { name: "count", weight: 2, run: doing(() => void (world.counted = world.partitions)) },
    {
      name: "crash the broker",
      weight: 2,
      run: doing((random) => {
        if (random.chance(whenFaulty("brokerCrashes"))) world.crash()
      })
    }
  ]
  world.stepped = () => checkOwners(world, clients)
  clients.start(simulation.random("the first client"))
  simulation.run({ moves: simulation.knob("moves"), gapMs: simulation.knob("gapMs") }, workload)
  rest(world, clients)
}

/**
 * One group with its members, on a broker that ends at times.
 *
 * **Details**
 *
 * - G1: each request is answered once, and in time
 * - G2: a member is known to the coordinator until its session ends, and not for longer
 * - G3: a generation has one leader and one protocol, and never comes back
 * - G4: a member is given what its leader has assigned to it
 * - G5: who is out of the group commits nothing
 * - G6: what was committed is told, and nothing older, over restarts of the broker too
 * - G7: a partition has one owner, where nothing is late or lost
 * - G8: a group that is left alone comes to rest, and stays there
 * - G9: a group has no more members than it may
 */
export const makeGroupsScenario = (subjects: GroupsSubjects): Scenario => ({
  name: "groups",
  knobs,
  seeds: 2000,
  marks: {
    "a group came to rest": 2000,
    "a commit was accepted": 15_000,
    "a commit without a group was accepted": 90,
    "a committed offset was fetched": 20_000,
    "a commit of somebody who is out was refused": 500,
    "a commit was refused: FENCED_INSTANCE_ID": 5,
    "a commit was refused: ILLEGAL_GENERATION": 100,
    "a commit was refused: NOT_COORDINATOR": 50,
    "a commit was refused: REBALANCE_IN_PROGRESS": 50,
    "a commit was refused: UNKNOWN_MEMBER_ID": 1500,
    "a heartbeat was refused: FENCED_INSTANCE_ID": 40,
    "a heartbeat was refused: ILLEGAL_GENERATION": 300,
    "a heartbeat was refused: UNKNOWN_MEMBER_ID": 1000,
    "a join was refused: FENCED_INSTANCE_ID": 70,
    "a join was refused: GROUP_MAX_SIZE_REACHED": 800,
    "a join was refused: INCONSISTENT_GROUP_PROTOCOL": 120,
    "a join was refused: REBALANCE_IN_PROGRESS": 150,
    "a join was refused: UNKNOWN_MEMBER_ID": 1800,
    "a sync was refused: FENCED_INSTANCE_ID": 10,
    "a sync was refused: REBALANCE_IN_PROGRESS": 900,
    "a sync was refused: UNKNOWN_MEMBER_ID": 120,
    "a member was gone before its share was told": 150,
    "a follower left": 600,
    "a follower left a group that prepares a rebalance": 140,
    "a leader left": 200,
    "a leader left a group that prepares a rebalance": 100,
    "another member leads": 2800,
    "a static member came back": 100,
    "a cooperative member led": 3000,
    "a plain member led": 3500,
    "a cooperative member was told: Lost": 700,
    "a cooperative member was told: Revoked": 1000,
    "a client stands still": 800,
    "a client is cut off": 400,
    "a request was cut off": 400,
    "an answer was cut off": 50,
    "an owner takes its time": 150,
    "partitions could not be counted": 80,
    "a request was lost": 1000,
    "an answer was lost": 1000,
    "a machine ended": 500,
    "a process ended": 500,
    crash: 1200,
    "crash at an effect": 120,
    "crash at an output": 250,
    "time out": 60,
    repeat: 1400,
    slow: 5000
  },
  run: (simulation) => run(subjects, simulation)
})
