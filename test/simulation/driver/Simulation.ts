import { SimulatedActor } from "./Actor.ts"
import type { Actor, ActorOptions, Stage } from "./Actor.ts"
import { Faults } from "./Faults.ts"
import type { FaultRates } from "./Faults.ts"
import { makePrng } from "../../../core/simulation/index.ts"
import type { Prng } from "../../../core/simulation/index.ts"
import { Schedule } from "./Schedule.ts"
import { simulationFailed, SimulationFailed } from "./SimulationFailed.ts"
import { Trace } from "./Trace.ts"
import type { TraceEvent } from "./Trace.ts"

/**
 * What a run is made from.
 *
 * **Details**
 *
 * `faults` says how often the driver lets something go wrong; where it is left out, no fault happens at all, also none
 * of the workload's. `rerun` is the command that runs this simulation; ` --seed` and the seed are added to it. Time
 * passes by up to `stepMs` milliseconds (10) before `timePercent` percent (2) of the events, and jumps to whatever is
 * next when nothing can happen. `watch` sees every event of the run.
 */
export interface SimulationOptions {
  readonly seed: number
  readonly faults?: Partial<FaultRates> | undefined
  readonly rerun: string
  readonly stepMs?: number
  readonly timePercent?: number
  readonly watch?: ((event: TraceEvent) => void) | undefined
}

/** Something that the workload does from time to time, in `weight` of all moves' weights. */
export interface Move {
  readonly name: string
  readonly weight: number
  readonly run: () => void
}

/**
 * What a run was: the same for the same seed, always. `virtualMs` is the time that passed in it, `rerun` the command
 * that runs it again.
 */
export interface Report {
  readonly seed: number
  readonly rerun: string
  readonly hash: string
  readonly events: number
  readonly virtualMs: number
  readonly marks: ReadonlyMap<string, number>
}

/**
 * One run of machines and their workload, from a seed.
 *
 * **Details**
 *
 * - `now`: virtual time in milliseconds
 * - `random`: the workload's stream of random numbers for a purpose; the same name gives the same stream
 * - `fault`: whether the workload's fault of this name happens, in `percent` of the cases; never without `faults`, nor
 *   while settling
 * - `spawn`: starts a machine
 * - `run`: does this many moves, with a random number of events after each
 * - `events`: lets this many events happen, without moves
 * - `settle`: lets events happen without any fault until `done` and until no task is under way that outlives whoever
 *   asked for it; fails when that never comes about: when nothing is left to happen, or after `limit` events (20,000)
 * - `pass`: lets time pass
 * - `mark`: counts something that a batch of runs must have seen; faults are counted by their names
 * - `note`: writes a line into the trace
 * - `fail`: throws {@link SimulationFailed}; what else is thrown during `run`, `events` and `settle` is turned into it
 */
export interface Simulation {
  readonly seed: number
  readonly now: () => number
  readonly random: (stream: string) => Prng
  readonly fault: (name: string, percent: number) => boolean
  readonly spawn: <State, Input, Output>(options: ActorOptions<State, Input, Output>) => Actor<State, Input>
  readonly run: (moves: number, workload: ReadonlyArray<Move>) => void
  readonly events: (count: number) => void
  readonly settle: (what: string, done: () => boolean, limit?: number) => void
  readonly pass: (ms: number) => void
  readonly mark: (name: string) => void
  readonly note: (text: string) => void
  readonly fail: (what: string) => never
  readonly report: () => Report
}

/** Virtual time begins at a second, so that no time is taken for none. */
const startAt = 1000
const traceTail = 60

/**
 * Makes a run from a seed: the driver of this package's machines where time, faults and the order of events are decided
 * by random numbers.
 *
 * **When to use**
 *
 * To look for violations in thousands of schedules that no hand-written test would think of, and to repeat a run that
 * found one.
 *
 * **Details**
 *
 * The machine is the one that runs outside the simulation; only what its outputs mean is another: `answer` of
 * `odradek/core/machine` for what is handed over at once, {@link task} for a request to the modelled world.
 *
 * An output that means a {@link Task} has its effect in one event and its answer in another, with any other events
 * before, between and after; an actor may crash at each of these points, and before each of its outputs. Every decision
 * is drawn from a stream that is derived from the seed and the purpose: the order of events, the passing of time, the
 * moves, and each kind of fault.
 *
 * **Gotchas**
 *
 * What the workload and the modelled world decide must come from `random`, never from elsewhere, or a seed does not
 * repeat its run.
 *
 * **Example** (Looking for a register that says too early that a value is saved)
 *
 * ```ts
 * const simulate = (seed: number): Report => {
 *   const simulation = makeSimulation({ seed, faults: swarmRates(seed), rerun: "npm run simulate -- register" })
 *   let disk = 0
 *   const open = (): Actor<number, Input> =>
 *     simulation.spawn<number, Input, Output>({
 *       name: "register",
 *       machine: register,
 *       state: disk,
 *       tick: (now) => ({ _tag: "Tick", now }),
 *       perform: ({ _tag, value }) =>
 *         _tag === "Write"
 *           ? task<Input>("disk", () => {
 *               disk = value
 *               return { _tag: "Written", value }
 *             })
 *           : answer(() => {
 *               simulation.mark("saved")
 *               if (disk < value) simulation.fail(`${value} is said to be saved, and the disk has ${disk}`)
 *             }),
 *       crashed: () => {
 *         actor = open()
 *       }
 *     })
 *   let actor = open()
 *   let last = 0
 *   simulation.run(50, [{ name: "set", weight: 1, run: () => actor.feed({ _tag: "Set", value: ++last }) }])
 *   simulation.settle("the disk has the register's value", () => disk === actor.state())
 *   return simulation.report()
 * }
 *
 * const { marks } = explore(seedsFrom(1, 1000), simulate)
 * ```
 */
export const makeSimulation = (options: SimulationOptions): Simulation => {
  const { seed, stepMs = 10, timePercent = 2 } = options
  const rerun = `${options.rerun} --seed ${seed}`
  const root = makePrng(seed)
  const streams = new Map<string, Prng>()
  const marks = new Map<string, number>()
  const mark = (name: string): void => {
    marks.set(name, (marks.get(name) ?? 0) + 1)
  }
  const trace = new Trace(traceTail, options.watch)
  const schedule = new Schedule(root.stream("schedule"), startAt)
  const faults = new Faults(root.stream("faults"), options.faults, mark)
  const stage: Stage = { underWay: 0, schedule, faults, trace, random: root.stream("lines") }
  const time = root.stream("time")
  const moved = root.stream("moves")
  const busy = 1 + moved.below(24)

  const failure = (what: string, cause?: unknown): SimulationFailed =>
    simulationFailed({
      seed,
      what,
      hash: trace.hash(),
      trace: trace.tail(),
      rerun,
      ...(cause === undefined ? {} : { cause })
    })
  const fail = (what: string): never => {
    throw failure(what)
  }
  const guarded = (body: () => void): void => {
    try {
      body()
    } catch (error) {
      throw error instanceof SimulationFailed ? error : failure(`It throws: ${String(error)}`, error)
    }
  }
  const note = (text: string): void => trace.add(schedule.now(), "workload", "Move", text)
  const advance = (): boolean => {
    if (time.chance(timePercent)) schedule.pass(1 + time.below(stepMs))
    return schedule.advance()
  }
  const events = (count: number): void => {
    for (let left = count; left > 0 && advance(); left--);
  }

  return {
    seed,
    now: () => schedule.now(),
    random: (stream) => {
      const known = streams.get(stream)
      if (known !== undefined) return known
      const made = root.stream("workload").stream(stream)
      streams.set(stream, made)
      return made
    },
    fault: (name, percent) => {
      const happens = faults.happens(name, percent)
      if (happens) trace.add(schedule.now(), "workload", "Fault", name)
      return happens
    },
    spawn: (actor) => new SimulatedActor(actor, stage),
    run: (moves, workload) =>
      guarded(() => {
        const total = workload.reduce((sum, { weight }) => sum + weight, 0)
        for (let count = 0; count < moves; count++) {
          let roll = moved.below(total)
          const move = workload.find(({ weight }) => (roll -= weight) < 0)
          if (move === undefined) return
          note(move.name)
          move.run()
          events(moved.below(2 * busy))
        }
      }),
    events: (count) => guarded(() => events(count)),
    settle: (what, done, limit = 20_000) =>
      guarded(() => {
        faults.end()
        note("settle")
        for (let count = 0; stage.underWay > 0 || !done(); count++) {
          if (count >= limit) fail(`It never comes about that ${what}: not in ${limit} events without a fault.`)
          if (!advance()) fail(`It never comes about that ${what}: nothing is left to happen.`)
        }
      }),
    pass: (ms) => schedule.pass(ms),
    mark,
    note,
    fail,
    report: () => ({
      seed,
      rerun,
      hash: trace.hash(),
      events: trace.events(),
      virtualMs: schedule.now() - startAt,
      marks: new Map(marks)
    })
  }
}
