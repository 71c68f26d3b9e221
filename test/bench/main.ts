import { loadavg } from "node:os"
import { parseArgs } from "node:util"
import { type Area, compare, heading, measure, type Report, tell } from "./Bench.ts"
import { readArguments, WrongUse } from "../kills/Arguments.ts"
import { append } from "./append.ts"
import { broker } from "./broker.ts"
import { calibration } from "./Calibration.ts"
import { chain } from "./chain.ts"
import { chainProcesses } from "./chain-processes.ts"
import { codecs } from "./codecs.ts"
import { growth } from "./growth.ts"
import { latency } from "./latency.ts"
import { memory } from "./memory.ts"
import { kinds } from "./Pairs.ts"
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

const storeNames = kinds.map(({ name }) => name.toLowerCase().replace(/ .*/, ""))

const usage = `npm run bench -- [AREA...] [options]

${areas.map(({ about, name }) => `  ${name.padEnd(18)}${about}\n`).join("")}
  --brokers ADDRESS append to the Apache Kafka at this HOST:PORT, too, and use it for the areas on servers, which take
                    the one of \`npm run services -- start\` otherwise
  --store NAME      in the areas on servers only this store: ${storeNames.join(", ")}, or the beginning of one
  --full            take the large sizes of memory and growth, which take hours

Without areas it is all of them. Each line tells of a subject, of the baseline beside it in the same run, and of their ratio.
It ends with 0 when everything was measured, and with 2 when it is used wrongly.`

const { given, wanted } = readArguments(usage, (args) => {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { brokers: { type: "string" }, full: { type: "boolean" }, store: { type: "string" } }
  })
  const unknown = positionals.find((name) => areas.every((area) => area.name !== name))
  if (unknown !== undefined) {
    throw new WrongUse(`There is no ${unknown}: name any of ${areas.map(({ name }) => name).join(", ")}.`)
  }
  const { store } = values
  if (store !== undefined && !storeNames.some((name) => name.startsWith(store.toLowerCase()))) {
    throw new WrongUse(`--store is ${store}: give ${storeNames.join(", ")} or the beginning of one.`)
  }
  return { given: values, wanted: positionals }
})
process.stdout.write(`${heading}\n`)
for (const area of areas) {
  if (wanted.length > 0 && !wanted.includes(area.name)) continue
  await surroundings()
  await area.run(report, given)
}
await surroundings()
