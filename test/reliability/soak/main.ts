import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { checkStoreAddress } from "../../../runtimes/node/index.ts"
import { shellWord } from "../../../runtimes/node/cli/ShellWord.ts"
import { endlessly, greatestSeed, numberIn, readArguments, wholeIn, WrongUse } from "../../kills/Arguments.ts"
import { soak } from "./Soak.ts"
import { complaintsOf, soakText } from "./SoakReport.ts"
import { storeKinds } from "./SoakStores.ts"

const usage = `npm run soak -- [options]

  --minutes N      go on for so long (10)
  --store WHAT     ${storeKinds.join(", ")}: one of the kind, the last three with a server of their own,
                   which goes down too (DynamoDB Local keeps nothing, and only stands still); or the address of one
                   that is left alone. Again for more than one (sqlite)
  --replicators N  replicators for each store, in one group (2)
  --keys N         journals (240)
  --seed N         what is done, and when (another one each time)

It starts an Apache Kafka of its own, writes, reads, deletes and purges, and meanwhile kills, stops and cuts off Kafka, the
stores and the replicators; in the end it holds what readers saw, what the log has and what the stores have against what the
writers were told. It prints its report as Markdown, and ends with 0 when there is nothing to complain of, with 1 when there
is, and with 2 when it is used wrongly.`

const { keys, minutes, replicators, seed, stores } = readArguments(usage, (args) => {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: "string", default: "10" },
      store: { type: "string", multiple: true, default: ["sqlite"] },
      replicators: { type: "string", default: "2" },
      keys: { type: "string", default: "240" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) }
    }
  })
  for (const store of values.store) {
    const wrong = storeKinds.some((kind) => kind === store) ? undefined : checkStoreAddress(store)
    if (wrong !== undefined) throw new WrongUse(`--store is ${store}: give ${storeKinds.join(", ")}, or an address.`)
  }
  return {
    minutes: numberIn("minutes", values.minutes, 0, endlessly),
    stores: values.store,
    replicators: wholeIn("replicators", values.replicators, 1, 100),
    keys: wholeIn("keys", values.keys, 1, endlessly),
    seed: wholeIn("seed", values.seed, 0, greatestSeed)
  }
})
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130))
const folder = mkdtempSync(join(tmpdir(), "odradek-soak-"))
try {
  const say = (line: string): void => void process.stderr.write(`${line}\n`)
  const report = await soak({ minutes, stores, seed, replicators, keys, folder, say })
  const named = stores.map((store) => ` --store ${shellWord(store)}`).join("")
  const command = `npm run soak -- --minutes ${minutes}${named} --replicators ${replicators} --keys ${keys} --seed ${seed}`
  process.stdout.write(soakText(report, command))
  process.exitCode = complaintsOf(report) === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
