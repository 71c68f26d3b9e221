import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { mutants } from "../../runtimes/simulate/index.ts"
import { endlessly, greatestSeed, numberIn, readArguments, wholeIn, WrongUse } from "../kills/Arguments.ts"
import { hunt } from "./Hunt.ts"
import { reportText } from "./Report.ts"

const usage = `npm run chain-kills -- [options]

  --kills N       kill nodes at least so often (200)
  --minutes M     and go on for at least so many minutes (0)
  --seed N        what is done, and asked for (another one each time)
  --clients N     how many clients use the cluster (8)
  --planted NAME  plant a bug in every node: \`odradek simulate chain --mutant list\` lists them
  --ordinary      let nodes keep what they keep with ordinary settings
  --mount         give each node a file system of its own, which may be full
  --keep          keep the folder also when all is well

It ends with 0 when there is nothing to complain of, with 1 when there is, and with 2 when it is used wrongly.`

const mutantCalled = (name: string) => {
  const found = mutants.chain.find((one) => one.name === name)
  if (found !== undefined) return found
  throw new WrongUse(`There is no planted bug ${name}: take one that \`odradek simulate chain --mutant list\` lists.`)
}

const { isKeeping, kills, ...options } = readArguments(usage, (args) => {
  const { values } = parseArgs({
    args,
    options: {
      kills: { type: "string", default: "200" },
      minutes: { type: "string", default: "0" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      clients: { type: "string", default: "8" },
      planted: { type: "string" },
      ordinary: { type: "boolean", default: false },
      mount: { type: "boolean", default: false },
      keep: { type: "boolean", default: false }
    }
  })
  return {
    kills: wholeIn("kills", values.kills, 1, endlessly),
    minutes: numberIn("minutes", values.minutes, 0, endlessly),
    seed: wholeIn("seed", values.seed, 0, greatestSeed),
    clients: wholeIn("clients", values.clients, 1, 1000),
    ordinary: values.ordinary,
    mount: values.mount,
    isKeeping: values.keep,
    ...(values.planted === undefined ? {} : { mutant: mutantCalled(values.planted) })
  }
})
const folder = mkdtempSync(join(tmpdir(), "odradek-chain-"))
const say = (line: string) => process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`)
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130))

let isKept = false
process.on("exit", () => {
  if (isKept) process.stdout.write(`Everything is kept in ${folder}\n`)
  else rmSync(folder, { recursive: true, force: true })
})
try {
  const report = await hunt({
    ...options,
    kills,
    folder,
    onKill: (count, what) => say(`${count} of ${kills}: ${what}`)
  })
  if (process.stderr.isTTY) say("")
  process.stdout.write(reportText(report))
  process.exitCode = report.complaints.length === 0 ? 0 : 1
  isKept = isKeeping || report.complaints.length > 0
} catch (error) {
  isKept = true
  throw error
}
