import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"

/** A broker in a process of its own. `address` is `host:port`. */
export interface BrokerProcess {
  readonly pid: number
  readonly address: string
}

const programs = {
  sources: ["--conditions=odradek-source", fileURLToPath(new URL("../../runtimes/node/main.ts", import.meta.url))],
  built: [fileURLToPath(new URL("../../dist/runtimes/node/main.js", import.meta.url))]
}

/** Which program is run: the sources as they are, or what `npm run build` has made of them. */
export type Program = keyof typeof programs

/** Whether that program is there. */
export const isThere = (program: Program): boolean => existsSync(programs[program].at(-1) ?? "")

const start = (program: Program, folder: string): ChildProcess =>
  spawn(process.execPath, [...programs[program], "broker", "--data", folder, "--listen", "127.0.0.1:0"], {
    stdio: ["ignore", "pipe", "inherit"]
  })

const ready = async (child: ChildProcess): Promise<BrokerProcess> => {
  if (child.stdout === null || child.pid === undefined) throw new Error("the broker has not been started")
  for await (const line of createInterface(child.stdout)) {
    const address = /^ready (\S+)$/.exec(line)?.[1]
    if (address !== undefined) return { pid: child.pid, address }
  }
  throw new Error("the broker has ended before it was ready")
}

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, "exit")
  child.kill("SIGTERM")
  await exited
}

/** Starts a broker on a folder, which is there when it is ready, and ends it with the scope. */
export const brokerProcess = (program: Program, folder: string): Effect.Effect<BrokerProcess, never, Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => start(program, folder)),
    (child) => Effect.promise(() => stop(child))
  ).pipe(Effect.flatMap((child) => Effect.promise(() => ready(child))))
