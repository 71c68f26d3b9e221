import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { appendFileSync } from "node:fs"
import { createInterface } from "node:readline"

/** What a life of a node is started with. */
export interface LifeOptions {
  readonly main: string
  readonly args: ReadonlyArray<string>
  /** Where what it says is kept. */
  readonly log: string
  readonly cache: string
  readonly onStatus: (status: NodeRole) => void
}

/** What a node last said of itself. */
export interface NodeRole {
  readonly role: string
  readonly term: number
  readonly leader: number
}

/** Where a node that is ready can be reached. */
export interface Reached {
  readonly peerPort: number
  readonly url: string
}

const readyMs = 60_000

const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(":") + 1))

const running = new Set<ChildProcess>()
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")))

/** One life of a node's process, from its start to its end. */
export class ChainProcess {
  readonly began = performance.now()
  /** Rejects when the process ends before it is ready, or is late. */
  readonly ready: Promise<Reached>
  readonly ended: Promise<void>
  role: NodeRole | undefined
  reached: Reached | undefined
  readonly #child: ChildProcess
  readonly #log: string
  #lastWords = ""

  constructor({ args, cache, log, main, onStatus }: LifeOptions) {
    this.#log = log
    const child = spawn(process.execPath, [main, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NODE_COMPILE_CACHE: cache, NODE_OPTIONS: "" }
    })
    this.#child = child
    running.add(child)
    this.note(`starts as ${child.pid}`)
    this.ended = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        running.delete(child)
        this.note(`has ended with ${code ?? signal}`)
        resolve()
      })
    })
    createInterface({ input: child.stderr }).on("line", (line) => {
      this.#lastWords = `${this.#lastWords}\n${line}`.slice(-2000)
      this.note(line)
    })
    this.ready = new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`A node is not ready after ${readyMs} ms.`)), readyMs)
      void this.ended.then(() => {
        clearTimeout(late)
        reject(new Error(`A node has ended before it was ready: ${this.end}`))
      })
      createInterface({ input: child.stdout }).on("line", (line) => {
        this.note(line)
        const said = JSON.parse(line) as { readonly type: string } & NodeRole & { address: string; http: string }
        if (said.type === "status") {
          this.role = said
          onStatus(said)
        } else if (said.type === "ready") {
          clearTimeout(late)
          this.reached = { peerPort: portOf(said.address), url: said.http }
          resolve(this.reached)
        }
      })
    })
    this.ready.catch(() => undefined)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** How it ended, and the last that it said on stderr. */
  get end(): string {
    return `${this.#child.exitCode ?? this.#child.signalCode}: ${this.#lastWords.trim()}`
  }

  get exitCode(): number | null {
    return this.#child.exitCode
  }

  get wasKilled(): boolean {
    return this.#child.signalCode === "SIGKILL"
  }

  send(signal: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(signal)
  }

  note(line: string): void {
    appendFileSync(this.#log, `${performance.now().toFixed(1).padStart(10)} ${line}\n`)
  }
}
