import * as Effect from "effect/Effect"
import {
  hunt,
  huntAll,
  type Hunted,
  type HuntOptions,
  isFound,
  mutants,
  type WorkerFailed
} from "../../../simulate/index.ts"
import { counted, few } from "../doctor/Words.ts"
import { sayOut } from "../Output.ts"
import type { Ask } from "./Ask.ts"
import { soFarText, undrawn } from "./BatchReport.ts"
import { badWith, explain, type Explained, type FileFailed, writeText } from "./Explain.ts"
import { explainedJson, explainedText } from "./ExplainedText.ts"
import { type Column, rowText } from "./HuntTable.ts"
import type { Doing, Outcome, Workers } from "./Outcome.ts"
import { planJson } from "./PlanText.ts"
import { median, secondsText } from "./Words.ts"

/** How long the plan of each of many planted bugs is shrunk at most, in seconds. */
const eachShrinkSeconds = 10

const missedText = (hunted: ReadonlyArray<Hunted>): string | undefined => {
  const broken = hunted.filter((one) => one.broken !== undefined)
  const missed = hunted.filter((one) => !isFound(one) && one.broken === undefined)
  const told = (some: ReadonlyArray<Hunted>, what: string, name: (one: Hunted) => string): ReadonlyArray<string> =>
    some.length === 0
      ? []
      : [`${counted(some.length, "planted bug")} of ${hunted.length} ${what}: ${few(some.map(name), 10)}.`]
  const all = [
    ...told(missed, "not found", ({ mutant, seeds }) => `${mutant.name} (${counted(seeds, "seed")})`),
    ...told(broken, "could not be hunted", ({ mutant }) => mutant.name)
  ]
  return all.length === 0 ? undefined : all.join("\n")
}

/** The last line on the hunt for one planted bug. */
const verdictText = (hunted: Hunted): string => {
  const { broken, mutant, seconds, seeds } = hunted
  const took = `${counted(seeds, "seed")}, ${secondsText(seconds)} s`
  if (broken !== undefined) return `broken: ${mutant.name}: ${broken}`
  return isFound(hunted) ? `found: ${mutant.name} after ${took}` : `not found: ${mutant.name} in ${took}`
}

const endText = (hunted: ReadonlyArray<Hunted>): string => {
  const found = hunted.filter(isFound)
  const slowest = found.toSorted((a, b) => b.seconds - a.seconds)[0]
  return [
    `found: ${found.length} of ${counted(hunted.length, "planted bug")}`,
    ...(slowest === undefined || found.length === 1
      ? []
      : [
          `median ${counted(median(found.map(({ seeds }) => seeds)), "seed")} and ${secondsText(median(found.map(({ seconds }) => seconds)))} s`,
          `slowest ${slowest.mutant.name} with ${counted(slowest.seeds, "seed")} and ${secondsText(slowest.seconds)} s`
        ])
  ].join(", ")
}

const huntedJson = (hunted: Hunted, explained?: Explained): unknown => {
  const { broken, endless, mutant, seconds, seeds, shrunk, violated } = hunted
  const smallest = shrunk?.violated ?? violated
  return {
    name: mutant.name,
    why: mutant.why,
    found: isFound(hunted),
    seeds,
    seconds,
    endless: endless ?? null,
    broken: broken ?? null,
    violation:
      explained !== undefined
        ? explainedJson(explained)
        : smallest === undefined || violated === undefined
          ? null
          : {
              seed: violated.plan.seed,
              invariant: smallest.invariant,
              what: smallest.what,
              faults: smallest.plan.faults.length,
              moves: smallest.plan.moves.length,
              chances: smallest.plan.chances.length,
              events: smallest.events,
              plan: smallest.plan
            }
  }
}

const endJson = (scenario: string, hunted: ReadonlyArray<Hunted>, each: ReadonlyArray<unknown>): unknown => {
  const found = hunted.filter(isFound)
  return {
    scenario,
    found: found.length,
    of: hunted.length,
    medianSeeds: median(found.map(({ seeds }) => seeds)),
    medianSeconds: median(found.map(({ seconds }) => seconds)),
    mutants: each
  }
}

/** Hunts one planted bug, and explains the failure by which it is found. */
export const huntOne = Effect.fnUntraced(function* (
  ask: Extract<Ask, { readonly _tag: "Hunt" }>,
  workers: Workers,
  doing: Doing
): Effect.fn.Return<Outcome, WorkerFailed> {
  const { first, minutes, mutant, out, seeds, shrink, system, trace } = ask
  const subject = { system, mutant: mutant.name }
  const text = soFarText(mutant.name)
  const hunted = yield* hunt(workers, mutant, {
    first,
    seeds,
    minutes,
    shrinkSeconds: 0,
    told: (soFar) => doing(() => text(soFar))
  })
  const { endless, violated } = hunted
  const options = { shrink, keepPlan: true, trace, out }
  const explained =
    violated === undefined
      ? undefined
      : yield* explain(workers[0], subject, violated, options, (what) => doing(() => what))
  const said = [
    `mutant: ${mutant.name}: ${mutant.why}`,
    ...(explained === undefined ? [] : [explainedText(explained)]),
    ...(trace === undefined || explained !== undefined ? [] : [undrawn]),
    ...(endless === undefined ? [] : [`violated: a run ends: that of seed ${endless} does not.`]),
    verdictText(hunted)
  ]
  return {
    text: said.join("\n"),
    json: endJson(system, [hunted], [huntedJson(hunted, explained)]),
    bad: badWith(missedText([hunted]), explained)
  }
})

/** Hunts every planted bug of a system, and tells of each as soon as those before it are done. */
export const huntEach = Effect.fnUntraced(function* (
  ask: Extract<Ask, { readonly _tag: "HuntAll" }>,
  workers: Workers,
  doing: Doing
): Effect.fn.Return<Outcome, WorkerFailed | FileFailed> {
  const { first, json, minutes, out, seeds, shrink, system } = ask
  const all = mutants[system]
  const column: Column = { name: Math.max(...all.map(({ name }) => name.length)) }
  const ended = new Map<string, Hunted>()
  let told = 0
  if (!json) yield* sayOut(rowText(column))
  doing(
    () =>
      `${ended.size} of ${counted(all.length, "planted bug")} hunted, ${[...ended.values()].filter(isFound).length} found`
  )
  const tell = Effect.fnUntraced(function* (hunted: Hunted) {
    ended.set(hunted.mutant.name, hunted)
    const smallest = hunted.shrunk?.violated ?? hunted.violated
    if (out !== undefined && smallest !== undefined) {
      const name = `odradek-${system}-${hunted.mutant.name}-${smallest.plan.seed}.plan.json`
      yield* writeText(out, name, planJson(smallest.plan))
    }
    for (let next = all[told]; next !== undefined; next = all[told]) {
      const one = ended.get(next.name)
      if (one === undefined) return
      told++
      if (!json) yield* sayOut(rowText(column, one))
    }
  })
  const options: HuntOptions = { first, seeds, minutes, shrinkSeconds: shrink ? eachShrinkSeconds : 0 }
  const hunted = yield* huntAll(workers, all, options, tell)
  return {
    text: endText(hunted),
    json: endJson(
      system,
      hunted,
      hunted.map((one) => huntedJson(one))
    ),
    bad: missedText(hunted)
  }
})
