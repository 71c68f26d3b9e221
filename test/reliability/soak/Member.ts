import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { spawnChild } from "../Children.ts"

const main = fileURLToPath(new URL("../../../runtimes/node/main.ts", import.meta.url))
const keptText = 2000

/**
 * A replicator in a group, as a process of its own: it is killed, stands still, and is started again.
 *
 * **Details**
 *
 * One that ends by itself, because what it needs was down when it began, is started again with the next `revive`;
 * `ended` says what such a one has said.
 */
export class Member {
  readonly name: string
  readonly #args: ReadonlyArray<string>
  #child: ChildProcess | undefined
  #said = ""

  constructor(name: string, args: ReadonlyArray<string>) {
    this.name = name
    this.#args = args
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** What it said last, if it has ended by itself. */
  get ended(): string | undefined {
    return this.#child === undefined || this.isRunning ? undefined : this.lastWords
  }

  /** Whether it runs, or how it ended, and what it said last. */
  get lastWords(): string {
    const { exitCode, signalCode } = this.#child ?? { exitCode: null, signalCode: null }
    return `${signalCode ?? exitCode ?? "running"}: ${this.#said}`
  }

  /** Starts it, if it does not run. */
  revive(): void {
    if (this.isRunning) return
    this.#said = ""
    const child = spawnChild(process.execPath, ["--conditions=odradek-source", main, "replicator", ...this.#args], {
      stdio: ["ignore", "ignore", "pipe"]
    })
    child.stderr?.on("data", (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-keptText)
    })
    this.#child = child
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined || !this.isRunning) return
    const exited = once(child, "exit")
    child.kill("SIGKILL")
    await exited
    this.#child = undefined
  }

  pause(): void {
    this.#child?.kill("SIGSTOP")
  }

  goOn(): void {
    this.#child?.kill("SIGCONT")
  }
}
