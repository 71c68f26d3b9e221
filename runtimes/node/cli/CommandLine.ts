import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { cli } from "./Cli.ts"
import { CliConfig, CliError, CliOutput, cliServices, Command, GlobalFlag } from "./EffectCli.ts"
import { UseError } from "./UseError.ts"
import { packageVersion } from "./Version.ts"

const sentence = (text: string): string => `${text.replace(/\s*\n\s*/g, " ").replace(/\.$/, "")}.`

/** A formatted help page, with the blank line that the formatter leaves out between subcommands and examples. */
const spaced = (help: string): string => help.replace(/([^\n])\n(\S*EXAMPLES)/, "$1\n\n$2")

/** Help that was asked for goes to stdout; what is wrong with the arguments to stderr, in a sentence. */
const present = (event: CliOutput.Presenter.Event): void => {
  switch (event._tag) {
    case "Version":
      process.stdout.write(`${event.name} ${event.version}\n`)
      return
    case "Help": {
      const stream = event.reason === "Requested" ? process.stdout : process.stderr
      const formatter = CliOutput.defaultFormatter({ colors: stream.isTTY && stream.hasColors() })
      stream.write(`${spaced(formatter.formatHelpDoc(event.helpDoc))}\n`)
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

/** Reads the arguments and runs what they ask for; arguments that make no sense, which have been told of, are a `UseError`. */
export const commandLine = (args: ReadonlyArray<string>) =>
  Command.runWith(cli, { version: packageVersion() })(args).pipe(
    Effect.provide(layers),
    Effect.mapError((error) => (CliError.isCliError(error) ? new UseError({ message: error.message }) : error))
  )
