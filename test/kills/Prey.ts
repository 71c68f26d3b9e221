import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("../../runtimes/node/main.ts", import.meta.url))
const readyMs = 60_000

/** How a life of a process went: whether it became ready before it was killed, and after how many milliseconds. */
export interface Life {
  readonly ready: Promise<number>
  readonly kill: () => Promise<void>
}

/**
 * A server of this package as a process of its own, which is killed again and again.
 *
 * **Details**
 *
 * One that ends by itself is a failure: `ready` then rejects with what it said, and `kill` too.
 */
export class Prey {
  readonly name: string
  readonly #args: ReadonlyArray<string>

  constructor(name: string, args: ReadonlyArray<string>) {
    this.name = name
    this.#args = args
  }

  start(): Life {
    const began = performance.now()
    const child = spawn(process.execPath, ["--conditions=odradek-source", main, ...this.#args], {
      stdio: ["ignore", "pipe", "pipe"]
    })
    const said: Array<string> = []
    child.stderr.on("data", (chunk: Buffer) => said.push(chunk.toString()))
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()))
    const ended = () =>
      new Error(`The ${this.name} ended by itself with ${child.exitCode}: ${said.join("").slice(-2000)}`)
    const ready = new Promise<number>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`The ${this.name} is not ready after ${readyMs} ms.`)), readyMs)
      void exited.then(() => {
        clearTimeout(late)
        reject(child.signalCode === "SIGKILL" ? new Error(`The ${this.name} was killed.`) : ended())
      })
      child.stdout.on("data", (chunk: Buffer) => {
        if (!chunk.includes("ready")) return
        clearTimeout(late)
        resolve(performance.now() - began)
      })
    })
    ready.catch(() => undefined)
    return { ready, kill: () => killed(child, exited, ended) }
  }
}

const killed = async (child: ChildProcess, exited: Promise<void>, ended: () => Error): Promise<void> => {
  child.kill("SIGKILL")
  await exited
  if (child.signalCode !== "SIGKILL") throw ended()
}
