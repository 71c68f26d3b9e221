#!/usr/bin/env node
import { tooOld } from "./cli/NodeVersion.ts"

const refusal = tooOld(process.versions.node)
if (refusal === undefined) {
  // What is compiled once is kept in Node's own cache, which takes a third off every start after the first.
  const { enableCompileCache } = await import("node:module")
  enableCompileCache()
  const { main } = await import("./cli/Main.ts")
  await main(process.argv.slice(2))
} else {
  process.stderr.write(`${refusal}\n`)
  process.exitCode = 1
}
