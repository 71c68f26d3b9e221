import { fnvBasis, fnvText } from "./Fnv.ts"
import { runPlan } from "./RunPlan.ts"
import type { Report } from "./RunPlan.ts"
import type { Scenario } from "./Scenario.ts"
import { SimulationFailed } from "./SimulationFailed.ts"

/** Whether every message goes through bytes, and what is told of each run when it has ended. */
export interface ExploreOptions {
  readonly encoded?: boolean
  readonly ran?: (report: Report) => void
}

/**
 * What a batch of runs was, all together.
 *
 * **Details**
 *
 * `digest` is that of the hashes of all runs in their order: the same for the same seeds and the same code, in every
 * process. `missing` says which marks a whole batch should have come to and has not, or not often enough; it is empty
 * where there were fewer runs than a batch has.
 */
export interface Summary {
  readonly scenario: string
  readonly seeds: number
  readonly events: number
  readonly virtualMs: number
  readonly digest: string
  readonly marks: ReadonlyMap<string, number>
  readonly missing: ReadonlyArray<string>
}

/** Every so many runs one is made twice, to see that its plan alone decides it. */
const doubleCheck = 50

/**
 * Runs a scenario from one seed after the other and sums up the reports; throws the first {@link SimulationFailed}.
 *
 * **Details**
 *
 * Every fiftieth run is made a second time, from the plan that the first one left behind and with every message through
 * bytes: where its hash is another the batch fails too, and says which of these it was.
 */
export const explore = (scenario: Scenario, seeds: Iterable<number>, options: ExploreOptions = {}): Summary => {
  const { encoded = false, ran } = options
  const marks = new Map<string, number>()
  let count = 0
  let events = 0
  let virtualMs = 0
  let digest = fnvBasis
  for (const seed of seeds) {
    const report = runPlan(scenario, { scenario: scenario.name, seed }, { encoded })
    if (count % doubleCheck === 0) checkRepeats(scenario, report, encoded)
    count++
    events += report.events
    virtualMs += report.virtualMs
    digest = fnvText(digest, report.hash)
    for (const [name, times] of report.marks) marks.set(name, (marks.get(name) ?? 0) + times)
    ran?.(report)
  }
  return {
    scenario: scenario.name,
    seeds: count,
    events,
    virtualMs,
    digest: (digest >>> 0).toString(16).padStart(8, "0"),
    marks,
    missing: count < scenario.seeds ? [] : missingMarks(scenario, marks)
  }
}

/** What a batch should have come to and has not, or not often enough. */
export const missingMarks = (scenario: Scenario, marks: ReadonlyMap<string, number>): ReadonlyArray<string> =>
  Object.entries(scenario.marks)
    .filter(([name, least]) => (marks.get(name) ?? 0) < least)
    .map(([name, least]) => `${name}: ${marks.get(name) ?? 0} times, not ${least}`)

const checkRepeats = (scenario: Scenario, report: Report, encoded: boolean): void => {
  const { plan, seed } = report
  const same = (again: Report): boolean => again.hash === report.hash && again.events === report.events
  if (same(runPlan(scenario, plan, { encoded: !encoded }))) return
  const why = !same(runPlan(scenario, { scenario: scenario.name, seed }, { encoded }))
    ? "A second run from the seed is another: something is decided by what is not from the seed."
    : !same(runPlan(scenario, plan, { encoded }))
      ? "The run from the plan is another than that from its seed: a knob, a move or a chance is not drawn by its name."
      : "The run is another when messages go through bytes: what is decoded is not what was encoded."
  throw new SimulationFailed({
    invariant: "repeats",
    what: why,
    plan,
    hash: report.hash,
    events: report.events,
    trace: [],
    rerun: `explore(${scenario.name}, [${seed}])`,
    message: `repeats: ${why}\n${scenario.name}, seed ${seed}, ${report.events} events, trace ${report.hash}`
  })
}

/** The first run that fails, for tests that plant a bug and want to see it found. */
export const firstFailure = (scenario: Scenario, seeds: Iterable<number>): SimulationFailed | undefined => {
  try {
    explore(scenario, seeds)
    return undefined
  } catch (error) {
    if (error instanceof SimulationFailed) return error
    throw error
  }
}

/** The seeds from `first` on, `count` of them. */
export const seedsFrom = (first: number, count: number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, at) => first + at)
