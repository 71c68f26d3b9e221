import { showTable } from "../../../../core/simulation/index.ts"
import type { Subject } from "../../../simulate/index.ts"
import { counted } from "../doctor/Words.ts"
import { shellWord } from "../ShellWord.ts"
import type { Explained } from "./Explain.ts"
import { planText } from "./Words.ts"

/** So many lines of a run are shown, the last ones. */
const shownLines = 120

/** The command that runs a seed of a subject, or something else of it. */
export const commandOf = ({ mutant, system }: Subject, flags: string): string =>
  `odradek simulate ${system}${mutant === undefined ? "" : ` --mutant ${mutant}`} ${flags}`

/** A failure for a person: what was violated, how it came about, and the commands that show it again. */
export const explainedText = ({
  files,
  found,
  looked,
  runs,
  subject,
  unshrunk,
  untold,
  unwritten,
  violated
}: Explained): string => {
  const { seed } = found.plan
  const shown = looked.trace.slice(-shownLines)
  const left = looked.skipped + looked.trace.length - shown.length
  const size = `${planText(violated.plan)}, ${counted(violated.events, "event")}, trace ${violated.hash}`
  const again = files.plan === undefined ? [] : [commandOf(subject, `--plan ${shellWord(files.plan)}`)]
  const html = files.plan?.replace(/\.plan\.json$/, ".html")
  return [
    `violated: ${violated.invariant}: ${violated.what}`,
    ...(violated.cause === undefined ? [] : [violated.cause]),
    `found: ${commandOf(subject, `--seed ${seed}`)} (${planText(found.plan)}, ${counted(found.events, "event")})`,
    ...(runs === undefined ? [] : [`shrunk: ${size}, after ${counted(runs, "run")}`]),
    ...(unshrunk === undefined ? [] : [`shrunk: not, as that failed: ${unshrunk}`]),
    showTable(shown),
    ...(left === 0 ? [] : [`(${counted(left, "row")} before these)`]),
    ...(files.plan === undefined ? [] : [`plan: ${files.plan}`]),
    ...(files.plan === undefined && unwritten.length > 0 ? [`plan: ${JSON.stringify(violated.plan)}`] : []),
    ...(files.script === undefined ? [] : [`script: ${files.script}`]),
    ...(untold === undefined ? [] : [`script: none, as the run cannot be told: ${untold}`]),
    ...(files.trace === undefined ? [] : [`drawing: ${files.trace}`]),
    ...again.map((command) => `again: ${command}`),
    ...again.flatMap((command) =>
      html === undefined || files.trace !== undefined ? [] : [`draw: ${command} --trace ${shellWord(html)}`]
    )
  ].join("\n")
}

/** A failure for programs. */
export const explainedJson = ({ files, found, runs, violated }: Explained): unknown => ({
  seed: found.plan.seed,
  invariant: violated.invariant,
  what: violated.what,
  cause: violated.cause,
  hash: violated.hash,
  events: violated.events,
  faults: violated.plan.faults.length,
  moves: violated.plan.moves.length,
  chances: violated.plan.chances.length,
  shrinkRuns: runs,
  planFile: files.plan,
  scriptFile: files.script,
  traceFile: files.trace,
  plan: violated.plan
})
