import { execFile } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"

/** How long a module took to be there, in milliseconds: by the clock, and of the processor's time. */
export interface ImportTime {
  readonly wall: number
  readonly cpu: number
}

/** What the handlers ask for; nothing of it is used before an invocation. */
const environment = {
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "none",
  AWS_SECRET_ACCESS_KEY: "none",
  ODRADEK_TABLE: "journal",
  ODRADEK_CONTACT_POINTS: "cassandra.example.com",
  ODRADEK_KEYSPACE: "journal",
  ODRADEK_HOST: "db.example.com",
  ODRADEK_DATABASE: "app",
  ODRADEK_SECRET: "journal"
}

const program = `
const [begun, used] = [performance.now(), process.cpuUsage()]
await import(process.argv[1])
const [wall, { system, user }] = [performance.now() - begun, process.cpuUsage(used)]
console.log(JSON.stringify({ wall, cpu: (user + system) / 1000 }))
process.exit()
`

const execute = promisify(execFile)

const once = async (module: string): Promise<ImportTime> => {
  const args = ["--input-type=module", "--eval", program, pathToFileURL(module).href]
  const { stdout } = await execute(process.execPath, args, { env: { ...process.env, ...environment }, timeout: 60_000 })
  return JSON.parse(stdout) as ImportTime
}

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

/**
 * Imports modules in fresh processes, `runs` times each in turn, and gives the median of each beyond that of a module in which
 * there is nothing, which is written into `work`.
 */
export const importTimes = async (
  modules: ReadonlyArray<string>,
  runs: number,
  work: string
): Promise<ReadonlyArray<ImportTime>> => {
  const empty = join(work, "empty.mjs")
  writeFileSync(empty, "export {}\n")
  const all = [empty, ...modules]
  const found = all.map((): Array<ImportTime> => [])
  for (let run = 0; run < runs; run++) {
    for (const [at, module] of all.entries()) found[at]?.push(await once(module))
  }
  const medians = found.map((times) => ({
    wall: median(times.map(({ wall }) => wall)),
    cpu: median(times.map(({ cpu }) => cpu))
  }))
  const [nothing = { wall: 0, cpu: 0 }, ...others] = medians
  return others.map(({ cpu, wall }) => ({ wall: wall - nothing.wall, cpu: cpu - nothing.cpu }))
}
