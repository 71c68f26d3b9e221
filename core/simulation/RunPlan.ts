import type { CompletePlan, Plan } from "./Plan.ts"
import { checkPlan } from "./ReadPlan.ts"
import { Run } from "./Run.ts"
import type { Outcome, RunPlanOptions } from "./Run.ts"
import type { Scenario } from "./Scenario.ts"
import { SimulationFailed } from "./SimulationFailed.ts"
import { showTable } from "./Table.ts"
import type { TraceEvent } from "./TraceEvent.ts"

/**
 * What a run was: the same for the same plan, always.
 *
 * **Details**
 *
 * `plan` leaves nothing out. `hash` is that of all that happened: each input, output, effect, message and fault, with its
 * time and place. `events` counts points in time at which something happened: a message arrived, a timer was due, a task
 * had its effect or was answered, a move or fault began. `virtualMs` is the time that passed; `ended` says that whoever
 * chose the events ended the run.
 */
export interface Report {
  readonly scenario: string
  readonly seed: number
  readonly plan: CompletePlan
  readonly hash: string
  readonly events: number
  readonly virtualMs: number
  readonly marks: ReadonlyMap<string, number>
  readonly ended: boolean
}

/** So many events before the failure are kept. */
const traceTail = 60

/**
 * Runs a scenario by its plan, and throws {@link SimulationFailed} where it fails, or `PlanUnreadable` where the plan is
 * that of another scenario, or turns a knob that this one does not have.
 *
 * **Details**
 *
 * `watch` sees every event of the run, as people read it; nobody makes events where nobody watches. With `encoded` every
 * message goes through the codec of its node, and the run is still the same. With `choose` the events happen in the order
 * that it chooses.
 *
 * **Example** (A plan with one fault of one's own)
 *
 * ```ts
 * runPlan(lock, {
 *   scenario: "lock",
 *   seed: 7,
 *   faults: [{ at: 40, kind: "crash", node: "server", power: true, downMs: 100 }]
 * })
 * ```
 */
export const runPlan = (scenario: Scenario, plan: Plan, options: RunPlanOptions = {}): Report => {
  checkPlan(scenario, plan)
  const outcome = Run.outcome(scenario, plan, options)
  if (outcome.failure !== undefined) throw failed(scenario, outcome, plan, options)
  const { ended, events, hash, marks, virtualMs } = outcome
  return { scenario: scenario.name, seed: plan.seed, plan: outcome.plan, hash, events, virtualMs, marks, ended }
}

/** What a plan that fails ends with; `undefined` where it does not fail. */
export const failedRun = (scenario: Scenario, plan: Plan): SimulationFailed | undefined => {
  const outcome = Run.outcome(scenario, plan, {})
  return outcome.failure === undefined ? undefined : failed(scenario, outcome, plan, {})
}

/** How to repeat a run. */
const rerunOf = (scenario: Scenario, plan: Plan): string => {
  const drawn =
    plan.knobs === undefined && plan.moves === undefined && plan.faults === undefined && plan.chances === undefined
  if (!drawn) return `runPlan(${scenario.name}, readPlan(text)), where the text is this failure's plan`
  if (scenario.command !== undefined) return `${scenario.command} --seed ${plan.seed}`
  return `runPlan(${scenario.name}, ${JSON.stringify({ scenario: scenario.name, seed: plan.seed })})`
}

/** Runs a failed run once more for its last events. */
const failed = (scenario: Scenario, outcome: Outcome, plan: Plan, options: RunPlanOptions): SimulationFailed => {
  const { events, failure, hash } = outcome
  const { invariant = "", what = "" } = failure ?? {}
  const trace: Array<TraceEvent> = []
  const watch = (event: TraceEvent): void => {
    trace.push(event)
    if (trace.length > 2 * traceTail) trace.splice(0, traceTail)
  }
  const again = options.choose === undefined ? Run.outcome(scenario, outcome.plan, { ...options, watch }) : outcome
  const isSame = again.hash === hash && again.failure?.invariant === invariant
  const differs = isSame ? "" : "\nThe plan does not repeat the run: something in it is not from its seed."
  const rerun = rerunOf(scenario, plan)
  trace.splice(0, Math.max(0, trace.length - traceTail))
  return new SimulationFailed({
    invariant,
    what,
    plan: outcome.plan,
    hash,
    events,
    trace,
    rerun,
    ...(failure?.cause === undefined ? {} : { cause: failure.cause }),
    message: `${invariant}: ${what}${differs}\n${scenario.name}, seed ${plan.seed}, ${events} events, trace ${hash}; run it again with: ${rerun}\n${showTable(trace)}`
  })
}
