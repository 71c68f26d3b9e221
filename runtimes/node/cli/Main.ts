import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { cli } from "./Cli.ts"
import { CliConfig, CliOutput, cliServices, Command, GlobalFlag } from "./EffectCli.ts"
import { exitCode, report } from "./Failure.ts"
import { untilStdoutCloses } from "./Output.ts"
import { packageVersion } from "./Version.ts"

const sentence = (text: string): string => `${text.replace(/\s*\n\s*/g, " ").replace(/\.$/, "")}.`

/** Help that was asked for goes to stdout; what is wrong with the arguments to stderr, in a sentence. */
const present = (event: CliOutput.Presenter.Event): void => {
  switch (event._tag) {
    case "Version":
      process.stdout.write(`${event.name} ${event.version}\n`)
      return
    case "Help": {
      const stream = event.reason === "Requested" ? process.stdout : process.stderr
      const formatter = CliOutput.defaultFormatter({ colors: stream.isTTY && stream.hasColors() })
      stream.write(`${formatter.formatHelpDoc(event.helpDoc)}\n`)
      return
    }
    case "InvalidInvocation": {
      const wrong = event.errors.map((error) => `${sentence(error.message)}\n`).join("")
      process.stderr.write(`${wrong}See \`${event.commandPath.join(" ")} --help\`.\n`)
    }
  }
}

const layers = Layer.mergeAll(
  cliServices,
  CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version] }),
  CliOutput.layerPresenter({ present: (event) => Effect.sync(() => present(event)) })
)

/**
 * Runs the command line and ends the process.
 *
 * **Details**
 *
 * A program that reads our output and ends before it has read all, such as `head`, is no failure; nor is one that no longer
 * reads our messages. What Node warns of is for those who write programs, and is not shown.
 */
export const main = async (args: ReadonlyArray<string>): Promise<never> => {
  process.removeAllListeners("warning")
  // Without stderr there is nobody to tell, and servers go on serving.
  process.stderr.on("error", () => undefined)
  const command = Command.runWith(cli, { version: packageVersion() })(args).pipe(Effect.provide(layers))
  const output = Effect.tapCause(untilStdoutCloses, (cause) => Effect.sync(() => report(cause, false)))
  const exit = await Effect.runPromiseExit(Effect.raceFirst(command, output))
  const code = Exit.isSuccess(exit) ? 0 : exitCode(exit.cause)
  return new Promise(() => {
    process.stdout.write("", () => process.exit(code))
  })
}
