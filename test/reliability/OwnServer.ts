import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { certificatesIn } from "../services/Certificates.ts"
import { folderOf } from "../services/Folder.ts"
import type { Launch, Recipe } from "../services/Recipe.ts"
import type { ServiceName, Services } from "../services/Service.ts"
import { spawnChild } from "./Children.ts"

/** How long it may take to come up, how long until it is started once more where it ends instead, and what is kept of its words. */
const [answerMs, againMs, keptText] = [300_000, 500, 4000]

/** Ports that nobody has, one for each use. */
const freePorts = async <Use extends string>(uses: Readonly<Record<Use, number>>): Promise<Record<Use, number>> => {
  const names = Object.keys(uses) as Array<Use>
  const servers = names.map(() => createServer().listen(0, "127.0.0.1"))
  await Promise.all(servers.map((server) => once(server, "listening")))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  for (const server of servers) server.close()
  return Object.fromEntries(names.map((name, at) => [name, ports[at]])) as Record<Use, number>
}

/**
 * A real server that one test or one soak has for itself: it is killed, stands still, and is started again with what it has
 * kept.
 */
export class OwnServer<Name extends ServiceName> {
  readonly service: Services[Name]
  readonly #launch: Launch<Name>
  readonly #folder: string
  readonly #ask: () => Promise<void>
  #child: ChildProcess | undefined

  private constructor(launch: Launch<Name>, ask: () => Promise<void>, folder: string) {
    this.#launch = launch
    this.#ask = ask
    this.#folder = folder
    this.service = launch.service
  }

  /** Starts a server with nothing in it; its programs are those of the one that all share. */
  static async start<Name extends ServiceName, Use extends string>(
    recipe: Recipe<Name, Use>
  ): Promise<OwnServer<Name>> {
    const shared = folderOf(recipe.name)
    await recipe.fetch(shared)
    const folder = mkdtempSync(join(tmpdir(), `odradek-own-${recipe.name}-`))
    if (existsSync(join(shared, "libs"))) symlinkSync(join(shared, "libs"), join(folder, "libs"))
    const ports = await freePorts(recipe.ports)
    const certificates = () => certificatesIn(folderOf("certificates"))
    const launch = await recipe.configure({ folder, ports, certificates })
    const server = new OwnServer(launch, () => recipe.ask(launch.service), folder)
    await server.start()
    return server
  }

  /** Starts it again, and waits until it answers; one that ends by itself meanwhile is started once more. */
  async start(): Promise<void> {
    for (const end = Date.now() + answerMs; ;) {
      const child = await this.#spawn()
      const failure = await this.#untilAnswered(child, end)
      if (failure === undefined) return
      if (Date.now() > end) {
        const said = readFileSync(this.#said, "utf8").slice(-keptText)
        throw new Error(`A server of one's own does not come up. It says last:\n${said}`, { cause: failure })
      }
      await delay(againMs)
    }
  }

  async #spawn(): Promise<ChildProcess> {
    const { args, command, cwd, owner } = this.#launch
    const said = openSync(this.#said, "a")
    try {
      const child = spawnChild(command, args, { cwd, ...owner, stdio: ["ignore", said, said] })
      this.#child = child
      await once(child, "spawn")
      return child
    } finally {
      closeSync(said)
    }
  }

  /** Why it does not answer, if it has ended or time is over. */
  async #untilAnswered(child: ChildProcess, end: number): Promise<unknown> {
    for (;;) {
      try {
        await this.#ask()
        return undefined
      } catch (error) {
        if (child.exitCode !== null || Date.now() > end) return error
      }
      await delay(50)
    }
  }

  /** What the server has said, all of its lives. */
  get #said(): string {
    return join(this.#folder, "said.log")
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, "exit")
    child.kill("SIGKILL")
    await exited
  }

  /** It stands still until it goes on. */
  pause(): void {
    this.#child?.kill("SIGSTOP")
  }

  goOn(): void {
    this.#child?.kill("SIGCONT")
  }

  /** Ends it, and removes what it kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    for (const path of [this.#folder, ...this.#launch.data]) rmSync(path, { recursive: true, force: true })
  }
}
