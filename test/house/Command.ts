import { spawn } from "node:child_process"
import { delimiter } from "node:path"
import { fileURLToPath } from "node:url"

/** The project's folder. */
export const projectRoot = fileURLToPath(new URL("../..", import.meta.url))

/** How a command ended; `code` is -1 when it was killed by its deadline. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a command to its end, with the project's own tools first in `PATH`.
 *
 * **Details**
 *
 * `deadline` is in milliseconds; a command that is still running then is killed.
 */
export const run = (
  command: string,
  args: ReadonlyArray<string>,
  options: { readonly cwd?: string; readonly deadline?: number } = {}
): Promise<Ended> =>
  new Promise((settle, fail) => {
    const path = `${projectRoot}node_modules/.bin${delimiter}${process.env["PATH"] ?? ""}`
    const started = spawn(command, args, {
      cwd: options.cwd ?? projectRoot,
      env: { ...process.env, PATH: path, NO_COLOR: "1", FORCE_COLOR: "0" },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: options.deadline ?? 120_000,
      killSignal: "SIGKILL"
    })
    let stdout = ""
    let stderr = ""
    started.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
    started.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
    started.on("error", fail)
    started.on("close", (code) => settle({ code: code ?? -1, stdout, stderr }))
  })

/** Runs a command that has to succeed, and gives what it printed; otherwise fails with what it said. */
export const succeed = async (
  command: string,
  args: ReadonlyArray<string>,
  options: { readonly cwd?: string; readonly deadline?: number } = {}
): Promise<string> => {
  const ended = await run(command, args, options)
  if (ended.code === 0) return ended.stdout
  const said = `${ended.stdout}\n${ended.stderr}`.trim()
  throw new Error(`${[command, ...args].join(" ")} ended with ${ended.code}:\n${said}`)
}
