import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { brokerProgram, plainBrokerInput } from "./BrokerProgram.ts"
import { exitCode, report } from "./Failure.ts"
import { untilStdoutCloses } from "./Output.ts"

/** What the arguments ask for; only what that needs is loaded. */
const commandOf = async (args: ReadonlyArray<string>): Promise<Effect.Effect<void, unknown>> => {
  const broker = args[0] === "broker" ? plainBrokerInput(args.slice(1)) : undefined
  if (broker !== undefined) return brokerProgram(broker)
  const { commandLine } = await import("./CommandLine.ts")
  return commandLine(args)
}

const endBy = (cause: Cause.Cause<unknown>): never => {
  report(cause, false)
  process.exit(exitCode(cause))
}

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
  // Deno throws what it refuses also where nobody can catch it, as in a tick after `listen`.
  if ("Deno" in globalThis) process.on("uncaughtException", (error) => endBy(Cause.die(error)))
  const prepared = Effect.promise(() => commandOf(args))
  const command = Effect.flatten(Effect.tapCause(prepared, (cause) => Effect.sync(() => report(cause, false))))
  const json = args.includes("--json")
  const output = Effect.tapCause(untilStdoutCloses, (cause) => Effect.sync(() => report(cause, json)))
  const exit = await Effect.runPromiseExit(Effect.raceFirst(command, output))
  const code = Exit.isSuccess(exit) ? 0 : exitCode(exit.cause)
  return new Promise(() => {
    process.stdout.write("", () => process.exit(code))
  })
}
