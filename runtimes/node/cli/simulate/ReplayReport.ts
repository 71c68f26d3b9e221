import * as Effect from "effect/Effect"
import type { Looked, SimulationWorker, WorkerFailed } from "../../../simulate/index.ts"
import { counted, few } from "../doctor/Words.ts"
import { waitingFor } from "../Progress.ts"
import type { Ask } from "./Ask.ts"
import { badWith, draw, explain, type Explained, type FileFailed, keptEvents, writeText } from "./Explain.ts"
import { explainedJson, explainedText } from "./ExplainedText.ts"
import type { Doing, Outcome } from "./Outcome.ts"
import { virtualText } from "./Words.ts"

type Replay = Extract<Ask, { readonly _tag: "Replay" }>

/** So many parts of a plan are named that had no effect. */
const mostUnused = 10

const replayedText = (looked: Looked, drawing: string | undefined, explained: Explained | undefined): string => {
  const { events, hash, plan, violated, virtualMs } = looked
  const bad = violated === undefined ? 0 : 1
  return [
    ...(explained === undefined ? [] : [explainedText(explained)]),
    ...(drawing === undefined || explained !== undefined ? [] : [`drawing: ${drawing}`]),
    `replayed: seed ${plan.seed} of ${plan.scenario}, ${counted(events, "event")}, ${virtualText(virtualMs)}, ${counted(bad, "violation")}, trace ${hash}`
  ].join("\n")
}

const replayedJson = (looked: Looked, drawing: string | undefined, explained: Explained | undefined): unknown => ({
  scenario: looked.plan.scenario,
  seed: looked.plan.seed,
  hash: looked.hash,
  events: looked.events,
  virtualMs: looked.virtualMs,
  traceFile: drawing,
  unused: looked.unused,
  violation: explained === undefined ? null : explainedJson(explained)
})

/** Runs a plan again, as it is, and tells what comes of it. */
export const replay = Effect.fnUntraced(function* (
  ask: Replay,
  worker: SimulationWorker,
  doing: Doing
): Effect.fn.Return<Outcome, WorkerFailed | FileFailed> {
  const { file, mutant, out, plan, shrink, system, trace } = ask
  const subject = { system, mutant: mutant?.name }
  doing(waitingFor(`running ${file}`))
  const looked = yield* worker.run(subject, { _tag: "Look", plan, keep: keptEvents })
  const { unused, violated } = looked
  if (unused.length > 0) {
    const what = `${counted(unused.length, "part")} of the plan ${file} had no effect: ${few(unused, mostUnused)}.`
    yield* Effect.logWarning(what)
  }
  const options = { shrink, keepPlan: shrink, trace, out }
  const explained =
    violated === undefined ? undefined : yield* explain(worker, subject, violated, options, (what) => doing(() => what))
  const drawing =
    explained !== undefined || trace === undefined
      ? explained?.files.trace
      : yield* writeText(undefined, trace, draw(subject, looked))
  return {
    text: replayedText(looked, drawing, explained),
    json: replayedJson(looked, drawing, explained),
    bad: badWith(
      violated === undefined ? undefined : `The plan ${file} violates "${violated.invariant}": see the run above.`,
      explained
    )
  }
})
