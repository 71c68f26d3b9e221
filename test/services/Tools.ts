import { execFile } from "node:child_process"
import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"
import { promisify } from "node:util"
import type { Owner } from "./Recipe.ts"
import { Unavailable } from "./Unavailable.ts"

/** Finds a program in folders, in their order. */
export const findTool = (name: string, folders: ReadonlyArray<string>): string | undefined =>
  folders
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })

/** The folders in which a shell looks for programs. */
export const searchPath = (): ReadonlyArray<string> => (process.env["PATH"] ?? "").split(delimiter)

/** The path of a program of this machine, or else a sentence. */
export const need = (name: string, sentence: string): string => {
  const found = findTool(name, searchPath())
  if (found === undefined) throw new Unavailable(sentence)
  return found
}

/** The Java of this machine, that of `JAVA_HOME` first. */
export const java = (): string => {
  const home = process.env["JAVA_HOME"] ?? ""
  const found = findTool("java", [home === "" ? "" : join(home, "bin"), ...searchPath()])
  if (found === undefined) throw new Unavailable("Java is not installed: get the package default-jre-headless.")
  return found
}

/** How a program is called: in which folder, as whom, and with what in its environment beside what there is. */
export interface Call {
  readonly cwd?: string
  readonly owner?: Owner | undefined
  readonly env?: Readonly<Record<string, string>>
}

const execute = promisify(execFile)

/** Runs a program that is soon done, and gives what it printed; otherwise fails with the end of what it said. */
export const call = async (command: string, args: ReadonlyArray<string>, options: Call = {}): Promise<string> => {
  const { cwd, env, owner } = options
  try {
    const settings = { ...(cwd === undefined ? {} : { cwd }), ...owner, env: { ...process.env, ...env } }
    return (await execute(command, args, { ...settings, timeout: 60_000, killSignal: "SIGKILL" })).stdout
  } catch (error) {
    const { code, signal, stderr, stdout } = error as NodeJS.ErrnoException & Record<string, unknown>
    const said = `${String(stdout ?? "")}\n${String(stderr ?? "")}`.trim().split("\n").slice(-10).join("\n")
    throw new Error(`${command} ended with ${String(signal ?? code)}:\n${said}`, { cause: error })
  }
}
