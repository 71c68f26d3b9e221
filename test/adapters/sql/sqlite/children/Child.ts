import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"

/** A process that runs one of the scripts of this folder. */
export interface Child {
  /** The next line that it prints; a rejection when it ends before. */
  readonly line: () => Promise<string>
  readonly send: (line: string) => void
  /** Kills it as a crash would, and waits until it is gone. */
  readonly kill: () => Promise<void>
}

/** Runs a script of this folder; it is killed when the scope closes. */
export const runChild = (script: string, ...parameters: ReadonlyArray<string>): Effect.Effect<Child, never, Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const path = fileURLToPath(new URL(script, import.meta.url))
      const child = spawn(process.execPath, ["--conditions=odradek-source", path, ...parameters], {
        stdio: ["pipe", "pipe", "inherit"]
      })
      const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()))
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      return {
        line: async () => {
          const next = await lines.next()
          if (next.done === true) throw new Error(`${script} ended without another line`)
          return next.value
        },
        send: (line: string) => child.stdin.write(`${line}\n`),
        kill: async () => {
          child.kill("SIGKILL")
          await ended
        }
      }
    }),
    (child) => Effect.promise(() => child.kill())
  )
