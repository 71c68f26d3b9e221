import { readArguments } from "../kills/Arguments.ts"
import { readOrder } from "./Arguments.ts"
import { outcomeLine, startServices, statusOf, stopServices } from "./Launcher.ts"
import { serviceNames } from "./Service.ts"

const usage = `npm run services -- start|stop|status [${serviceNames.join(" ")}]

  start   starts the servers that do not run, without anything in them, and waits until each answers
  stop    ends them, and deletes what they kept
  status  says which of them run

Without names it is all of them. It ends with 0 when all is well, with 1 when a server could not be had (or, for status,
does not run), and with 2 when it is used wrongly.`

const { names, verb } = readArguments(usage, readOrder)
const say = (line: string): void => void process.stderr.write(`${line}\n`)
const outcomes =
  verb === "start"
    ? await startServices(names, say)
    : verb === "stop"
      ? await stopServices(names, say)
      : statusOf(names)
process.stdout.write(outcomes.map((outcome) => `${outcomeLine(outcome)}\n`).join(""))
const wanted = verb === "stop" ? ["Stopped"] : ["Started", "Running"]
process.exitCode = outcomes.every(({ _tag }) => wanted.includes(_tag)) ? 0 : 1
