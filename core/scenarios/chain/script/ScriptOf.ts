import type { Plan, Scenario } from "../../../simulation/index.ts"
import type { ChainModule } from "../ChainModule.ts"
import { record } from "./Recording.ts"
import { runScript } from "./RunScript.ts"
import { Transcript } from "./Transcript.ts"
import type { ScriptMachine } from "./World.ts"

const wrapped = (text: string): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = "#"
  for (const word of text.split(/\s+/)) {
    if (line.length + word.length >= 120) {
      lines.push(line)
      line = "#"
    }
    line += ` ${word}`
  }
  return [...lines, line]
}

/**
 * Turns a run of the chain's scenario into a script that does the same, step for step.
 *
 * **When to use**
 *
 * To read what led to a failure, once its plan is shrunk, as a story of messages and writes; and to keep it.
 *
 * **Details**
 *
 * The plan is run once more, and what its machines were told is taken down. Where the run fails, the last lines of the
 * script show how; a promise that scripts check themselves is named there as `VIOLATED`.
 */
export const scriptOf = (
  scenarioOf: (module: ChainModule) => Scenario,
  module: ChainModule & ScriptMachine,
  plan: Plan
): string => {
  const { events, failure } = record(scenarioOf, module, plan)
  const opening = [
    ...wrapped(`Seed ${plan.seed} of the chain's scenario.`),
    ...wrapped(failure === undefined ? "It ends well." : `It ends with: ${failure.invariant}: ${failure.what}`)
  ]
  const { lines } = new Transcript(events)
  return runScript(module, [opening.join("\n"), ...lines].join("\n\n"))
}
