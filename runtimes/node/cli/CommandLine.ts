import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { cli } from "./Cli.ts"
import { CliConfig, CliError, CliOutput, cliServices, Command, GlobalFlag } from "./EffectCli.ts"
import { sayOut } from "./Output.ts"
import { UseError } from "./UseError.ts"
import { packageVersion } from "./Version.ts"

/** The parser's words as sentences: what is wrong, and below it, a name to a line, what may have been meant. */
const sentence = (text: string): string => {
  const [said = "", near] = text.split(/\s*Did you mean this\?\s*/)
  const wrong = `${said.replace(/\s*\n\s*/g, " ").replace(/\.$/, "")}.`
  return near === undefined ? wrong : `${wrong} Did you mean ${near.trim().replace(/\s*\n\s*/g, " or ")}?`
}

/** A formatted help page, with the blank line that the formatter leaves out between subcommands and examples. */
const spaced = (help: string): string => help.replace(/([^\n])\n(\S*EXAMPLES)/, "$1\n\n$2")

const sayWrong = (text: string) => Effect.sync(() => void process.stderr.write(`${text}\n`))

/** Help that was asked for goes to stdout; what is wrong with the arguments to stderr, in a sentence. */
const present = (event: CliOutput.Presenter.Event): Effect.Effect<void> => {
  switch (event._tag) {
    case "Version":
      return sayOut(`${event.name} ${event.version}`)
    case "Help": {
      const isRequested = event.reason === "Requested"
      const stream = isRequested ? process.stdout : process.stderr
      const formatter = CliOutput.defaultFormatter({ colors: stream.isTTY && stream.hasColors() })
      const help = spaced(formatter.formatHelpDoc(event.helpDoc))
      return isRequested ? sayOut(help) : sayWrong(help)
    }
    case "InvalidInvocation": {
      const wrong = event.errors.map((error) => `${sentence(error.message)}\n`).join("")
      return sayWrong(`${wrong}See \`${event.commandPath.join(" ")} --help\`.`)
    }
  }
}

const layers = Layer.mergeAll(
  cliServices,
  CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version] }),
  CliOutput.layerPresenter({ present })
)

/** Reads the arguments and runs what they ask for; arguments that make no sense, which have been told of, are a `UseError`. */
export const commandLine = (args: ReadonlyArray<string>) =>
  Command.runWith(cli, { version: packageVersion() })(args).pipe(
    Effect.provide(layers),
    Effect.mapError((error) => (CliError.isCliError(error) ? new UseError({ message: error.message }) : error))
  )
