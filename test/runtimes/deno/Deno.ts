import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { join } from "node:path"
import { afterAll } from "vitest"
import { projectRoot } from "../../house/Command.ts"

/** Deno itself, and not the script that starts it, which passes no signals on. */
const deno = join(projectRoot, "node_modules", "deno", "deno")

/** Programs that have not ended. */
const running = new Set<ChildProcess>()
afterAll(() => {
  for (const child of running) child.kill("SIGKILL")
})

/** How a program of Deno ended, and what it has written. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A program that runs under Deno: its first line on stdout, and how it is ended. */
export interface DenoProgram {
  readonly ready: string
  readonly stop: () => Promise<Ended>
}

const spawnDeno = (
  permissions: ReadonlyArray<string>,
  program: string,
  args: ReadonlyArray<string>,
  environment: Readonly<Record<string, string>>
) => {
  const flags = ["--quiet", "--no-prompt", "--no-remote", "--node-modules-dir=manual", "--conditions=odradek-source"]
  const inherited = Object.entries(process.env).filter(([name]) => !/^(ODRADEK_|NODE_|VITEST|FORCE_COLOR)/.test(name))
  const child = spawn(deno, ["run", ...flags, ...permissions, program, ...args], {
    cwd: projectRoot,
    env: { ...Object.fromEntries(inherited), DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1", ...environment }
  })
  running.add(child)
  let [stdout, stderr] = ["", ""]
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()))
  const closed = new Promise<Ended>((resolve) =>
    child.once("close", (code) => {
      running.delete(child)
      resolve({ code, stdout, stderr })
    })
  )
  return { child, closed, stdout: () => stdout }
}

/** Runs a program of this project under Deno to its end, with these permissions and no others. */
export const runDeno = (
  permissions: ReadonlyArray<string>,
  program: string,
  args: ReadonlyArray<string>
): Promise<Ended> => spawnDeno(permissions, program, args, {}).closed

/** Runs a program of this project under Deno, with these permissions and no others, and waits for its first line. */
export const startDeno = (
  permissions: ReadonlyArray<string>,
  program: string,
  args: ReadonlyArray<string>,
  environment: Readonly<Record<string, string>> = {}
): Promise<DenoProgram> => {
  const { child, closed, stdout } = spawnDeno(permissions, program, args, environment)
  return new Promise((resolve, reject) => {
    child.stdout.on("data", () => {
      const [ready, rest] = stdout().split("\n", 2)
      if (ready === undefined || rest === undefined) return
      resolve({
        ready,
        stop: () => {
          child.kill("SIGTERM")
          return closed
        }
      })
    })
    void closed.then((ended) => reject(new Error(`${program} ${args.join(" ")} ended: ${JSON.stringify(ended)}`)))
  })
}
