import { explore, seedsFrom } from "./Explore.ts"
import type { Summary } from "./Explore.ts"
import { failedRun, runPlan } from "./RunPlan.ts"
import type { Scenario } from "./Scenario.ts"
import { shrink } from "./Shrink.ts"
import { SimulationFailed } from "./SimulationFailed.ts"
import { showTable } from "./Table.ts"

/** How many seeds (a batch), from which on (1), and after how many runs the search for a small plan ends (2000). */
export interface CheckOptions {
  readonly seeds?: number
  readonly first?: number
  readonly shrinkRuns?: number
}

/**
 * Runs a batch of a scenario, and throws {@link SimulationFailed} with all that a person needs: what was violated, the
 * last events as a table, and a plan with little else in it.
 *
 * **When to use**
 *
 * In a test, of any test framework.
 *
 * **Details**
 *
 * A whole batch fails too where it has not come to one of the scenario's marks often enough. A failure that its own plan
 * does not bring about again is not shrunk, and its message says so: something is decided by what is not from the seed.
 *
 * **Example** (In vitest)
 *
 * ```ts
 * import { it } from "vitest"
 * import { check } from "odradek/core/simulation"
 * import { lock } from "./LockScenario.ts"
 *
 * it("never gives a lock to two", () => void check(lock, { seeds: 500 }))
 * ```
 */
export const check = (scenario: Scenario, options: CheckOptions = {}): Summary => {
  const { first = 1, seeds = scenario.seeds, shrinkRuns = 2000 } = options
  if (!Number.isSafeInteger(seeds) || seeds < 1) {
    throw new RangeError(`A check of ${seeds} seeds of ${scenario.name} shows nothing: give a whole number from 1 on.`)
  }
  const summary = ((): Summary => {
    try {
      return explore(scenario, seedsFrom(first, seeds))
    } catch (error) {
      if (!(error instanceof SimulationFailed)) throw error
      throw explained(scenario, error, shrinkRuns)
    }
  })()
  if (summary.missing.length > 0) throw unmet(scenario, summary, first)
  return summary
}

/** The failure with a small plan, as a text that tells the whole story. */
const explained = (scenario: Scenario, failure: SimulationFailed, shrinkRuns: number): SimulationFailed => {
  if (failure.invariant === "repeats" || !repeats(scenario, failure)) return failure
  let runs = 0
  const shrunk = shrink(scenario, failure, { goOn: () => runs++ < shrinkRuns }).failure
  const { events, hash, invariant, plan, rerun, trace, what } = shrunk
  const message = [
    `${invariant}: ${what}`,
    `${scenario.name}, seed ${plan.seed}: ${plan.faults.length} faults, ${plan.moves.length} moves and ${plan.chances.length} chances are enough; ${events} events, trace ${hash}`,
    `first found with: ${failure.rerun}`,
    `run it again with: ${rerun}`,
    showTable(trace),
    JSON.stringify(plan)
  ].join("\n")
  return new SimulationFailed({ ...partsOf(shrunk), message })
}

/** Whether a failure's plan brings it about again, in the same way. */
const repeats = (scenario: Scenario, { hash, invariant, plan }: SimulationFailed): boolean => {
  const again = failedRun(scenario, plan)
  return again?.invariant === invariant && again.hash === hash
}

const partsOf = (failure: SimulationFailed) => ({
  invariant: failure.invariant,
  what: failure.what,
  plan: failure.plan,
  hash: failure.hash,
  events: failure.events,
  trace: failure.trace,
  rerun: failure.rerun,
  ...(failure.cause === undefined ? {} : { cause: failure.cause })
})

const unmet = (scenario: Scenario, summary: Summary, first: number): SimulationFailed => {
  const what = `A batch of ${summary.seeds} runs should have come to more than it has: ${summary.missing.join("; ")}.`
  const { events, hash, plan } = runPlan(scenario, { scenario: scenario.name, seed: first })
  const rerun = `check(${scenario.name}, { first: ${first}, seeds: ${summary.seeds} })`
  return new SimulationFailed({
    invariant: "marks",
    what,
    plan,
    hash,
    events,
    trace: [],
    rerun,
    message: `marks: ${what}\nrun it again with: ${rerun}`
  })
}
