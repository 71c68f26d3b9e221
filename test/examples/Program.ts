import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { projectRoot, run } from "../house/Command.ts"
import { readText } from "../house/Tree.ts"

const node = join(projectRoot, "node_modules/.bin/node")

/** A folder of one's own below the project, for as long as `use` runs. */
export const inFolder = async <A>(use: (folder: string) => Promise<A>): Promise<A> => {
  mkdirSync(join(projectRoot, ".data"), { recursive: true })
  const folder = mkdtempSync(join(projectRoot, ".data", "example-"))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs an example by the one command that its page names, and gives what it printed. */
export const told = async (example: string): Promise<string> => {
  const { scripts } = JSON.parse(readText(projectRoot, "package.json")) as {
    readonly scripts: Readonly<Record<string, string>>
  }
  const [program = "", ...args] = (scripts[`example:${example}`] ?? "").split(" ")
  const { code, stderr, stdout } = await run(program, args, { deadline: 120_000 })
  if (code !== 0 || stderr !== "") throw new Error(`The example ${example} ended with ${code}: ${stderr}`)
  return stdout
}

/** What the page of an example says that it prints. */
export const promised = (example: string): string =>
  /^```text\n(.*?)^```$/ms.exec(readText(projectRoot, `examples/${example}/README.md`))?.[1] ?? ""

/** A program that goes on running. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams
  /** Waits until it has printed something, and gives the match. */
  readonly says: (pattern: RegExp) => Promise<RegExpExecArray>
  readonly end: (signal: NodeJS.Signals) => Promise<void>
}

export const start = (file: string, args: ReadonlyArray<string>): Running => {
  const child = spawn(node, ["--conditions=odradek-source", file, ...args], { cwd: projectRoot, stdio: "pipe" })
  const ended = once(child, "close")
  process.once("exit", () => child.kill("SIGKILL"))
  let printed = ""
  let said = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text))
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text))
  return {
    child,
    says: async (pattern) => {
      for (;;) {
        const found = pattern.exec(printed)
        if (found !== null) return found
        const how = child.exitCode ?? child.signalCode
        if (how !== null) throw new Error(`${file} ended with ${how}: ${said}`)
        await Promise.race([once(child.stdout, "data"), ended])
      }
    },
    end: async (signal) => {
      child.kill(signal)
      await ended
    }
  }
}
