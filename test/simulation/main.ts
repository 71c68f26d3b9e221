import { parseArgs } from "node:util"
import { journalSubjects, logSubjects, makeJournalScenario, makeLogScenario } from "../../core/scenarios/index.ts"
import { runPlan, SimulationFailed as PlanFailed } from "../../core/simulation/index.ts"
import type { Scenario as PlannedScenario } from "../../core/simulation/index.ts"
import { explore, seedsFrom, showEvent, SimulationFailed } from "./driver/index.ts"
import type { Summary } from "./driver/index.ts"
import { groups } from "./groups/GroupSim.ts"
import { commandOf, missingMarks } from "./Scenario.ts"
import type { Scenario } from "./Scenario.ts"

/** A scenario that runs from plans. */
const planned = (scenario: PlannedScenario): Scenario => ({
  ...scenario,
  run: (seed, watch) => {
    const shown = ({ at, node, what }: { readonly at: number; readonly node: string; readonly what: string }): void =>
      watch?.({ at, actor: node, kind: "Move", what })
    const options = watch === undefined ? {} : { watch: shown }
    const report = runPlan(scenario, { scenario: scenario.name, seed }, options)
    return { ...report, rerun: `${commandOf(scenario.name)} --seed ${seed}` }
  }
})

const journal = planned(makeJournalScenario(journalSubjects))
const log = planned(makeLogScenario(logSubjects))

const scenarios: Readonly<Record<string, Scenario>> = { groups, journal, log }

const usage = `usage: npm run simulate -- <${Object.keys(scenarios).join("|")}> [--seed N] [--seeds N] [--trace]

  --seed N   run this seed only, or begin with it where --seeds is given
  --seeds N  run so many seeds (a batch: what the test of the simulation runs)
  --trace    print every event`

const show = (summary: Summary, seconds: number): string => {
  const rate = Math.round(summary.events / seconds / 1000)
  const marks = [...summary.marks].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return [
    `${summary.seeds} seeds, ${summary.events} events (${rate} k/s), ${(summary.virtualMs / 1000).toFixed(1)} s of virtual time, no violation`,
    ...marks.map(([name, times]) => `${`${times}`.padStart(10)}  ${name}`)
  ].join("\n")
}

const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined

const readArguments = () =>
  parseArgs({
    allowPositionals: true,
    options: { seed: { type: "string" }, seeds: { type: "string" }, trace: { type: "boolean" } }
  })

/** The arguments, or what is wrong with them. */
const readOrSay = (): ReturnType<typeof readArguments> | string => {
  try {
    return readArguments()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const main = (): number => {
  const read = readOrSay()
  if (typeof read === "string") {
    console.error(`${read}\n${usage}`)
    return 2
  }
  const { positionals, values } = read
  const [name = ""] = positionals
  const scenario = Object.hasOwn(scenarios, name) ? scenarios[name] : undefined
  const seed = wholeNumber(values.seed)
  const count = wholeNumber(values.seeds)
  const misread =
    (values.seed !== undefined && seed === undefined) || (values.seeds !== undefined && count === undefined)
  if (scenario === undefined || positionals.length > 1 || misread) {
    console.error(usage)
    return 2
  }
  const seeds = seedsFrom(seed ?? 1, count ?? (seed === undefined ? scenario.seeds : 1))
  const began = performance.now()
  try {
    const shown = new Set<number>()
    const run = (one: number) => {
      const traced = values.trace === true && !shown.has(one)
      shown.add(one)
      return traced ? scenario.run(one, (event) => console.log(showEvent(event))) : scenario.run(one)
    }
    const summary = explore(seeds, run)
    console.log(show(summary, (performance.now() - began) / 1000))
    const missing = seeds.length >= scenario.seeds ? missingMarks(scenario, summary) : []
    for (const one of missing) console.error(`Not seen often enough: ${one}.`)
    return missing.length === 0 ? 0 : 1
  } catch (error) {
    if (!(error instanceof SimulationFailed) && !(error instanceof PlanFailed)) throw error
    console.error(error.message)
    return 1
  }
}

process.exitCode = main()
