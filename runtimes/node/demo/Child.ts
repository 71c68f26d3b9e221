import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { closeSync, openSync, readFileSync } from "node:fs"
import { extname } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Scope } from "effect/Scope"

/** A program of this package that did not start, or ended too early. */
export class ChildError extends Data.TaggedError("ChildError")<{ readonly message: string }> {}

/** A program of this package, running beside this one. */
export interface Child {
  /** What it said after `ready`, such as the address it listens on. */
  readonly ready: string
  readonly pid: number
  /** Ends it at once, as a crash would, and waits until it is gone. */
  readonly kill: Effect.Effect<void>
}

const readyMs = 10_000
const main = fileURLToPath(new URL(`../main${extname(import.meta.url)}`, import.meta.url))

const gone = (child: ChildProcess): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) resume(Effect.void)
    else child.once("exit", () => resume(Effect.void))
  })

const kill = (child: ChildProcess): Effect.Effect<void> =>
  Effect.suspend(() => {
    child.kill("SIGKILL")
    return gone(child)
  })

/** Lets this process end while the child goes on. */
const release = (child: ChildProcess): void => {
  child.stdout?.destroy()
  child.unref()
}

const readyLine = (child: ChildProcess, name: string, errors: string): Effect.Effect<string, ChildError> =>
  Effect.callback<string, ChildError>((resume) => {
    const { stdout } = child
    if (stdout === null) return resume(Effect.die("a child without stdout"))
    const lines = createInterface({ input: stdout })
    lines.once("line", (line) => {
      lines.close()
      stdout.resume()
      if (line.startsWith("ready")) resume(Effect.succeed(line.slice("ready".length).trim()))
      else resume(Effect.fail(new ChildError({ message: `The ${name} said "${line}" instead of being ready.` })))
    })
    child.once("error", (error) =>
      resume(Effect.fail(new ChildError({ message: `The ${name} cannot be started: ${error.message}.` })))
    )
    child.once("exit", () => {
      const said = readFileSync(errors, "utf8").trim().split("\n").at(-1) ?? ""
      resume(Effect.fail(new ChildError({ message: `The ${name} ended before it was ready. ${said}` })))
    })
  })

/**
 * Starts `odradek` with these arguments as a process of its own and waits for its `ready` line.
 *
 * **Details**
 *
 * What it writes to stderr goes to the file `errors`. It is killed when the scope closes; with `keep`, it outlives this
 * process where all went well.
 */
export const startChild = (
  args: readonly [name: string, ...Array<string>],
  errors: string,
  keep: boolean
): Effect.Effect<Child, ChildError, Scope> =>
  Effect.gen(function* () {
    const [name] = args
    const start = Effect.sync(() => {
      const stderr = openSync(errors, "a")
      const child = spawn(process.execPath, [...process.execArgv, main, ...args], {
        detached: keep,
        stdio: ["ignore", "pipe", stderr]
      })
      closeSync(stderr)
      return child
    })
    const child = yield* Effect.acquireRelease(start, (one, exit) =>
      keep && Exit.isSuccess(exit) ? Effect.sync(() => release(one)) : kill(one)
    )
    const late = () => Effect.fail(new ChildError({ message: `The ${name} was not ready after ${readyMs / 1000} s.` }))
    const line = yield* Effect.timeoutOrElse(readyLine(child, name, errors), { duration: readyMs, orElse: late })
    return { ready: line, pid: child.pid ?? 0, kill: kill(child) }
  })
