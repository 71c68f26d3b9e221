import { partitionLog } from "../../../core/broker/PartitionLog.ts"
import { openPartitionLog } from "../../../core/broker/PartitionState.ts"
import type { NewRecord } from "../../../core/log/index.ts"
import type { Move, Report, TraceEvent } from "../driver/index.ts"
import { recover } from "../../../core/storage/index.ts"
import type { Scenario } from "../Scenario.ts"
import { later } from "./LogModel.ts"
import type { Sender, Wish } from "./LogModel.ts"
import { LogWorld } from "./LogWorld.ts"
import type { Subjects } from "./LogWorld.ts"

const moves = 60
const text = new TextEncoder()

/** What clients of all kinds send to a log: most often what continues their sequence. */
class Producers {
  private readonly world: LogWorld
  private readonly sent: Array<Wish> = []
  private readonly largest: number
  private values = 0

  constructor(world: LogWorld) {
    this.world = world
    this.largest = world.simulation.random("setup").pick([10, 40, 3000])
  }

  send(): void {
    const random = this.world.simulation.random("writes")
    const acks = random.pick([-1, -1, 1, 0] as const)
    if (random.chance(20)) {
      const count = 1 + random.below(3)
      return this.world.questions.append(
        Array.from({ length: count }, () => this.wish(undefined)),
        acks
      )
    }
    const [latest] = this.sent.slice(-1 - random.below(10))
    const wish = latest !== undefined && random.chance(20) ? latest : this.wish(this.sender())
    if (wish !== latest) this.sent.push(wish)
    this.world.questions.append([wish], acks)
  }

  private sender(): Sender {
    const random = this.world.simulation.random("writes")
    const id = 1 + random.below(3)
    const due = this.world.model.due(id) ?? { epoch: random.below(2), sequence: random.pick([0, 7, 2 ** 31 - 2]) }
    const roll = random.below(100)
    if (roll < 85) return { id, ...due }
    if (roll < 90) return { id, epoch: due.epoch, sequence: later(due.sequence, random.pick([1, 2, 2 ** 31 - 1])) }
    if (roll < 94) return { id, epoch: due.epoch + 1, sequence: 0 }
    if (roll < 97) return { id, epoch: due.epoch + 1, sequence: 1 + random.below(3) }
    return { id, epoch: Math.max(0, due.epoch - 1), sequence: random.pick([0, due.sequence]) }
  }

  private wish(sender: Sender | undefined): Wish {
    const random = this.world.simulation.random("writes")
    const records = Array.from({ length: 1 + random.below(3) }, (): NewRecord => {
      const value = `value ${++this.values} `.padEnd(random.below(this.largest), "x")
      return { timestamp: 1000 + random.below(100), key: null, value: text.encode(value), headers: [] }
    })
    return { sender, records }
  }
}

const fetch = ({ model, questions, simulation }: LogWorld): void => {
  const random = simulation.random("reads")
  const offset = random.chance(90)
    ? model.start + random.below(model.end - model.start + 1)
    : random.below(model.end + 3)
  questions.fetch(offset, random.pick([0, 100, 500, 10_000]))
}

const list = ({ questions, simulation }: LogWorld): void => {
  const random = simulation.random("reads")
  questions.list(random.pick([-1, -2, 990 + random.below(120)]))
}

const trim = ({ questions, simulation }: LogWorld): void => {
  const random = simulation.random("deletes")
  questions.trim(random.chance(10) ? -1 : random.below(questions.told + 2))
}

/** Fetches all that there is, one answer after the other, as a client does that reads from the start. */
const readAll = ({ model, questions, simulation }: LogWorld): void => {
  for (let offset = model.start; offset < model.end;) {
    questions.fetch(offset, 10_000)
    offset = (model.at(offset)?.last ?? offset) + 1
  }
  simulation.settle("all is fetched", () => questions.open === 0)
}

/**
 * Runs one partition's log on a disk that fails, in a process and on a machine that end at times, and throws where a
 * client is told what it must not be told, or where recovery finds what must not be left.
 */
export const simulateLog = (seed: number, subjects: Subjects, watch?: (event: TraceEvent) => void): Report => {
  const world = new LogWorld(seed, subjects, watch)
  const { questions, simulation } = world
  const producers = new Producers(world)
  const isDown = (): boolean => questions.offline || questions.closed
  const workload: ReadonlyArray<Move> = [
    { name: "append", weight: 60, run: () => producers.send() },
    { name: "fetch", weight: 20, run: () => fetch(world) },
    { name: "look up", weight: 5, run: () => list(world) },
    { name: "delete", weight: simulation.random("setup").pick([0, 4, 12]), run: () => trim(world) },
    { name: "close", weight: 1, run: () => questions.close() },
    {
      name: "crash",
      weight: 3,
      run: () => {
        if (simulation.fault("crash the log", 90)) world.crash()
      }
    },
    {
      name: "restart",
      weight: 20,
      run: () => {
        if (isDown()) world.restart()
      }
    }
  ]
  simulation.run(moves, workload)
  simulation.settle("every question is answered and the log has nothing to do", () => {
    if (questions.offline && questions.hasPromises) return false
    if (questions.offline || (questions.closed && questions.open === 0)) world.restart()
    return questions.open === 0 && world.idle()
  })
  if (world.policy === "none") {
    questions.close()
    simulation.settle("the log is closed", () => questions.closed)
  }
  world.keepAll()
  world.cutPower()
  readAll(world)
  return simulation.report()
}

/** The machine and the recovery of this package. */
export const realSubjects: Subjects = { machine: () => partitionLog, recover, open: openPartitionLog }

/** One partition's log with its producers and readers. */
export const log: Scenario = {
  seeds: 2000,
  marks: {
    "an append was answered": 15_000,
    "a duplicate was answered": 1500,
    "a duplicate was answered over a restart": 500,
    "refused: OUT_OF_ORDER_SEQUENCE_NUMBER": 1500,
    "refused: INVALID_PRODUCER_EPOCH": 500,
    "refused: NOT_ENOUGH_REPLICAS": 1000,
    "a batch was fetched": 10_000,
    "batches were fetched": 10_000,
    "a fetch was out of range": 300,
    "a time was found": 500,
    "a time was not found": 200,
    "records were deleted": 1500,
    "retention gave records up": 500,
    "a segment was rolled": 8000,
    "a log was closed": 500,
    "a log went offline": 500,
    "a process ended": 1000,
    "a machine ended": 3000,
    "records were lost": 1500,
    "a torn tail was cut off": 150,
    "a damaged tail was cut off": 50,
    "crash in recovery": 500,
    "sync failed": 200,
    "write failed": 200,
    ReadFailed: 40,
    RemovalFailed: 40
  },
  run: (seed, watch) => simulateLog(seed, realSubjects, watch)
}
