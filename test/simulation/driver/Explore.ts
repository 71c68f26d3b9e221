import type { Report } from "./Simulation.ts"
import { simulationFailed, SimulationFailed } from "./SimulationFailed.ts"

/** What a batch of runs was, all together. */
export interface Summary {
  readonly seeds: number
  readonly events: number
  readonly virtualMs: number
  readonly marks: ReadonlyMap<string, number>
}

/** Every so many runs one is made twice, to see that its seed alone decides it. */
const doubleCheck = 50

/**
 * Runs one seed after the other and sums up their reports; throws the first {@link SimulationFailed}, also where a seed
 * does not repeat its run.
 */
export const explore = (seeds: Iterable<number>, run: (seed: number) => Report): Summary => {
  const marks = new Map<string, number>()
  let count = 0
  let events = 0
  let virtualMs = 0
  for (const seed of seeds) {
    const report = run(seed)
    if (count % doubleCheck === 0) repeated(report, run)
    count++
    events += report.events
    virtualMs += report.virtualMs
    for (const [name, times] of report.marks) marks.set(name, (marks.get(name) ?? 0) + times)
  }
  return { seeds: count, events, virtualMs, marks }
}

const repeated = (report: Report, run: (seed: number) => Report): void => {
  const again = run(report.seed)
  if (again.hash === report.hash && again.events === report.events) return
  throw simulationFailed({
    seed: report.seed,
    what: `The seed does not repeat its run: ${report.events} events, then ${again.events}.`,
    hash: again.hash,
    trace: [],
    rerun: report.rerun
  })
}

/** The first run that fails, for tests that plant a bug and want to see it found; what else is thrown goes through. */
export const firstFailure = (seeds: Iterable<number>, run: (seed: number) => Report): SimulationFailed | undefined => {
  for (const seed of seeds) {
    try {
      run(seed)
    } catch (error) {
      if (error instanceof SimulationFailed) return error
      throw error
    }
  }
  return undefined
}

/** The seeds from `first` on, `count` of them. */
export const seedsFrom = (first: number, count: number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, at) => first + at)
