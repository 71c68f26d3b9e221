#!/usr/bin/env node
import { tooOld } from "./cli/NodeVersion.ts"

const refusal = tooOld(process.versions.node)
if (refusal === undefined) {
  // What is compiled once is kept in Node's own cache, which takes a third off every start after the first.
  const module = await import("node:module")
  // Deno has a cache of its own, and not this function.
  if ("enableCompileCache" in module) module.enableCompileCache()
  const { main } = await import("./cli/Main.ts")
  await main(process.argv.slice(2))
} else {
  process.stderr.write(`${refusal}\n`)
  process.exitCode = 1
}
