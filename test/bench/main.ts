import { compare, line } from "./Bench.ts"
import { codecs } from "./codecs.ts"

process.stdout.write(`${"".padEnd(34)}${"subject".padStart(20)}${"baseline".padStart(20)}${"ratio".padStart(7)}\n`)
for (const comparison of codecs) process.stdout.write(`${line(comparison, await compare(comparison))}\n`)
