import { join } from "node:path"
import { makePrng } from "../../core/simulation/index.ts"
import { ChainProcess } from "./ChainProcess.ts"
import type { NodeRole, Reached } from "./ChainProcess.ts"
import { LinkProxy } from "./LinkProxy.ts"
import type { LinkMode } from "./LinkProxy.ts"
import { openVolume } from "./Volume.ts"
import type { Volume } from "./Volume.ts"

/** The way from one node to another. */
export interface Link {
  readonly from: number
  readonly to: number
  readonly proxy: LinkProxy
}

/** A node of the cluster: its folder outlives its processes. */
export interface ClusterNode {
  readonly id: number
  readonly volume: Volume
  life: ChainProcess | undefined
}

export interface ClusterOptions {
  readonly folder: string
  readonly main: string
  readonly seed: number
  readonly mount: boolean
}

/** The ids of the nodes. */
export const nodeIds: ReadonlyArray<number> = [1, 2, 3]

const stopMs = 20_000

/** Three nodes in processes of their own, over TCP and files, with a proxy in each link. */
export class Cluster {
  readonly nodes: ReadonlyArray<ClusterNode>
  readonly links: ReadonlyArray<Link>
  /** What nodes said of themselves that cannot be. */
  readonly complaints: Array<string> = []
  readonly readyMs: Array<number> = []
  readonly #options: ClusterOptions
  readonly #leaders = new Map<number, number>()

  private constructor(options: ClusterOptions, links: ReadonlyArray<Link>) {
    this.#options = options
    this.links = links
    this.nodes = nodeIds.map((id) => ({
      id,
      volume: openVolume(join(options.folder, `node-${id}`), options.mount),
      life: undefined
    }))
  }

  static async open(options: ClusterOptions): Promise<Cluster> {
    const random = makePrng(options.seed)
    const links: Array<Link> = []
    for (const from of nodeIds) {
      for (const to of nodeIds.filter((id) => id !== from)) {
        links.push({ from, to, proxy: await LinkProxy.open(random.stream(`crumbs ${from} ${to}`)) })
      }
    }
    return new Cluster(options, links)
  }

  /** The last term that a leader was heard of in. */
  get term(): number {
    return Math.max(0, ...this.#leaders.keys())
  }

  /** The node that leads, as far as anybody has said. */
  get leader(): ClusterNode | undefined {
    return this.nodes
      .filter(({ life }) => life?.isRunning === true && life.role?.role === "Leader")
      .toSorted((a, b) => (b.life?.role?.term ?? 0) - (a.life?.role?.term ?? 0))[0]
  }

  node(id: number): ClusterNode {
    const found = this.nodes.find((node) => node.id === id)
    if (found === undefined) throw new Error(`There is no node ${id}.`)
    return found
  }

  /** Begins a life of a node; it is ready when the life says so. */
  begin(node: ClusterNode): ChainProcess {
    const { folder, main } = this.#options
    const peers = nodeIds.map((id) => `${id}=127.0.0.1:${this.#portFor(node.id, id)}`).join()
    const local = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"]
    const life = new ChainProcess({
      main,
      args: ["chain", "--json", "--id", `${node.id}`, "--peers", peers, "--data", node.volume.path, ...local],
      log: join(folder, `node-${node.id}.log`),
      cache: join(folder, "cache"),
      onStatus: (status) => this.#heard(node.id, status)
    })
    node.life = life
    void life.ready.then(
      (reached) => this.#reached(node, life, reached),
      () => undefined
    )
    void life.ended.then(() => node.life === life && this.#target(node.id, undefined))
    return life
  }

  /** Begins a life, and waits until it is ready. */
  async start(node: ClusterNode): Promise<void> {
    await this.begin(node).ready
  }

  async kill({ life }: ClusterNode): Promise<void> {
    if (life === undefined) return
    life.send("SIGKILL")
    await life.ended
  }

  /** Has a node end by itself; it then gives its exit code, `undefined` when it has to be killed. */
  async stop(node: ClusterNode): Promise<number | null | undefined> {
    const { life } = node
    if (life === undefined) return undefined
    life.send("SIGTERM")
    const late = setTimeout(() => life.send("SIGKILL"), stopMs)
    await life.ended
    clearTimeout(late)
    return life.wasKilled ? undefined : life.exitCode
  }

  /** Makes these links something, and all others open. */
  connect(mode: LinkMode, chosen: (link: Link) => boolean): void {
    for (const link of this.links) {
      const next: LinkMode = chosen(link) ? mode : { _tag: "Open" }
      if (next._tag !== "Open" || link.proxy.mode._tag !== "Open") link.proxy.become(next)
    }
  }

  heal(): void {
    this.connect({ _tag: "Open" }, () => false)
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => this.kill(node)))
    await Promise.all(this.links.map(({ proxy }) => proxy.close()))
    for (const { volume } of this.nodes) volume.remove()
  }

  #portFor(from: number, to: number): number {
    // A node's own address is never dialled.
    return this.links.find((link) => link.from === from && link.to === to)?.proxy.port ?? 1
  }

  #target(id: number, port: number | undefined): void {
    for (const { proxy, to } of this.links) if (to === id) proxy.target(port)
  }

  #reached(node: ClusterNode, life: ChainProcess, { peerPort }: Reached): void {
    if (node.life !== life || !life.isRunning) return
    this.readyMs.push(performance.now() - life.began)
    this.#target(node.id, peerPort)
  }

  #heard(id: number, { role, term }: NodeRole): void {
    if (role !== "Leader") return
    const other = this.#leaders.get(term)
    if (other !== undefined && other !== id) this.complaints.push(`Nodes ${other} and ${id} both led in term ${term}.`)
    this.#leaders.set(term, id)
  }
}
