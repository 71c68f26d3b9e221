import type { Move, Scenario, Simulation } from "../../simulation/index.ts"
import type { LambdaSubjects } from "./LambdaSubjects.ts"
import { LambdaWorld } from "./LambdaWorld.ts"
import { Pollers } from "./Pollers.ts"
import { Sandboxes } from "./Sandboxes.ts"

/** What a seed draws; the first value is the calm one. */
const knobs = {
  faults: [0, 1, 1, 1, 1],
  partitions: [1, 2, 2],
  atomic: [1, 0],
  fencesHeads: [1, 0],
  hasLog: [0, 0, 1],
  gaps: [0, 1, 1],
  late: [0, 0, 0, 0, 1],
  restores: [0, 0, 1],
  poison: [0, 0, 0, 0, 3],
  filtered: [0, 0, 0, 0, 10],
  batchSize: [5, 1, 3, 20],
  windowMs: [5, 0, 50],
  payload: [10_000, 250],
  initTimeoutMs: [1000, 3],
  functionTimeoutMs: [1000, 400, 150],
  bisect: [0, 1],
  retries: [-1, -1, 0, 2],
  ageMs: [-1, -1, -1, 100],
  pageBytes: [10_000, 1, 150],
  patienceMs: [100, 0, 20],
  heads: [100, 1],
  fenceMs: [20, 5, 100],
  moves: [40, 20],
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
  journalsAtOnce: [1, 2, 3]
}

/** Within this time everything is done once no fault happens any more. */
const withinMs = 30_000

const run = (subjects: LambdaSubjects, simulation: Simulation): void => {
  const world = new LambdaWorld(simulation, subjects)
  const { atomic, faulty, fences, loses, partitions } = world
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
  const beginning = simulation.random("beginning")
  if (simulation.knob("late") === 1 && loses) {
    for (let n = 0; n < 4; n++) world.write(beginning)
    for (const at of partitions.filter(({ log }) => log.end > 0)) {
      at.committed = at.log.end
      at.isLate = true
    }
  }
  const sandboxes = new Sandboxes(world)
  const pollers = new Pollers(world, sandboxes)
  simulation.nemesis({
    nodes: [...(fences ? Pollers.names : []), ...sandboxes.names],
    kinds: ["crash", "crash at an effect", "crash at an output", "pause"],
    gapMs: whenFaulty("faultGapMs"),
    downMs: simulation.knob("downMs"),
    lastMs: 100
  })
  const restores = atomic && loses && simulation.knob("restores") === 1
  const workload: ReadonlyArray<Move> = [
    { name: "write", weight: 60, run: (random) => world.write(random) },
    { name: "rebalance", weight: fences ? 6 : 0, run: (random) => pollers.rebalance(random) },
    { name: "back up", weight: restores ? 3 : 0, run: (random) => random.pick(partitions).backUp() },
    {
      name: "restore",
      weight: restores ? 2 : 0,
      run: (random) => {
        if (random.pick(partitions).restore()) simulation.mark("a store was restored")
      }
    }
  ]
  simulation.run({ moves: simulation.knob("moves"), gapMs: simulation.knob("gapMs") }, workload)
  const last = simulation.random("last")
  for (const at of partitions) at.write(last, simulation.now(), 0)
  world.write(last)
  simulation.settle("the stores have all that they can have", () => partitions.every((at) => world.isDone(at)), {
    withinMs
  })
  pollers.stop()
  for (const at of partitions) {
    if (at.missing === undefined) simulation.mark("a store has the whole log")
    // Without transactions a batch may be there in part whose rest is never handed over.
    if (atomic || at.missing === undefined || at.missing === at.poison) world.checkStore(at)
  }
}

/**
 * A function that replicates journals, invoked by an event source mapping.
 *
 * **Details**
 *
 * The store has transactions, or fences heads, or fences nothing but its pointer; with such a one no two functions have the
 * same records.
 *
 * - E1: what the mapping commits is in the store, but for records that it has given up, and for what a store has lost
 * - E2: a store has of its journals what the log says up to its pointer: nothing is lost, doubled or out of order, also
 *   where the mapping begins late, gives records up, or hands them to two functions at once
 * - E3: a pointer never goes back, and promises only what the log has
 * - E4: records are handed over in their turn, and none is left out
 */
export const makeLambdaScenario = (subjects: LambdaSubjects): Scenario => ({
  name: "lambda",
  knobs,
  seeds: 1000,
  marks: {
    "a store has the whole log": 700,
    "a partition was Done": 9000,
    "a partition was Late": 100,
    "a partition was Failed": 1500,
    "records were missing": 800,
    "records were given up": 600,
    "a record was filtered out": 150,
    "records were handed over again": 900,
    "missing records were read from the log": 150,
    "an event had two partitions": 250,
    "a partition has another poller": 1200,
    "two functions have the same records": 350,
    "a function was killed": 25,
    "a sandbox did not start in time": 8,
    "a function was fenced": 250,
    "a store was restored": 15,
    crash: 250,
    "crash at an effect": 20,
    "crash at an output": 20,
    pause: 200,
    "time out": 300,
    repeat: 250,
    slow: 500,
    linger: 20
  },
  run: (simulation) => run(subjects, simulation)
})
