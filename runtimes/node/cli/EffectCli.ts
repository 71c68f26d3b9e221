import * as NodeStdio from "@effect/platform-node-shared/NodeStdio"
import * as NodeTerminal from "@effect/platform-node-shared/NodeTerminal"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"

// What is used of effect's command line modules, which may change between releases of effect.
export * as Argument from "effect/cli/Argument"
export * as CliConfig from "effect/cli/CliConfig"
export * as CliError from "effect/cli/CliError"
export * as CliOutput from "effect/cli/CliOutput"
export * as Command from "effect/cli/Command"
export * as Completions from "effect/cli/Completions"
export * as Flag from "effect/cli/Flag"
export * as GlobalFlag from "effect/cli/GlobalFlag"

const noChildren = ChildProcessSpawner.make(() => Effect.die("the command line starts no processes while it is read"))

/**
 * What the parser wants to have.
 *
 * **Details**
 *
 * It would look at files and start editors for kinds of flags that no command here has; what those need is not loaded.
 */
export const cliServices = Layer.mergeAll(
  NodeStdio.layer,
  NodeTerminal.layer,
  Path.layer,
  FileSystem.layerNoop({}),
  Layer.succeed(ChildProcessSpawner.ChildProcessSpawner, noChildren)
)
