import { readArguments } from "../kills/Arguments.ts"
import { readOrder } from "./Arguments.ts"
import { outcomeLine, restartServices, startServices, statusOf, stopServices } from "./Launcher.ts"
import type { Outcome } from "./Launcher.ts"
import { accessLines } from "./Access.ts"
import { stateFile } from "./Folder.ts"
import { readState } from "./State.ts"
import { serviceNames } from "./Service.ts"

const usage = `npm run services -- start|stop|restart|status [${serviceNames.join(" ")}]

  start    starts the servers that do not run, without anything in them, and waits until each answers
  stop     ends them, and deletes what they kept
  restart  ends those that were started and starts them again, with what they kept (DynamoDB Local keeps nothing)
  status   says which of them run, who is let in, and where they speak TLS

Without names it is all of them, for restart all that were started. It ends with 0 when all is well, with 1 when a server
could not be had (or, for status, does not run), and with 2 when it is used wrongly.`

const { names, verb } = readArguments(usage, (args) => {
  const state = readState(stateFile)
  return readOrder(
    args,
    serviceNames.filter((name) => state[name] !== undefined)
  )
})
const say = (line: string): void => void process.stderr.write(`${line}\n`)
const outcomes =
  verb === "start"
    ? await startServices(names, say)
    : verb === "stop"
      ? await stopServices(names, say)
      : verb === "restart"
        ? await restartServices(names, say)
        : statusOf(names)
const state = readState(stateFile)
const linesOf = (outcome: Outcome): ReadonlyArray<string> => {
  const started = state[outcome.name]
  const runs = outcome._tag === "Started" || outcome._tag === "Running"
  return [outcomeLine(outcome), ...(runs && started !== undefined ? accessLines(started.service) : [])]
}
process.stdout.write(
  outcomes
    .flatMap(linesOf)
    .map((line) => `${line}\n`)
    .join("")
)
const wanted = verb === "stop" ? ["Stopped"] : ["Started", "Running"]
process.exitCode = outcomes.every(({ _tag }) => wanted.includes(_tag)) ? 0 : 1
