import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { endlessly, greatestSeed, readArguments, wholeIn, WrongUse } from "./Arguments.ts"
import { hunt } from "./Hunt.ts"
import type { HuntOptions } from "./Hunt.ts"
import { reportText, violations } from "./Report.ts"

const usage = `npm run kills -- [options]

  --kills N                     kill the broker and the replicator so often (500)
  --seed N                      what is killed, and when (another one each time)
  --fsync none|interval|always  when the broker syncs (interval)

It ends with 0 when there is nothing to complain of, with 1 when there is, and with 2 when it is used wrongly.`

const policyOf = (text: string): HuntOptions["fsync"] => {
  const found = (["none", "interval", "always"] as const).find((one) => one === text)
  if (found !== undefined) return found
  throw new WrongUse(`--fsync is ${text}: give none, interval or always.`)
}

const { fsync, kills, seed } = readArguments(usage, (args) => {
  const { values } = parseArgs({
    args,
    options: {
      kills: { type: "string", default: "500" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      fsync: { type: "string", default: "interval" }
    }
  })
  return {
    kills: wholeIn("kills", values.kills, 1, endlessly),
    seed: wholeIn("seed", values.seed, 0, greatestSeed),
    fsync: policyOf(values.fsync)
  }
})
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
