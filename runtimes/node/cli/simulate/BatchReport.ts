import * as Effect from "effect/Effect"
import { type Batch, runBatch, type SoFar, type WorkerFailed } from "../../../simulate/index.ts"
import { counted } from "../doctor/Words.ts"
import { tell } from "../Failure.ts"
import { makeRate } from "../Progress.ts"
import type { Ask } from "./Ask.ts"
import { badWith, drawPlan, explain, type Explained, type FileFailed } from "./Explain.ts"
import { commandOf, explainedJson, explainedText } from "./ExplainedText.ts"
import type { Doing, Outcome, Workers } from "./Outcome.ts"
import { rateText, virtualText } from "./Words.ts"

/** What is said where there is no failure to draw. */
export const undrawn = "drawing: none, as nothing has failed: --seed or --plan with --trace draws a run that does not"

/** The line of a batch while it runs. */
export const soFarText = (what: string): ((soFar: SoFar) => string) => {
  const rate = makeRate()
  return ({ events, missing, seeds, virtualMs }) =>
    [
      `${what}: ${counted(seeds, "seed")}`,
      `${rate(events)} events`,
      virtualText(virtualMs),
      ...(missing === 0 ? [] : [`${counted(missing, "mark")} missing`])
    ].join(", ")
}

const batchText = (ask: Ask & { readonly first: number }, batch: Batch, seconds: number): string => {
  const { digest, events, marks, missing, seeds, virtualMs } = batch
  const bad = batch.violated === undefined && batch.endless === undefined ? 0 : 1
  const { first, system } = ask
  return [
    `simulated: ${counted(seeds, "seed")}, ${events} events (${rateText(events, seconds)}), ${virtualText(virtualMs)}, ${counted(bad, "violation")}, ${marks.size} marks hit`,
    ...(bad > 0
      ? []
      : [`digest: ${digest}, ${system}, ${seeds === 1 ? `seed ${first}` : `seeds ${first}-${first + seeds - 1}`}`]),
    ...missing.map((one) => `not often enough: ${one}`)
  ].join("\n")
}

const batchJson = (
  { first, system }: Ask & { readonly first: number },
  { digest, endless, events, marks, missing, seeds, virtualMs }: Batch,
  seconds: number,
  explained: Explained | undefined
): unknown => ({
  scenario: system,
  first,
  seeds,
  events,
  seconds,
  virtualMs,
  digest,
  marks: Object.fromEntries([...marks].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  missing,
  violation: explained === undefined ? null : explainedJson(explained),
  endless: endless ?? null
})

/** Why a batch is bad, in a sentence; `undefined` where it is not. */
const badOf = ({ system }: Ask, { endless, missing, violated }: Batch): string | undefined => {
  if (violated !== undefined) {
    return `Seed ${violated.plan.seed} of ${system} violates "${violated.invariant}": see the run above.`
  }
  if (endless !== undefined) {
    return `The run of seed ${endless} did not end: look where it loops, with ${commandOf({ system }, `--seed ${endless}`)}.`
  }
  if (missing.length === 0) return undefined
  return `The batch did not come to ${missing.length} of the marks often enough: the workload has lost what led there.`
}

const runAndExplain = Effect.fnUntraced(function* (
  ask: Extract<Ask, { readonly _tag: "Batch" }>,
  workers: Workers,
  doing: Doing,
  told: (soFar: SoFar) => void
): Effect.fn.Return<Outcome, WorkerFailed | FileFailed> {
  const { first, json, minutes, out, seeds, shrink, system, trace } = ask
  const subject = { system }
  const began = performance.now()
  const end = minutes === undefined ? Infinity : began + minutes * 60_000
  const text = soFarText(system)
  const batch = yield* runBatch(workers, {
    subject,
    first,
    seeds,
    isLate: () => performance.now() >= end,
    told: (soFar) => {
      told(soFar)
      doing(() => text(soFar))
    }
  })
  const seconds = (performance.now() - began) / 1000
  const { violated } = batch
  const options = { shrink, keepPlan: true, trace, out }
  const explained =
    violated === undefined
      ? undefined
      : yield* explain(workers[0], subject, violated, options, (what) => doing(() => what))
  const drawing =
    explained === undefined && trace !== undefined && seeds === 1
      ? yield* drawPlan(workers[0], subject, { scenario: system, seed: first }, trace)
      : undefined
  const said = [
    ...(explained === undefined ? [] : [explainedText(explained)]),
    ...(drawing === undefined ? [] : [`drawing: ${drawing}`]),
    ...(trace === undefined || explained !== undefined || drawing !== undefined ? [] : [undrawn]),
    batchText(ask, batch, seconds)
  ]
  return {
    text: said.join("\n"),
    json: json ? batchJson(ask, batch, seconds, explained) : undefined,
    bad: badWith(badOf(ask, batch), explained)
  }
})

/** What is known of a batch that a signal has ended. */
export const stoppedText = ({ system }: Pick<Ask, "system">, soFar: SoFar | undefined): string => {
  const { failed, seeds = 0 } = soFar ?? {}
  const bad =
    failed === undefined
      ? "no violation so far"
      : `seed ${failed} fails (see it with ${commandOf({ system }, `--seed ${failed}`)})`
  return `stopped: ${counted(seeds, "seed")} of ${system} run, ${bad}, and no digest: that is of a batch that has ended.`
}

/** Runs seeds of a system, explains the first that fails, and tells how far it was where a signal ends it. */
export const simulateBatch = Effect.fnUntraced(function* (
  ask: Extract<Ask, { readonly _tag: "Batch" }>,
  workers: Workers,
  doing: Doing
): Effect.fn.Return<Outcome, WorkerFailed | FileFailed> {
  let soFar: SoFar | undefined
  const told = (now: SoFar): void => {
    soFar = now
  }
  return yield* Effect.onInterrupt(runAndExplain(ask, workers, doing, told), () =>
    Effect.sync(() => tell(stoppedText(ask, soFar), ask.json))
  )
})
