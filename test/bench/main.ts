import { loadavg } from "node:os"
import { parseArgs } from "node:util"
import { type Area, compare, heading, measure, type Report, tell } from "./Bench.ts"
import { append } from "./append.ts"
import { broker } from "./broker.ts"
import { calibration } from "./Calibration.ts"
import { chain } from "./chain.ts"
import { chainProcesses } from "./chain-processes.ts"
import { codecs } from "./codecs.ts"
import { growth } from "./growth.ts"
import { latency } from "./latency.ts"
import { memory } from "./memory.ts"
import { recoveries } from "./recoveries.ts"
import { recovery } from "./recovery.ts"
import { replication } from "./replication.ts"
import { simulation } from "./simulation.ts"
import { store } from "./store.ts"

const onServers = [replication, recoveries, latency, memory, growth]
const areas: ReadonlyArray<Area> = [
  codecs,
  append,
  store,
  recovery,
  ...onServers,
  broker,
  chain,
  simulation,
  chainProcesses
]

const report: Report = async (item) => {
  const line = "baseline" in item ? await compare(item) : "values" in item ? tell(item) : await measure(item)
  process.stdout.write(`${line}\n`)
}

/** What else the machine does, and how fast it computes meanwhile. */
const surroundings = async (): Promise<void> => {
  const [minute = 0] = loadavg()
  process.stdout.write(`a load of ${minute.toFixed(1)} in the last minute\n`)
  await report(calibration)
}

// What Node says of the timers of a bare kafkajs is no figure.
process.removeAllListeners("warning")

const { positionals: wanted, values: given } = parseArgs({
  allowPositionals: true,
  options: { brokers: { type: "string" }, full: { type: "boolean" }, store: { type: "string" } }
})
const unknown = wanted.find((name) => areas.every((area) => area.name !== name))
if (unknown === undefined) {
  process.stdout.write(`${heading}\n`)
  for (const area of areas) {
    if (wanted.length > 0 && !wanted.includes(area.name)) continue
    await surroundings()
    await area.run(report, given)
  }
  await surroundings()
} else {
  process.stderr.write(`There is no "${unknown}": name any of ${areas.map(({ name }) => name).join(", ")}.\n`)
  process.exitCode = 2
}
