import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { hunt } from "./Hunt.ts"
import type { HuntOptions } from "./Hunt.ts"
import { reportText, violations } from "./Report.ts"

const usage = "npm run kills -- [--kills 500] [--seed N] [--fsync none|interval|always]"

const numberOf = (name: string, text: string): number => {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new Error(`--${name} is ${text}: give a whole number. ${usage}`)
}

const isPolicy = (text: string): text is HuntOptions["fsync"] => ["none", "interval", "always"].includes(text)

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "500" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    fsync: { type: "string", default: "interval" }
  }
})
const { fsync } = values
if (!isPolicy(fsync)) throw new Error(`--fsync is ${fsync}. ${usage}`)
const kills = numberOf("kills", values.kills)
const seed = numberOf("seed", values.seed)
const folder = mkdtempSync(join(tmpdir(), "odradek-kills-"))
const say = (line: string) => process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`)

try {
  const report = await hunt({
    kills,
    seed,
    fsync,
    folder,
    onKill: (count, what) => say(`${count} of ${kills}: ${what}`)
  })
  if (process.stderr.isTTY) say("")
  process.stdout.write(reportText(report, seed))
  process.exitCode = violations(report) === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
