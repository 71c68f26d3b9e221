import { ddmin } from "./Ddmin.ts"
import type { Choose } from "./Engine.ts"
import type { Plan } from "./Plan.ts"
import { runPlan } from "./RunPlan.ts"
import type { Report } from "./RunPlan.ts"
import type { Scenario } from "./Scenario.ts"
import { SimulationFailed } from "./SimulationFailed.ts"
import { showTable } from "./Table.ts"
import type { TraceEvent } from "./TraceEvent.ts"

/**
 * How far a search goes.
 *
 * **Details**
 *
 * - `maxEvents`: each run ends after so many events
 * - `goOn`: asked before each run; once it says no, the search ends
 * - `plan`: what is the same in all runs: knobs, moves and faults. What is left out is calm: each knob has its first value,
 *   and nothing goes wrong but what the order of events brings about; moves are drawn from the seed (1)
 * - `prune`: whether a state that was seen before, with as many events left, is not gone on from (true). States are told
 *   apart by 32 bits and how many events can be next: in about one of a hundred searches through 10,000 states two are
 *   taken for the same, and what follows on one of them is not seen. Without it every order is run
 */
export interface ExhaustOptions {
  readonly maxEvents: number
  readonly goOn?: () => boolean
  readonly plan?: Omit<Plan, "scenario" | "seed"> & { readonly seed?: number }
  readonly prune?: boolean
}

/** A run that fails, as the few choices that differ from the order in which events happen by themselves. */
export interface ExhaustedViolation {
  readonly invariant: string
  readonly what: string
  readonly plan: Plan
  /** Which of the events that could be next was: for {@link replayChoices}. After the last, always the first of them. */
  readonly choices: ReadonlyArray<number>
  readonly trace: ReadonlyArray<TraceEvent>
  readonly message: string
}

/**
 * What a search came to.
 *
 * **Details**
 *
 * `runs` counts runs of the scenario, `ends` those that came to their end (others were cut short, or went on from a known
 * state), `cut` those that were cut short at `maxEvents`; `states` counts the states that were told apart, at least one
 * of them for each choice. With `complete` every order of up to `maxEvents` events was gone through; where `cut` is 0,
 * too, every order there is.
 */
export interface Exhausted {
  readonly runs: number
  readonly ends: number
  readonly cut: number
  readonly states: number
  readonly complete: boolean
  readonly violation: ExhaustedViolation | undefined
}

/** A place where something else could have been next. */
interface Fork {
  chosen: number
  readonly count: number
}

/** How many events can be next tells states apart, too. */
const mostChoices = 64

const calmPlan = (scenario: Scenario, plan: ExhaustOptions["plan"]): Plan => {
  const knobs: Record<string, number> = { shuffle: 0 }
  for (const [name, values] of Object.entries(scenario.knobs)) knobs[name] = values[0] ?? 0
  return { seed: 1, faults: [], chances: [], ...plan, scenario: scenario.name, knobs: { ...knobs, ...plan?.knobs } }
}

/** What a run by these choices fails with; `undefined` where it does not. */
const failureOf = (scenario: Scenario, plan: Plan, choose: Choose): SimulationFailed | undefined => {
  try {
    runPlan(scenario, plan, { choose })
    return undefined
  } catch (error) {
    if (error instanceof SimulationFailed) return error
    throw error
  }
}

/** Chooses as it is told, and then always the first. */
const following = (choices: ReadonlyArray<number>, maxEvents: number): Choose => {
  let at = 0
  return (count) => (at >= maxEvents ? undefined : Math.min(choices[at++] ?? 0, count - 1))
}

/**
 * Runs a scenario in the order of events that a search found.
 *
 * **Details**
 *
 * `choices` and `plan` are those of an {@link ExhaustedViolation}, or written by hand: the first choice says which of the
 * events that can be next happens first, counted from 0 in the order in which they would happen by themselves, and so on.
 * Throws {@link SimulationFailed} where the run fails.
 */
export const replayChoices = (
  scenario: Scenario,
  plan: Plan,
  choices: ReadonlyArray<number>,
  watch?: (event: TraceEvent) => void
): Report => runPlan(scenario, plan, { choose: following(choices, Infinity), watch })

/** Makes a failing run as much like the calm one as it stays failing, and looks at it. */
const explain = (
  scenario: Scenario,
  plan: Plan,
  found: SimulationFailed,
  choices: ReadonlyArray<number>,
  options: ExhaustOptions
): ExhaustedViolation => {
  const { goOn = () => true, maxEvents } = options
  const failure = (kept: ReadonlyArray<number>): SimulationFailed | undefined => {
    const failed = failureOf(scenario, plan, following(kept, maxEvents))
    return failed?.invariant === found.invariant ? failed : undefined
  }
  const only = (places: ReadonlyArray<number>): ReadonlyArray<number> => {
    const kept = new Set(places)
    const last = Math.max(-1, ...places)
    return choices.slice(0, last + 1).map((choice, at) => (kept.has(at) ? choice : 0))
  }
  const deviations = choices.flatMap((choice, at) => (choice === 0 ? [] : [at]))
  const fewest = only(ddmin(deviations, (places) => failure(only(places)) !== undefined, goOn))
  const { invariant, what } = failure(fewest) ?? found
  const trace: Array<TraceEvent> = []
  try {
    replayChoices(scenario, plan, fewest, (event) => trace.push(event))
  } catch (error) {
    if (!(error instanceof SimulationFailed)) throw error
  }
  const calls = `replayChoices(${scenario.name}, ${JSON.stringify(plan)}, ${JSON.stringify(fewest)})`
  const message = `${invariant}: ${what}\n${scenario.name}, in one order of events; run it again with: ${calls}\n${showTable(trace)}`
  return { invariant, what, plan, choices: fewest, trace, message }
}

/**
 * Runs a scenario in every order in which its events can happen, up to a number of events.
 *
 * **When to use**
 *
 * For a small world: two or three nodes, one or two moves, a dozen events. What random seeds miss there is not there.
 *
 * **Details**
 *
 * At each event, any of those that are to come may be the next: the first of each link, of each task's resource, each
 * timer and move. Virtual time never goes back; what is overtaken happens late. The search goes depth first, from the
 * order in which events happen by themselves to those furthest from it, and runs the scenario anew for each order.
 * A state that was seen before with no fewer events left is not gone on from; what a scenario knows beside its nodes
 * belongs to the state by `simulation.digest`. It ends with the first violation, in which all choices that do not matter
 * for it are then calm. While the scenario settles nothing is chosen.
 *
 * **Gotchas**
 *
 * The number of orders grows about as the factorial of what is under way at a time. A state that contains the time, or
 * counts what happened, is new in every order: give the node a `digest` of what matters.
 */
export const exhaust = (scenario: Scenario, options: ExhaustOptions): Exhausted => {
  const { goOn = () => true, maxEvents, prune = true } = options
  const plan = calmPlan(scenario, options.plan)
  const forks: Array<Fork> = []
  /** For each state with how few events behind it it was gone on from. */
  const seen = new Map<number, number>()
  let states = 0
  let runs = 0
  let ends = 0
  let cut = 0
  let complete = false
  let violation: ExhaustedViolation | undefined
  while (!complete && violation === undefined && goOn()) {
    let depth = 0
    let known = false
    const choose: Choose = (count, digest) => {
      if (depth >= maxEvents) {
        cut++
        known = true
        return undefined
      }
      const fork = forks[depth]
      if (fork !== undefined) {
        depth++
        return fork.chosen
      }
      if (prune) {
        const state = digest() * mostChoices + Math.min(count, mostChoices - 1)
        const before = seen.get(state)
        if (before === undefined) states++
        else if (before <= depth) {
          known = true
          return undefined
        }
        seen.set(state, depth)
      } else states++
      forks.push({ chosen: 0, count })
      depth++
      return 0
    }
    const failed = failureOf(scenario, plan, choose)
    runs++
    if (!known) ends++
    if (failed !== undefined) {
      const choices = forks.map(({ chosen }) => chosen)
      violation = explain(scenario, plan, failed, choices, options)
      break
    }
    let last = forks.at(-1)
    for (; last !== undefined && last.chosen + 1 >= last.count; last = forks.at(-1)) forks.pop()
    if (last === undefined) complete = true
    else last.chosen++
  }
  return { runs, ends, cut, states, complete, violation }
}
