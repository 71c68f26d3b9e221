import type { Move, Prng, Scenario, Simulation } from "../../simulation/index.ts"
import type { LogSubjects } from "./LogSubjects.ts"
import { LogWorld } from "./LogWorld.ts"
import { Producers } from "./Producers.ts"

/**
 * What a seed draws; the first value is the calm one. `fsync` is always, interval or none, -1 is no retention, and
 * `decay` is none, a bit, or a sector in another place.
 */
const knobs = {
  faults: [0, 1, 1, 1, 1],
  fsync: [0, 0, 1, 2],
  fsyncIntervalMs: [50, 5],
  segmentBytes: [20_000, 150, 400, 2000],
  sectorBytes: [512, 1, 16, 64],
  maxPendingBytes: [1 << 20, 300],
  maxProducers: [100, 2],
  retentionMs: [-1, -1, -1, -1, -1, -1, -1, -1, 100],
  retentionBytes: [-1, -1, -1, -1, -1, -1, -1, -1, 0, 1000],
  largest: [10, 40, 3000],
  deletes: [0, 4, 12],
  moves: [60, 80],
  gapMs: [5, 1, 20],
  workMs: [1, 0, 3],
  sticks: [0, 0, 0, 0, 1],
  failing: [0, 0.3, 2],
  fragile: [0, 1, 5],
  crash: [0, 0.1, 0.5],
  timeOut: [0, 1, 5],
  slow: [0, 1, 5],
  slowMs: [10, 100, 1000],
  faultGapMs: [0, 100, 300],
  decay: [0, 0, 1, 2]
}

/** Within this time everything is answered once no fault happens any more. */
const withinMs = 20_000

const fetch = ({ model, questions }: LogWorld, random: Prng): void => {
  const offset = random.chance(90)
    ? model.start + random.below(model.end - model.start + 1)
    : random.below(model.end + 3)
  questions.fetch(offset, random.pick([0, 100, 500, 10_000]))
}

const trim = ({ questions }: LogWorld, random: Prng): void =>
  questions.trim(random.chance(10) ? -1 : random.below(questions.told + 2))

/** Fetches all that there is, one answer after the other, as a client does that reads from the start. */
const readAll = ({ model, questions, simulation }: LogWorld): void => {
  for (let offset = model.start; offset < model.end;) {
    questions.fetch(offset, 10_000)
    offset = (model.at(offset)?.last ?? offset) + 1
  }
  simulation.settle("all is fetched", () => questions.open === 0, { withinMs })
}

const run = (subjects: LogSubjects, simulation: Simulation): void => {
  const whenFaulty = (name: string): number => (simulation.knob("faults") === 1 ? simulation.knob(name) : 0)
  simulation.tasks({
    meanMs: simulation.knob("workMs"),
    crash: whenFaulty("crash"),
    timeOut: whenFaulty("timeOut"),
    slow: whenFaulty("slow"),
    slowMs: simulation.knob("slowMs")
  })
  const world = new LogWorld(simulation, subjects)
  const { questions } = world
  const producers = new Producers(world)
  const isDown = (): boolean => questions.offline || questions.closed
  simulation.nemesis({
    nodes: ["log"],
    kinds: ["crash", "crash at an effect", "crash at an output"],
    gapMs: whenFaulty("faultGapMs")
  })
  const workload: ReadonlyArray<Move> = [
    { name: "append", weight: 60, run: (random) => producers.send(random) },
    { name: "fetch", weight: 20, run: (random) => fetch(world, random) },
    { name: "look up", weight: 10, run: (random) => questions.list(random.pick([-1, -2, 990 + random.below(120)])) },
    { name: "delete", weight: simulation.knob("deletes"), run: (random) => trim(world, random) },
    { name: "close", weight: 1, run: () => questions.close() },
    {
      name: "restart",
      weight: 20,
      run: () => {
        if (isDown()) world.restart()
      }
    }
  ]
  simulation.run({ moves: simulation.knob("moves"), gapMs: simulation.knob("gapMs") }, workload)
  simulation.settle(
    "every question is answered and the log has nothing to do",
    () => {
      if (questions.offline && questions.hasPromises) return false
      if (questions.offline || (questions.closed && questions.open === 0)) world.restart()
      return questions.open === 0 && world.idle()
    },
    { withinMs }
  )
  if (world.policy === "none") {
    questions.close()
    simulation.settle("the log is closed", () => questions.closed, { withinMs })
  }
  world.keepAll()
  world.cutPower()
  readAll(world)
  world.decay()
}

/**
 * One partition's log with its producers and readers, on a disk that fails, in a process and on a machine that end at
 * times.
 *
 * **Details**
 *
 * - L1: each question is answered once, and rightly
 * - L2: what was promised outlives every crash: with `always` what was acknowledged, else what was synced
 * - L3: what is read, by a client or by recovery, is what was appended
 * - L4: a batch of an idempotent producer is taken once, and in its turn, over restarts too
 * - L5: the log's start and its high watermark never go back, nor too far
 * - L6: retention gives up only what is too old, or too much
 * - L7: after every crash, also one in recovery, the log is recovered
 * - L8: what the disk has spoilt of what was synced is noticed, or does no harm
 */
export const makeLogScenario = (subjects: LogSubjects): Scenario => ({
  name: "log",
  knobs,
  seeds: 2000,
  marks: {
    "an append was answered": 12_000,
    "a duplicate was answered": 1200,
    "a duplicate was answered over a restart": 500,
    "refused: OUT_OF_ORDER_SEQUENCE_NUMBER": 1500,
    "refused: INVALID_PRODUCER_EPOCH": 500,
    "refused: NOT_ENOUGH_REPLICAS": 2000,
    "refused: NOT_LEADER_OR_FOLLOWER": 1000,
    "refused: KAFKA_STORAGE_ERROR": 1000,
    "a batch was fetched": 9000,
    "batches were fetched": 9000,
    "a fetch was out of range": 400,
    "a time was found": 1000,
    "a time was not found": 500,
    "records were deleted": 2000,
    "retention gave records up": 1000,
    "a segment was rolled": 8000,
    "a log was closed": 700,
    "a log went offline": 700,
    "a process ended": 1500,
    "a machine ended": 6000,
    "records were lost": 3000,
    "a torn tail was cut off": 400,
    "a damaged tail was cut off": 200,
    "decay was noticed": 50,
    "decay did no harm": 300,
    "crash in recovery": 1000,
    "crash after recovery": 1500,
    "crash at an effect": 400,
    "crash at an output": 300,
    "crash between changes of the disk": 1500,
    "sync failed": 200,
    "sync failed in recovery": 500,
    "write failed": 200,
    "time out": 200,
    ReadFailed: 40,
    RemovalFailed: 30
  },
  run: (simulation) => run(subjects, simulation)
})
