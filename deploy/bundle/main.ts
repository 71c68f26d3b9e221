import { availableParallelism, loadavg } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { buildBundle } from "./BuildBundle.ts"
import type { Built } from "./BuildBundle.ts"
import { bundles } from "./Bundles.ts"
import type { Goal } from "./Bundles.ts"
import { importTimes } from "./ImportTimes.ts"
import type { ImportTime } from "./ImportTimes.ts"

const root = join(import.meta.dirname, "..", "..")
/** Inside the project, so that a module finds the packages that are not in its bundle. */
const work = join(root, ".data", "lambda")
const into = join(root, "dist", "lambda")

const { values } = parseArgs({ options: { runs: { type: "string", default: "11" } } })
const runs = Number(values.runs)
if (!Number.isSafeInteger(runs) || runs < 0) {
  throw new Error(`--runs is "${values.runs}": write how many times each bundle is imported, or 0 for not at all.`)
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(0)} KB`

const against = (value: number, goal: number | undefined, shown: (value: number) => string): string =>
  goal === undefined ? "" : `${value <= goal ? "reached" : "MISSED"} (${shown(goal)})`

const milliseconds = (value: number): string => `${value.toFixed(0)} ms`

const row = (
  name: string,
  { bytes, zipBytes }: Built,
  goal: Goal,
  time: ImportTime | undefined
): ReadonlyArray<string> => [
  name,
  kilobytes(bytes),
  against(bytes, goal.bytes, kilobytes),
  kilobytes(zipBytes),
  ...(time === undefined
    ? []
    : [milliseconds(time.wall), against(time.wall, goal.importMs, milliseconds), milliseconds(time.cpu)])
]

const built: Array<Built> = []
for (const bundle of bundles) built.push(await buildBundle(bundle, root, work, into))
const times =
  runs === 0
    ? []
    : await importTimes(
        built.map(({ folder }) => join(folder, "index.mjs")),
        runs,
        work
      )
const head = ["bundle", "minified", "goal", "zip", ...(runs === 0 ? [] : ["import", "goal", "processor"])]
const rows = [head, ...bundles.map(({ goal, name }, at) => row(name, built[at]!, goal, times[at]))]
const widths = head.map((_, at) => Math.max(...rows.map((cells) => cells[at]?.length ?? 0)))
for (const cells of rows) {
  process.stdout.write(
    `${cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd()}\n`
  )
}
if (runs > 0) {
  process.stdout.write(
    `\nImport: the median of ${runs} fresh processes beyond that of an empty module, by the clock and of the processor's time.\n`
  )
  const [load = 0] = loadavg()
  if (load > availableParallelism()) {
    process.stdout.write(
      `This machine is busy (load ${load.toFixed(0)} on ${availableParallelism()} processors): the clock tells of that, too; go by the processor's time.\n`
    )
  }
}
