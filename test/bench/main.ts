import { parseArgs } from "node:util"
import { type Area, compare, heading, measure, type Report } from "./Bench.ts"
import { append } from "./append.ts"
import { broker } from "./broker.ts"
import { calibration } from "./Calibration.ts"
import { chain } from "./chain.ts"
import { chainProcesses } from "./chain-processes.ts"
import { codecs } from "./codecs.ts"
import { recovery } from "./recovery.ts"
import { simulation } from "./simulation.ts"
import { store } from "./store.ts"

const areas: ReadonlyArray<Area> = [codecs, append, store, recovery, broker, chain, simulation, chainProcesses]

const report: Report = async (item) => {
  process.stdout.write(`${"baseline" in item ? await compare(item) : await measure(item)}\n`)
}

// What Node says of the timers of a bare kafkajs is no figure.
process.removeAllListeners("warning")

const { positionals: wanted, values: given } = parseArgs({
  allowPositionals: true,
  options: { brokers: { type: "string" } }
})
const unknown = wanted.find((name) => areas.every((area) => area.name !== name))
if (unknown === undefined) {
  process.stdout.write(`${heading}\n`)
  for (const area of areas) {
    if (wanted.length > 0 && !wanted.includes(area.name)) continue
    await report(calibration)
    await area.run(report, given)
  }
  await report(calibration)
} else {
  process.stderr.write(`There is no "${unknown}": name any of ${areas.map(({ name }) => name).join(", ")}.\n`)
  process.exitCode = 2
}
