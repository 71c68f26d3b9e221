import { type Command, Completions } from "./EffectCli.ts"
import { choices, flagOf } from "./Settings.ts"

/** The shells that there are scripts for. */
export const shells = ["bash", "zsh", "fish"] as const

/** A shell that there is a script for. */
export type Shell = (typeof shells)[number]

type Flag = Completions.FlagDescriptor

const nameOf = (setting: string): string => flagOf(setting).slice(2)

const httpFiles = ["http-certificate", "http-key", "http-authority", "tokens-file"]

/** What the values of flags are, whose own type is no more than text; see {@link choices}. */
const types: ReadonlyMap<string, Flag["type"]> = new Map<string, Flag["type"]>([
  ...Object.entries(choices).map(([setting, values]) => [nameOf(setting), { _tag: "Choice", values }] as const),
  ["data", { _tag: "Path", pathType: "directory" }],
  ["config", { _tag: "Path", pathType: "file" }],
  ...["tls-certificate", "tls-key", "tls-authority", "password-file", ...httpFiles].map(
    (name) => [name, { _tag: "Path", pathType: "file" }] as const
  ),
  ...["file", "plan", "trace"].map((name) => [name, { _tag: "Path", pathType: "file" }] as const),
  ["out", { _tag: "Path", pathType: "directory" }]
])

const builtIn = (name: string, alias: string, description: string): Flag => ({
  name,
  aliases: [alias],
  description,
  type: { _tag: "Boolean" },
  negation: false
})

const help = builtIn("help", "h", "Show help information")
const version = builtIn("version", "v", "Show version information")

/** A command with all that can be said of its flags; nobody wants to be offered `--no-json`. */
const completed = (command: Completions.CommandDescriptor): Completions.CommandDescriptor => ({
  ...command,
  flags: [
    ...command.flags.map((flag): Flag => ({ ...flag, type: types.get(flag.name) ?? flag.type, negation: false })),
    help,
    version
  ],
  subcommands: command.subcommands.map(completed)
})

/** The script that makes a shell complete the commands, flags and values of a command line. */
export const completionScript = (command: Command.Command.Any, shell: Shell): string => {
  const script = Completions.generate(command.name, shell, completed(Completions.fromCommand(command)))
  // The comment in the script names a flag that is a command here.
  return script.replaceAll(`${command.name} --completions ${shell}`, `${command.name} completions ${shell}`)
}
