import { parseArgs } from "node:util"
import {
  groupsSubjects,
  journalSubjects,
  logSubjects,
  makeGroupsScenario,
  makeJournalScenario,
  makeLogScenario
} from "../../core/scenarios/index.ts"
import { explore, runPlan, seedsFrom, showTable, SimulationFailed } from "../../core/simulation/index.ts"
import type { Scenario, Summary, TraceEvent } from "../../core/simulation/index.ts"

const made: ReadonlyArray<Scenario> = [
  makeGroupsScenario(groupsSubjects),
  makeJournalScenario(journalSubjects),
  makeLogScenario(logSubjects)
]

const scenarios = new Map(
  made.map((scenario) => [scenario.name, { ...scenario, command: `npm run simulate -- ${scenario.name}` }])
)

const usage = `usage: npm run simulate -- <${[...scenarios.keys()].join("|")}> [--seed N] [--seeds N] [--trace]

  --seed N   run this seed only, or begin with it where --seeds is given
  --seeds N  run so many seeds (a batch: what the test of the simulation runs)
  --trace    print every event of the first seed`

const show = (summary: Summary, seconds: number): string => {
  const rate = Math.round(summary.events / seconds / 1000)
  const marks = [...summary.marks].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return [
    `${summary.seeds} seeds, ${summary.events} events (${rate} k/s), ${(summary.virtualMs / 1000).toFixed(1)} s of virtual time, digest ${summary.digest}, no violation`,
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

/** Prints every event of a run, also of one that fails. */
const trace = (scenario: Scenario, seed: number): void => {
  const events: Array<TraceEvent> = []
  try {
    runPlan(scenario, { scenario: scenario.name, seed }, { watch: (event) => void events.push(event) })
  } finally {
    console.log(showTable(events))
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
  const scenario = scenarios.get(name)
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
    if (values.trace === true) trace(scenario, seeds[0] ?? 1)
    const summary = explore(scenario, seeds)
    console.log(show(summary, (performance.now() - began) / 1000))
    for (const one of summary.missing) console.error(`Not seen often enough: ${one}.`)
    return summary.missing.length === 0 ? 0 : 1
  } catch (error) {
    if (!(error instanceof SimulationFailed)) throw error
    console.error(error.message)
    return 1
  }
}

process.exitCode = main()
