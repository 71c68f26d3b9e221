import type { Engine } from "./Engine.ts"
import type { NemesisDisk, NemesisOptions } from "./Nemesis.ts"
import type { Link, Network } from "./Network.ts"
import type { PlannedFault } from "./PlannedFault.ts"
import { makePrng } from "./Prng.ts"
import type { SimulatedNode } from "./SimulatedNode.ts"

/** A node of any machine. */
export type AnyNode = Pick<
  SimulatedNode<unknown, unknown, unknown, unknown>,
  | "alive"
  | "clock"
  | "crash"
  | "drift"
  | "heal"
  | "index"
  | "name"
  | "pause"
  | "rearm"
  | "restartIn"
  | "resume"
  | "trap"
>

type Crash = Extract<PlannedFault, { readonly kind: "crash" }>

/** Lets timed faults begin and end; each that has had an effect is counted by its kind. */
export class Faults {
  options: NemesisOptions | undefined
  /** Whether what did not heal with a core stays for ever. */
  lasting = false
  private readonly engine: Engine
  private readonly network: Network
  private readonly nodes: ReadonlyMap<string, AnyNode>
  /** Those that have begun and are to end. */
  private readonly open = new Set<PlannedFault>()
  private readonly named = new Map<string, Link>()

  constructor(engine: Engine, network: Network, nodes: ReadonlyMap<string, AnyNode>) {
    this.engine = engine
    this.network = network
    this.nodes = nodes
  }

  /** Lets a fault begin; false where it makes no sense. */
  begin(fault: PlannedFault): boolean {
    const { engine, options } = this
    if (options?.allows?.(fault) === false) return false
    const began = "links" in fault ? this.beginOnLinks(fault) : this.beginAtNode(fault)
    if (!began) return false
    if (!("after" in fault)) engine.count(fault.kind)
    engine.record(-1, "fault", showFault(fault))
    if ("until" in fault) this.open.add(fault)
    return true
  }

  /** Ends a fault that has begun, unless everything has healed before. */
  end(fault: PlannedFault): void {
    const { engine } = this
    if (this.lasting || !this.open.delete(fault)) return
    engine.record(-1, "fault", `end of ${fault.kind}`)
    if ("links" in fault) {
      for (const link of this.linksOf(fault.links)) this.onLink(fault, link, -1)
      return
    }
    const node = this.nodes.get(fault.node)
    if (fault.kind === "pause") node?.resume()
    else if (fault.kind === "clock drift") node?.drift(0)
    else if (fault.kind === "disk full") this.disk(fault.node)?.full?.(false)
  }

  crashed(name: string, power: boolean): void {
    this.disk(name)?.crash?.(power ? "power" : "process")
  }

  /** Ends what is under way at the nodes and on the links between them. */
  heal(heals: (name: string) => boolean): void {
    this.lasting = false
    for (const fault of [...this.open]) {
      const all = "links" in fault ? fault.links.every((link) => link.split(">").every(heals)) : heals(fault.node)
      if (all) this.end(fault)
    }
    this.lasting = true
  }

  private disk(node: string): NemesisDisk | undefined {
    return this.options?.disks?.[node]
  }

  private linksOf(names: ReadonlyArray<string>): ReadonlyArray<Link> {
    const found: Array<Link> = []
    for (const name of names) {
      const link = this.named.get(name) ?? this.linkCalled(name)
      if (link !== undefined) found.push(link)
    }
    return found
  }

  private linkCalled(name: string): Link | undefined {
    const [from = "", to = ""] = name.split(">")
    const source = this.nodes.get(from)
    const target = this.nodes.get(to)
    if (source === undefined || target === undefined) return undefined
    const link = this.network.link(source.index, target.index)
    this.named.set(name, link)
    return link
  }

  private beginOnLinks(fault: Extract<PlannedFault, { readonly links: unknown }>): boolean {
    const links = this.linksOf(fault.links)
    for (const link of links) this.onLink(fault, link, 1)
    return links.length > 0
  }

  private onLink(fault: Extract<PlannedFault, { readonly links: unknown }>, link: Link, sign: 1 | -1): void {
    switch (fault.kind) {
      case "cut":
        link.cuts += sign
        return
      case "clog":
        if (sign > 0) link.clogs++
        else this.network.unclog(link)
        return
      case "slow":
        link.bursts.slowMs += sign * fault.addMs
        return
      case "burst":
        link.bursts[fault.of] += sign * fault.percent
    }
  }

  private beginAtNode(fault: Exclude<PlannedFault, { readonly links: unknown }>): boolean {
    const { engine, nodes, options } = this
    const name = (fault.kind === "crash" && fault.leader === true ? options?.leader?.() : undefined) ?? fault.node
    const node = nodes.get(name)
    if (node === undefined) return false
    const disk = this.disk(name)
    switch (fault.kind) {
      case "crash":
        return this.crash(fault, node)
      case "wipe":
        if (disk?.wipe === undefined) return false
        node.crash(true)
        disk.wipe()
        node.restartIn(fault.downMs)
        return true
      case "pause":
        node.pause()
        return true
      case "clock step":
        node.clock.step(engine.now, fault.byMs)
        node.rearm()
        return true
      case "clock drift":
        node.drift(fault.perMille)
        return true
      case "sync fails":
        disk?.failNextSync?.()
        return disk?.failNextSync !== undefined
      case "disk full":
        disk?.full?.(true)
        return disk?.full !== undefined
      case "rot":
        disk?.rot?.(makePrng(fault.seed))
        return disk?.rot !== undefined
      case "misdirect":
        disk?.misdirect?.(makePrng(fault.seed))
        return disk?.misdirect !== undefined
    }
  }

  private crash(fault: Crash, node: AnyNode): boolean {
    if (!node.alive()) return false
    const crash = (): void => {
      node.crash(fault.power)
      node.restartIn(fault.downMs)
    }
    const { after } = fault
    if (after === undefined) crash()
    else {
      node.trap(after, fault.nth ?? 1, () => {
        this.engine.count("crash")
        this.engine.count(`crash at an ${after}`)
        crash()
      })
    }
    return true
  }
}

/** A fault as people read it. */
const showFault = (fault: PlannedFault): string => {
  let shown: string = fault.kind
  for (const [key, value] of Object.entries(fault)) {
    if (key === "at" || key === "kind" || key === "phase") continue
    shown += `, ${key} ${Array.isArray(value) ? value.join(" ") : value}`
  }
  return shown
}
