import { compare, line } from "./Bench.ts"
import type { Comparison } from "./Bench.ts"
import { codecs } from "./codecs.ts"
import { withJournal } from "./journal.ts"

const run = async (comparisons: ReadonlyArray<Comparison>): Promise<void> => {
  for (const comparison of comparisons) process.stdout.write(`${line(comparison, await compare(comparison))}\n`)
}

process.stdout.write(`${"".padEnd(34)}${"subject".padStart(20)}${"baseline".padStart(20)}${"ratio".padStart(7)}\n`)
await run(codecs)
await withJournal(run)
