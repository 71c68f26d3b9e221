import { explore, runPlan, shrink, SimulationFailed, unusedOf } from "../../../core/simulation/index.ts"
import type { Plan, Report, Scenario, TraceEvent } from "../../../core/simulation/index.ts"
import type { Simulated } from "../Systems.ts"
import type { Answer, Job, Looked, Progress, SeedsRan, Shrunk, Violated } from "./Job.ts"

/** How often a worker tells how far it is, in milliseconds. */
const tellMs = 100

/** Takes how far a job is, as often as may be. */
export type Tell = (progress: Progress) => void

const seldom = (tell: Tell): Tell => {
  let due = 0
  return (progress) => {
    const now = performance.now()
    if (now < due) return
    due = now + tellMs
    tell(progress)
  }
}

const violatedOf = ({ cause, events, hash, invariant, plan, what }: SimulationFailed): Violated => ({
  invariant,
  what,
  plan,
  hash,
  events,
  cause: cause === undefined ? undefined : cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
})

/** What a run fails with; `undefined` where it does not. */
const failureOf = (run: () => void): SimulationFailed | undefined => {
  try {
    run()
    return undefined
  } catch (error) {
    if (error instanceof SimulationFailed) return error
    throw error
  }
}

const runSeeds = (scenario: Scenario, job: Extract<Job, { readonly _tag: "Seeds" }>, tell: Tell): SeedsRan => {
  const { at: running, before, count, first, last } = job
  const hashes: Array<string> = []
  const marks = new Map<string, number>()
  let events = 0
  let virtualMs = 0
  const seeds = function* (): Generator<number> {
    for (let at = 0; at < count && before + at <= Atomics.load(last, 0); at++) {
      Atomics.store(running, 0, first + at)
      yield first + at
    }
  }
  const ran = (report: Report): void => {
    hashes.push(report.hash)
    events += report.events
    virtualMs += report.virtualMs
    for (const [name, times] of report.marks) marks.set(name, (marks.get(name) ?? 0) + times)
    tell({ runs: hashes.length, events })
  }
  const failed = failureOf(() => explore(scenario, seeds(), { ran }))
  const violated = failed === undefined ? undefined : violatedOf(failed)
  return { _tag: "SeedsRan", hashes, events, virtualMs, marks, violated }
}

const look = (scenario: Scenario, plan: Plan, keep: number): Looked => {
  const trace: Array<TraceEvent> = []
  const nodes = new Set<string>()
  let skipped = 0
  const watch = (event: TraceEvent): void => {
    trace.push(event)
    nodes.add(event.node)
    if (trace.length < 2 * keep) return
    skipped += keep
    trace.splice(0, keep)
  }
  let report: Report | undefined
  const failed = failureOf(() => {
    report = runPlan(scenario, plan, { watch })
  })
  const over = Math.max(0, trace.length - keep)
  trace.splice(0, over)
  const seen = { _tag: "Looked" as const, trace, skipped: skipped + over }
  if (report !== undefined) {
    const { events, hash, marks, virtualMs } = report
    const unused = unusedOf(plan, report.plan, nodes)
    return { ...seen, hash, events, virtualMs, marks, plan: report.plan, unused, violated: undefined }
  }
  if (failed === undefined) throw new Error("A run has neither ended nor failed.")
  const { events, hash } = failed
  const virtualMs = trace.at(-1)?.at ?? 0
  const unused = unusedOf(plan, failed.plan, nodes)
  return { ...seen, hash, events, virtualMs, marks: new Map(), plan: failed.plan, unused, violated: violatedOf(failed) }
}

const shrinkPlan = (scenario: Scenario, plan: Plan, seconds: number, tell: Tell): Shrunk => {
  const failed = failureOf(() => runPlan(scenario, plan))
  if (failed === undefined) throw new Error("A plan that is to be shrunk does not fail.")
  const end = performance.now() + seconds * 1000
  let asked = 0
  const goOn = (): boolean => {
    tell({ runs: ++asked, events: 0 })
    return performance.now() < end
  }
  const { failure, runs } = shrink(scenario, failed, { goOn })
  return { _tag: "Shrunk", violated: violatedOf(failure), runs }
}

/** Does a job, and tells now and then how far it is. */
export const doJob = ({ scenario, script }: Simulated, job: Job, tell: Tell): Answer => {
  switch (job._tag) {
    case "Seeds":
      return runSeeds(scenario, job, seldom(tell))
    case "Look":
      return look(scenario, job.plan, job.keep)
    case "Shrink":
      return shrinkPlan(scenario, job.plan, job.seconds, seldom(tell))
    case "Tell":
      return { _tag: "Story", text: script?.(job.plan) }
  }
}
