import type { TestProject } from "vitest/node"
import { serversOf } from "./Counts.ts"
import { outcomeLine, startServices, stopServices } from "./Launcher.ts"
import { serviceNames } from "./Service.ts"

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/**
 * Starts the servers that the files of this run name and that do not run, and stops those again at the end.
 *
 * **Details**
 *
 * A server that cannot be had is named with its reason; the tests that need it fail when they ask for it.
 */
export default async ({ vitest }: TestProject): Promise<() => Promise<void>> => {
  const named = new Set(vitest.state.getPaths().flatMap(serversOf))
  const outcomes = await startServices(
    serviceNames.filter((name) => named.has(name)),
    say
  )
  for (const outcome of outcomes) say(outcomeLine(outcome))
  const ours = outcomes.filter(({ _tag }) => _tag === "Started").map(({ name }) => name)
  return async () => {
    const left = (await stopServices(ours, say)).filter(({ _tag }) => _tag === "Missing")
    for (const outcome of left) say(outcomeLine(outcome))
  }
}
