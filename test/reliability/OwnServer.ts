import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs"
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

const answerMs = 300_000

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

  /** Starts it again, and waits until it answers. */
  async start(): Promise<void> {
    const { args, command, cwd, owner } = this.#launch
    const child = spawnChild(command, args, { cwd, ...owner, stdio: "ignore" })
    this.#child = child
    await once(child, "spawn")
    for (const end = Date.now() + answerMs; ;) {
      try {
        return await this.#ask()
      } catch (error) {
        if (child.exitCode !== null || Date.now() > end) throw error
      }
      await delay(50)
    }
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
