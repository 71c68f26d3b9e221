import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll } from "vitest"

const main = fileURLToPath(new URL("../../../../runtimes/node/main.ts", import.meta.url))

/** How a program ended, and what it has written. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Makes a program take its stderr for a terminal of 80 columns. */
export const onTerminal: NonNullable<Given["environment"]> = {
  NODE_OPTIONS: "--import=data:text/javascript,Object.assign(process.stderr,{isTTY:true,columns:80})"
}

/** What a program is given beside its arguments. The environment has no settings but these. */
export interface Given {
  readonly input?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** Programs that have not ended. */
const running = new Set<ChildProcess>()

// A test that fails does not come to where it ends what it has started.
afterAll(() => {
  for (const child of running) child.kill("SIGKILL")
})

const start = (args: ReadonlyArray<string>, environment: Given["environment"] = {}): ChildProcess => {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(ODRADEK_|NODE_|VITEST|FORCE_COLOR)/.test(name))
  const child = spawn(process.execPath, ["--conditions=odradek-source", main, ...args], {
    env: { ...Object.fromEntries(inherited), ...environment }
  })
  running.add(child)
  child.once("exit", () => running.delete(child))
  return child
}

const collect = (child: ChildProcess): (() => { readonly stdout: string; readonly stderr: string }) => {
  const [stdout, stderr] = [Array<Buffer>(), Array<Buffer>()]
  child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk))
  child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk))
  return () => ({ stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() })
}

/** A program that waits for more input. */
export interface Waiting {
  readonly written: () => { readonly stdout: string; readonly stderr: string }
  readonly stop: (signal: NodeJS.Signals) => Promise<Ended>
}

/** Starts a program with some input, to which more may come. */
export const waiting = (
  args: ReadonlyArray<string>,
  input: string,
  environment: Given["environment"] = {}
): Waiting => {
  const child = start(args, environment)
  const written = collect(child)
  child.stdin?.write(input)
  const closed = new Promise<Ended>((resolve) => child.once("close", (code) => resolve({ code, ...written() })))
  return {
    written,
    stop: (signal) => {
      child.kill(signal)
      return closed
    }
  }
}

/** Runs the command line to its end. */
export const odradek = (args: ReadonlyArray<string>, { environment, input }: Given = {}): Promise<Ended> => {
  const child = start(args, environment)
  const written = collect(child)
  child.stdin?.on("error", () => undefined)
  child.stdin?.end(input ?? "")
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, ...written() })))
}

/** A program that serves until it is told to end. */
export interface Server {
  /** Its first line on stdout. */
  readonly ready: string
  readonly written: () => { readonly stdout: string; readonly stderr: string }
  readonly stop: (signal?: NodeJS.Signals) => Promise<Ended>
}

/**
 * Starts a program and waits for its first line; fails with what it said where it ends before that. With `unheard`,
 * nobody reads its stderr.
 */
export const serve = (
  args: ReadonlyArray<string>,
  { environment, unheard }: { readonly environment?: Given["environment"]; readonly unheard?: boolean } = {}
): Promise<Server> => {
  const child = start(args, environment)
  const written = collect(child)
  if (unheard === true) child.stderr?.destroy()
  const closed = new Promise<Ended>((resolve) => child.once("close", (code) => resolve({ code, ...written() })))
  const stop = (signal: NodeJS.Signals = "SIGTERM") => {
    child.kill(signal)
    return closed
  }
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", () => {
      const [ready, rest] = written().stdout.split("\n", 2)
      if (ready !== undefined && rest !== undefined) resolve({ ready, written, stop })
    })
    void closed.then(({ code, stderr }) => reject(new Error(`odradek ${args.join(" ")} ended with ${code}: ${stderr}`)))
  })
}

/** A new folder for one test file, and how it is removed. */
export const temporaryFolder = (): { readonly path: string; readonly remove: () => void } => {
  const path = mkdtempSync(join(tmpdir(), "odradek-cli-"))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
