import { parseArgs } from "node:util"
import { differences, lineOf } from "./Compare.ts"
import { computeEverywhere } from "./Runtimes.ts"

const usage = `npm run digest -- [--seeds N] [--parts]

Computes the digests of core's test vectors on Node 22, Node 24, Deno and workerd, and prints one line for each. Ends with 1
where they differ, and says in which part.

  --seeds N   how many seeds each system is simulated with (200)
  --parts     print the digest of each part, too
`

const { values } = parseArgs({
  options: { seeds: { type: "string", default: "200" }, parts: { type: "boolean" }, help: { type: "boolean" } }
})
const seeds = Number(values.seeds)

if (values.help === true) {
  console.log(usage)
} else if (!Number.isSafeInteger(seeds) || seeds < 1) {
  console.error(`--seeds ${values.seeds}: give a whole number from 1 on.`)
  process.exitCode = 2
} else {
  const all = await computeEverywhere(seeds, 30 * 60_000, (one) => {
    console.log(lineOf(one))
    if (values.parts === true)
      for (const [part, digest] of Object.entries(one.digests)) console.log(`  ${digest}  ${part}`)
  })
  const different = differences(all)
  for (const line of different) console.error(line)
  process.exitCode = different.length === 0 ? 0 : 1
}
