import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { mutants } from "../../runtimes/simulate/index.ts"
import { hunt } from "./Hunt.ts"
import { reportText } from "./Report.ts"

const usage =
  "npm run chain-kills -- [--kills 200] [--minutes 0] [--seed N] [--clients 8] [--planted NAME] [--ordinary] [--mount] [--keep]"

const numberOf = (name: string, text: string): number => {
  const value = Number(text)
  if (Number.isFinite(value) && value >= 0) return value
  throw new Error(`--${name} is ${text}: give a number. ${usage}`)
}

const { values } = parseArgs({
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
const mutant = mutants.chain.find(({ name }) => name === values.planted)
if (values.planted !== undefined && mutant === undefined) {
  throw new Error(
    `There is no planted bug ${values.planted}: take one of ${mutants.chain.map(({ name }) => name).join()}.`
  )
}
const kills = numberOf("kills", values.kills)
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
    kills,
    minutes: numberOf("minutes", values.minutes),
    seed: numberOf("seed", values.seed),
    clients: numberOf("clients", values.clients),
    mount: values.mount,
    ordinary: values.ordinary,
    folder,
    ...(mutant === undefined ? {} : { mutant }),
    onKill: (count, what) => say(`${count} of ${kills}: ${what}`)
  })
  if (process.stderr.isTTY) say("")
  process.stdout.write(reportText(report))
  process.exitCode = report.complaints.length === 0 ? 0 : 1
  isKept = values.keep || report.complaints.length > 0
} catch (error) {
  isKept = true
  throw error
}
